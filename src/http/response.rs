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
    /// The response itself, if its status is neither 4xx nor 5xx.
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
    /// With the status and the headers of a 4xx or 5xx response, `Retry-After` among them.
    fn error_for_retry(self) -> Result<Self, HttpError>;

    /// As [`error_for_retry`](Self::error_for_retry), and the error keeps the beginning of the body:
    /// at most 8 KiB ([`HttpError::BODY_LIMIT`]), of which its message shows 200, in one line. Mind
    /// that some servers repeat in it what they were sent, secrets too.
    ///
    /// No more than that is read. It is waited for as long as the client waits for any body: give
    /// the client a `read_timeout` or `timeout`, or the function a `timeout`, for servers that stop
    /// in the middle. If it breaks off, what has come is kept, and the status counts.
    ///
    /// Where the body says more than the status, `when` can read it:
    ///
    /// ```no_run
    /// use persevere::http::{HttpError, ResponseExt};
    /// use persevere::{Classify, Verdict, retry};
    ///
    /// /// A 429 for want of money does not pass by waiting.
    /// fn unless_unpaid(error: &HttpError) -> Verdict {
    ///     match error.body() {
    ///         Some(body) if body.contains("insufficient_quota") => Verdict::PERMANENT,
    ///         _ => error.classify(),
    ///     }
    /// }
    ///
    /// #[retry(when = unless_unpaid, throttled = "aggressive", timeout = "30s")]
    /// async fn complete(client: &reqwest::Client, url: &str) -> Result<String, HttpError> {
    ///     let response = client.post(url).send().await?.error_for_retry_with_body().await?;
    ///     Ok(response.text().await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// With the status, the headers and the beginning of the body of a 4xx or 5xx response.
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

/// What comes of the body, until that is more than is kept.
#[cfg(not(target_family = "wasm"))]
async fn beginning(mut response: Response) -> Vec<u8> {
    const ENOUGH: usize = HttpError::BODY_LIMIT + 1;
    let mut body = Vec::new();
    while body.len() < ENOUGH
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = ENOUGH - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}

/// A browser hands out whole bodies.
#[cfg(target_family = "wasm")]
async fn beginning(response: Response) -> impl AsRef<[u8]> {
    response.bytes().await.unwrap_or_default()
}
