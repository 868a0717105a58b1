//! Retrying HTTP calls: the rule for statuses, `Retry-After`, and an error that keeps a response's
//! headers and body.
//!
//! One rule decides everywhere: for [`HttpError`], for the responses of `http` and `reqwest`, in the
//! layers for `tower` and the middleware for `reqwest-middleware`. (Sources: RFC 9110 section 15
//! unless another is named.)
//!
//! | status | verdict | because |
//! |---|---|---|
//! | 400, 401, 404, 405, 410, 422 | permanent | the request itself must change |
//! | 403 Forbidden that names a wait | throttled | GitHub limits rates this way: a `Retry-After`, or `x-ratelimit-remaining: 0` |
//! | 403 otherwise | permanent | the same caller stays forbidden |
//! | 408 Request Timeout | transient | the server did not receive the request in time; the client may send it again |
//! | 409 Conflict | permanent | the caller has to read the resource's state again first |
//! | 412 Precondition Failed, 428 Precondition Required | permanent | the condition would fail, or be missing, again |
//! | 413 Content Too Large that names a wait | transient | with a wait, the condition is temporary (section 15.5.14) |
//! | 413 otherwise | permanent | the content stays too large |
//! | 421 Misdirected Request | permanent | another connection might work, but the client would choose the same one again |
//! | 423 Locked, 424 Failed Dependency (RFC 4918) | permanent | a lock may be held for hours |
//! | 425 Too Early (RFC 8470) | transient | the request came in early data, and the next one will not |
//! | 429 Too Many Requests (RFC 6585) | throttled | the quota is renewed after a while |
//! | 431, 451 | permanent | headers too large, or forbidden by law: waiting does not help |
//! | any other 4xx | permanent | the request itself must change |
//! | 500 Internal Server Error | transient | an unexpected failure, often temporary |
//! | 501 Not Implemented, 505 HTTP Version Not Supported, 506, 508, 510, 511 | transient | the rule covers all of 5xx, without exceptions to remember; a permanent one costs a few useless retries |
//! | 502 Bad Gateway, 503 Service Unavailable, 504 Gateway Timeout | transient | the server, or one behind it, is unavailable for a while |
//! | 507 Insufficient Storage (RFC 4918) | transient | space may be freed |
//! | 520 to 599, unregistered | transient | proxies use them for an unavailable origin |
//! | no response: a connection that failed, a timeout | transient, unless it would happen again: an untrusted certificate, a scheme that the client does not support, a proxy that wants credentials | the request may or may not have arrived |
//!
//! If that does not fit, `unless` excludes a status, as in
//! `unless = error if error.status() == Some(StatusCode::NOT_IMPLEMENTED)`, and `when` replaces the
//! rule: by the status, the [`headers`](HttpError::headers), or the [`body`](HttpError::body), which
//! `ResponseExt::error_for_retry_with_body` keeps.
//!
//! # How long to wait
//!
//! | header | unit | read on |
//! |---|---|---|
//! | `retry-after-ms` (OpenAI, Anthropic, Azure), `x-ms-retry-after-ms` (Azure), `x-amz-retry-after` (AWS) | milliseconds | every status |
//! | else `Retry-After` | seconds, or a date: [read leniently](parse_retry_after) | every status |
//! | else `RateLimit: "policy";r=0;t=30` (`draft-ietf-httpapi-ratelimit-headers`, and the form of its seventh version, `limit=10, remaining=0, reset=30`) | seconds from now | 403, 429 |
//! | else `RateLimit-Reset`, `X-RateLimit-Reset`, `X-Rate-Limit-Reset` | seconds from now up to a day (the older drafts, Envoy, Reddit); Unix time in seconds from 10⁹ on (GitHub, GitLab, X), in milliseconds from 10¹² on (OpenRouter); anything in between is ignored, since it could be milliseconds | 429, unless the `…-Remaining` of the same name is there and not 0; 403, if it is 0 |
//!
//! A misread wait is worse than none: fields with names or a syntax of a single service, such as
//! `x-ratelimit-reset-requests: 6m0s`, need a `when` function that knows them.
//!
//! # Requests that may not be sent twice
//!
//! A request that fails without a response may have arrived. The attribute retries it anyway:
//! `#[retry]` on a function means that its body may run again, so a POST in it should carry an
//! `Idempotency-Key`, made outside of the function. The layers for `tower` and `reqwest-middleware`
//! see arbitrary requests, so they call [`is_idempotent`] first. They send a request that is not
//! idempotent again only after a response that means that nothing was done ([`was_refused`]: 408, 425,
//! 429 and 503, and 403 and 413 that name a wait).
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
#[cfg_attr(not(feature = "reqwest"), path = "http/without_reqwest.rs")]
mod response;

#[cfg(feature = "reqwest-middleware")]
pub(crate) use self::idempotency::status_refuses;
pub use self::idempotency::{is_idempotent, was_refused};
pub use self::response::ResponseExt;
pub use persevere_core::http::{HttpError, parse_retry_after, retry_after, retry_after_at};
