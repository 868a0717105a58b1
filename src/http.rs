//! Retrying HTTP calls: the status rule, `Retry-After`, and an error that keeps both.
//!
//! | status | verdict |
//! |---|---|
//! | 408 Request Timeout | transient |
//! | 429 Too Many Requests | throttled |
//! | every 5xx | transient |
//! | everything else | permanent |
//!
//! Connection errors and timeouts are always transient. `Classify` says so for
//! `http::StatusCode`, for [`HttpError`] and, under the feature `reqwest`, for `reqwest::Error`.
//!
//! ```
//! use http::StatusCode;
//! use persevere::{Classify, Verdict};
//! assert_eq!(StatusCode::BAD_GATEWAY.classify(), Verdict::TRANSIENT);
//! ```

#[cfg(feature = "reqwest")]
mod response;

#[cfg(feature = "reqwest")]
pub use self::response::ResponseExt;
pub use retry_core::http::{HttpError, parse_retry_after, retry_after, retry_after_at};
