//! [`ResponseExt`]: turning a failed response into an error without losing its headers.

use reqwest::Response;
use retry_core::http::without_secrets;

use crate::http::HttpError;

mod sealed {
    pub trait Sealed {}
    impl Sealed for reqwest::Response {}
}

/// `error_for_retry` for `reqwest::Response`.
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
    /// With the status and the `Retry-After` header of a 4xx or 5xx response.
    #[allow(clippy::result_large_err, reason = "smaller than the response it replaces")]
    fn error_for_retry(self) -> Result<Self, HttpError>;
}

impl ResponseExt for Response {
    fn error_for_retry(self) -> Result<Self, HttpError> {
        let status = self.status();
        if !status.is_client_error() && !status.is_server_error() {
            return Ok(self);
        }
        let mut url = self.url().clone();
        without_secrets(&mut url);
        Err(HttpError::from_response(status, self.headers(), Some(url.into())))
    }
}
