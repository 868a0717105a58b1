//! [`ResponseExt`]: turning a failed response into an error without losing its headers.

use persevere_core::http::without_secrets;
use reqwest::Response;

use crate::http::HttpError;

mod sealed {
    #[allow(unnameable_types, reason = "that is how the trait is sealed")]
    pub trait Sealed {}
    impl Sealed for reqwest::Response {}
}

/// `error_for_retry` for `reqwest::Response`.
#[allow(async_fn_in_trait, reason = "sealed: its one future is `Send` where `reqwest`'s own are")]
pub trait ResponseExt: sealed::Sealed + Sized {
    /// Returns the response, unless its status is 4xx or 5xx.
    ///
    /// ```no_run
    /// use persevere::http::{HttpError, ResponseExt};
    /// use persevere::retry;
    ///
    /// #[retry(policy = "aggressive")]
    /// async fn report(client: &reqwest::Client, url: &str) -> Result<String, HttpError> {
    ///     let response = client.get(url).send().await?.error_for_retry()?;
    ///     Ok(response.text().await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// An error with the status and the headers of a 4xx or 5xx response, `Retry-After` among them.
    fn error_for_retry(self) -> Result<Self, HttpError>;

    /// As [`error_for_retry`](Self::error_for_retry), but the error also keeps the beginning of the body:
    /// at most 8 KiB ([`HttpError::BODY_LIMIT`]), of which its message shows 200 bytes, in one line.
    /// Some servers repeat the request in it, secrets included.
    ///
    /// It reads no more than that, and waits as long as the client waits for any body: give the client
    /// a `read_timeout` or `timeout`, or the function a `timeout`, for servers that stop in the middle.
    /// If the connection breaks, the error keeps the part that arrived, and the status decides.
    ///
    /// If the body is more precise than the status, a `when` function can read it:
    ///
    /// ```no_run
    /// use persevere::http::{HttpError, ResponseExt};
    /// use persevere::{Classify, Verdict, retry};
    ///
    /// /// A 429 for an unpaid account does not go away by waiting.
    /// fn unless_unpaid(error: &HttpError) -> Verdict {
    ///     match error.body() {
    ///         Some(body) if body.contains("insufficient_quota") => Verdict::PERMANENT,
    ///         _ => error.classify(),
    ///     }
    /// }
    ///
    /// #[retry(
    ///     when = unless_unpaid,
    ///     throttled = "aggressive",
    ///     timeout = "30s",
    /// )]
    /// async fn complete(client: &reqwest::Client, url: &str) -> Result<String, HttpError> {
    ///     let response = client.post(url).send().await?.error_for_retry_with_body().await?;
    ///     Ok(response.text().await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// An error with the status, the headers and the beginning of the body of a 4xx or 5xx response.
    async fn error_for_retry_with_body(self) -> Result<Self, HttpError>;
}

impl ResponseExt for Response {
    fn error_for_retry(self) -> Result<Self, HttpError> {
        match failure(&self) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    async fn error_for_retry_with_body(self) -> Result<Self, HttpError> {
        match failure(&self) {
            Some(error) => Err(error.with_body(beginning(self).await)),
            None => Ok(self),
        }
    }
}

fn failure(response: &Response) -> Option<HttpError> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let mut url = response.url().clone();
    without_secrets(&mut url);
    Some(HttpError::from_response(status, response.headers(), Some(url.into())))
}

/// The body's beginning: reads until there is more than an error keeps.
#[cfg(not(target_family = "wasm"))]
async fn beginning(mut response: Response) -> Vec<u8> {
    const ENOUGH: usize = HttpError::BODY_LIMIT + 1;
    let mut body = Vec::new();
    while body.len() < ENOUGH {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        let room = ENOUGH - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}

/// In a browser, only the whole body can be read.
#[cfg(target_family = "wasm")]
async fn beginning(response: Response) -> impl AsRef<[u8]> {
    response.bytes().await.unwrap_or_default()
}
