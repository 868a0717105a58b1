//! Retrying HTTP calls: the status rule, `Retry-After`, and an error that keeps both.
//!
//! | status | verdict |
//! |---|---|
//! | 408 Request Timeout | transient |
//! | 429 Too Many Requests | throttled |
//! | every 5xx | transient |
//! | everything else | permanent |
//!
//! Line by line, with what each status says (RFC 9110 section 15 unless another is named):
//!
//! | status | retried | because |
//! |---|---|---|
//! | 400, 401, 403, 404, 405, 410, 422 | no | the request itself must change |
//! | 408 Request Timeout | yes | the server did not get the request in time, and invites another |
//! | 409 Conflict | no | the state has to be read anew first, which is the caller's part |
//! | 412 Precondition Failed, 428 Precondition Required | no | the condition would fail again, or be missing again |
//! | 421 Misdirected Request | no | another connection might do, but a client that chose this one would choose it again |
//! | 423 Locked, 424 Failed Dependency (RFC 4918) | no | a lock may be held for hours: nothing says that it is short |
//! | 425 Too Early (RFC 8470) | no | the client must send it outside of early data; clients that use early data do so by themselves |
//! | 429 Too Many Requests (RFC 6585) | yes, throttled | the limit passes with time |
//! | 431, 451 | no | too large, or forbidden by law: not a matter of time |
//! | 500 Internal Server Error | yes | the server does not know why; often it passes |
//! | 501 Not Implemented | yes | the rule is all of 5xx, without exceptions to remember: a true one costs a few retries in vain |
//! | 502 Bad Gateway, 503 Service Unavailable, 504 Gateway Timeout | yes | something behind the server is away for a while |
//! | 505 HTTP Version Not Supported, 506, 508, 510, 511 | yes | as 501 |
//! | 507 Insufficient Storage (RFC 4918) | yes | room may be made |
//! | 520 to 599, unregistered | yes | proxies make them up for an origin that is away |
//!
//! Where that does not fit, `unless` takes a status out, as in
//! `unless = error if error.status() == Some(StatusCode::NOT_IMPLEMENTED)`, and `when` decides anew.
//!
//! # Requests that may not be sent twice
//!
//! A request that fails in mid-air may have arrived. The attribute retries it nevertheless: who
//! writes `#[retry]` on a function says that its body may run again, so a POST in it should carry an
//! `Idempotency-Key`, made outside of the function. The layers for `tower` and `reqwest-middleware`
//! see requests that were not written for them, and so ask [`is_idempotent`] first.
//!
//! Connection errors and timeouts are always transient. `Classify` says so for
//! `http::StatusCode`, for [`HttpError`] and, under the feature `reqwest`, for `reqwest::Error`.
//!
//! ```
//! use http::StatusCode;
//! use persevere::{Classify, Verdict};
//! assert_eq!(StatusCode::BAD_GATEWAY.classify(), Verdict::TRANSIENT);
//! ```

mod idempotency;
#[cfg(feature = "reqwest")]
mod response;

pub use self::idempotency::is_idempotent;
#[cfg(feature = "reqwest")]
pub use self::response::ResponseExt;
pub use retry_core::http::{HttpError, parse_retry_after, retry_after, retry_after_at};
