//! [`ResponseExt`] where the feature `reqwest` is not enabled: a call of its methods names the feature,
//! where the compiler would propose `error_for_status`, which loses `Retry-After`.

use crate::http::HttpError;

/// A response of `reqwest`, which no type is without the feature.
#[diagnostic::on_unimplemented(
    message = "`error_for_retry` needs the feature `reqwest` of `persevere`, which is not enabled",
    label = "a response of another crate, or of one whose feature is not enabled",
    note = "enable it: `cargo add persevere --features reqwest`"
)]
#[allow(unnameable_types, reason = "there is nothing to name")]
pub trait OfReqwest: Sized {
    /// What the methods would return.
    fn never(self) -> Result<Self, HttpError>;
}

/// With the feature `reqwest`: `error_for_retry` for `reqwest::Response`.
#[allow(async_fn_in_trait, reason = "nothing calls it")]
pub trait ResponseExt: Sized {
    /// With the feature `reqwest`: returns the response, unless its status is 4xx or 5xx.
    ///
    /// # Errors
    ///
    /// Cannot be called without the feature.
    fn error_for_retry(self) -> Result<Self, HttpError>
    where
        Self: OfReqwest,
    {
        self.never()
    }

    /// With the feature `reqwest`: as `error_for_retry`, with the beginning of the body.
    ///
    /// # Errors
    ///
    /// Cannot be called without the feature.
    async fn error_for_retry_with_body(self) -> Result<Self, HttpError>
    where
        Self: OfReqwest,
    {
        self.never()
    }
}

impl<T> ResponseExt for T {}
