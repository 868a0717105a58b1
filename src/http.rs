//! Retrying HTTP calls: the rule for statuses, `Retry-After`, and an error that keeps what a response
//! said.
//!
//! One rule decides everywhere: for [`HttpError`], for the responses of `http` and `reqwest`, in the
//! layers for `tower` and the middleware for `reqwest-middleware`. (Sources: RFC 9110 section 15
//! unless another is named.)
//!
//! | status | verdict | because |
//! |---|---|---|
//! | 400, 401, 404, 405, 410, 422 | permanent | the request itself must change |
//! | 403 Forbidden that says how long to wait | throttled | GitHub limits its callers like this: a `Retry-After`, or `x-ratelimit-remaining: 0` |
//! | 403 otherwise | permanent | the same caller stays forbidden |
//! | 408 Request Timeout | transient | the server did not get the request in time, and invites another |
//! | 409 Conflict | permanent | the state has to be read anew first, which is the caller's part |
//! | 412 Precondition Failed, 428 Precondition Required | permanent | the condition would fail again, or be missing again |
//! | 413 Content Too Large that says how long to wait | transient | by that the server says that it is temporary (section 15.5.14) |
//! | 413 otherwise | permanent | the content stays too large |
//! | 421 Misdirected Request | permanent | another connection might do, but a client that chose this one would choose it again |
//! | 423 Locked, 424 Failed Dependency (RFC 4918) | permanent | a lock may be held for hours: nothing says that it is short |
//! | 425 Too Early (RFC 8470) | transient | the request came in early data, and will not the next time |
//! | 429 Too Many Requests (RFC 6585) | throttled | the limit passes with time |
//! | 431, 451 | permanent | too large, or forbidden by law: not a matter of time |
//! | any other 4xx | permanent | the request itself must change |
//! | 500 Internal Server Error | transient | the server does not know why; often it passes |
//! | 501 Not Implemented, 505 HTTP Version Not Supported, 506, 508, 510, 511 | transient | the rule is all of 5xx, without exceptions to remember: a true one costs a few retries in vain |
//! | 502 Bad Gateway, 503 Service Unavailable, 504 Gateway Timeout | transient | something behind the server is away for a while |
//! | 507 Insufficient Storage (RFC 4918) | transient | room may be made |
//! | 520 to 599, unregistered | transient | proxies make them up for an origin that is away |
//! | no response: a connection that failed, a timeout | transient, unless it would be the same again: a certificate that is not trusted, a scheme that the client does not speak, a proxy that wants credentials | whether the request arrived is not known |
//!
//! Where that does not fit, `unless` takes a status out, as in
//! `unless = error if error.status() == Some(StatusCode::NOT_IMPLEMENTED)`, and `when` decides anew:
//! by the status, the [`headers`](HttpError::headers), or the [`body`](HttpError::body), which
//! `ResponseExt::error_for_retry_with_body` keeps.
//!
//! # How long to wait
//!
//! | header | unit | read on |
//! |---|---|---|
//! | `retry-after-ms` (OpenAI, Anthropic, Azure), `x-ms-retry-after-ms` (Azure), `x-amz-retry-after` (AWS) | milliseconds | every status |
//! | else `Retry-After` | seconds, or a date: [read leniently](parse_retry_after) | every status |
//! | else `RateLimit: "policy";r=0;t=30` (`draft-ietf-httpapi-ratelimit-headers`, and the form of its seventh version, `limit=10, remaining=0, reset=30`) | seconds from now | 403, 429 |
//! | else `RateLimit-Reset`, `X-RateLimit-Reset`, `X-Rate-Limit-Reset` | seconds from now up to a day (the older drafts, Envoy, Reddit); Unix time in seconds from 10⁹ on (GitHub, GitLab, X), in milliseconds from 10¹² on (OpenRouter); anything between is ignored, since it could be milliseconds | 429, unless the `…-Remaining` of the same name is there and not 0; 403, if it is 0 |
//!
//! A wait that was misread is worse than none: fields with names or forms of one service alone, such
//! as `x-ratelimit-reset-requests: 6m0s`, are left to a `when` that knows them.
//!
//! # Requests that may not be sent twice
//!
//! A request that fails in mid-air may have arrived. The attribute retries it nevertheless: who
//! writes `#[retry]` on a function says that its body may run again, so a POST in it should carry an
//! `Idempotency-Key`, made outside of the function. The layers for `tower` and `reqwest-middleware`
//! see requests that were not written for them, and so ask [`is_idempotent`] first. A request that is
//! not idempotent they send again only after a response that says that nothing was done
//! ([`was_refused`]: 408, 425, 429 and 503, and 403 and 413 that name a wait).
//!
//! ```
//! use std::time::Duration;
//! use http::{HeaderMap, HeaderValue, StatusCode};
//! use persevere::http::HttpError;
//! use persevere::{Classify, Verdict};
//!
//! assert_eq!(StatusCode::BAD_GATEWAY.classify(), Verdict::TRANSIENT);
//! let field = HeaderValue::from_static(r#""burst";r=0;t=30"#);
//! let headers = HeaderMap::from_iter([("ratelimit".parse()?, field)]);
//! let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS, &headers);
//! assert_eq!(error.classify(), Verdict::THROTTLED.with_retry_after(Duration::from_secs(30)));
//! # Ok::<(), http::header::InvalidHeaderName>(())
//! ```

mod idempotency;
#[cfg(feature = "reqwest")]
mod response;

#[cfg(feature = "reqwest-middleware")]
pub(crate) use self::idempotency::status_refuses;
pub use self::idempotency::{is_idempotent, was_refused};
#[cfg(feature = "reqwest")]
pub use self::response::ResponseExt;
pub use persevere_core::http::{HttpError, parse_retry_after, retry_after, retry_after_at};
