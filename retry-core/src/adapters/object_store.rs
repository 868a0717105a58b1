//! `object_store::Error`, and the `HttpError` in its chain.

use std::error::Error as StdError;

use ::http::StatusCode;
use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use super::{chain, connection, hyper};
use crate::classify::judge;
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Classify, Verdict};

/// Classified by its kind, and by its cause if the kind is `Generic`.
///
/// `object_store` retries requests itself, up to 10 times within 3 minutes: an error that arrives here
/// has already exhausted those retries. Give its client a `RetryConfig` with `max_retries: 0` if the
/// annotated function is to decide alone; otherwise the two numbers multiply.
///
/// | error | verdict | because |
/// |---|---|---|
/// | `Generic`, made from a [`Rejection`] | that of the rejection | the call was cut or refused on this side |
/// | `AlreadyExists`, of a response with the code `ConditionalRequestConflict` or `OperationAborted` | transient | S3's 409 here means that another request was in progress at the same time; this one may be sent again |
/// | `NotFound`, `AlreadyExists` otherwise, `Precondition`, `NotModified`, `PermissionDenied`, `Unauthenticated` | permanent | the store has answered |
/// | `InvalidPath`, `NotSupported`, `NotImplemented`, `UnknownConfigurationKey` | permanent | the same request would fail the same way |
/// | `JoinError` | permanent | the task panicked, or the runtime is shutting down |
/// | `Generic`, a response with the code `SlowDown` (MinIO: `SlowDownRead`, `SlowDownWrite`) or `ServerBusy` | throttled | this is how S3 limits its callers, with a 503 or even a 200, and Azure with a 503 |
/// | `Generic`, a response with the code `RequestTimeout` | transient | S3 ends a stalled upload with it, and a 400 |
/// | `Generic`, a response with the code `InternalError` or `ServiceUnavailable` | transient | S3 answers 200 to a long copy, a completed upload in parts and a deletion of many before they are done |
/// | `Generic`, any other response | the HTTP rule | `object_store` drops the `Retry-After` header |
/// | `Generic`, no response | that of `object_store::client::HttpError` | |
/// | `Generic`, from a disk | that of the `io::Error` in its chain | |
/// | any other | permanent | nothing says that it is temporary |
///
/// Sources of the codes: the list of error responses in the Amazon S3 API reference, and its page on
/// conditional writes; Azure's common REST API error codes; `cmd/api-errors.go` of MinIO.
///
/// ```
/// use std::io;
/// use object_store::Error;
/// use persevere::{Classify, Verdict};
///
/// let busy = io::Error::from(io::ErrorKind::ResourceBusy);
/// let error = Error::Generic { store: "LocalFileSystem", source: Box::new(busy) };
/// assert_eq!(error.classify(), Verdict::TRANSIENT);
///
/// let unknown = Error::UnknownConfigurationKey { store: "S3", key: "regoin".into() };
/// assert_eq!(unknown.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "object_store")]
impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Generic { source, .. } => rejection(&**source)
                .map(|ours| ours.classify())
                .or_else(|| judge::chain(&**source).find_map(of_response))
                .or_else(|| chain::verdict(&**source))
                .unwrap_or(Verdict::PERMANENT),
            // `object_store` makes it from every 409, whatever the conflict.
            Self::AlreadyExists { source, .. } => {
                let of_response = judge::chain(&**source).find_map(of_response);
                of_response.unwrap_or(Verdict::PERMANENT)
            }
            _ => Verdict::PERMANENT,
        }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: a `Generic` error with the
/// [`Rejection`] as its source.
///
/// ```
/// use object_store::Error;
/// use persevere::{Classify, Rejection, rejection};
///
/// let cut = Error::from(Rejection::TimedOut);
/// assert_eq!(cut.to_string(), "Generic persevere error: the attempt timed out");
/// assert_eq!(cut.classify(), Rejection::TimedOut.classify());
/// assert_eq!(rejection(&cut), Some(Rejection::TimedOut));
/// ```
#[cfg(feature = "object_store")]
impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Generic { store: "persevere", source: Box::new(rejection) }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: of the kind `Timeout` if a
/// limit cut the call, else `Unknown`, with the [`Rejection`] as its source.
#[cfg(feature = "object_store")]
impl From<Rejection> for HttpError {
    fn from(rejection: Rejection) -> Self {
        let kind = match rejection {
            Rejection::TimedOut | Rejection::DeadlineExceeded => HttpErrorKind::Timeout,
            Rejection::CircuitOpen { .. }
            | Rejection::BulkheadFull
            | Rejection::Cancelled
            | Rejection::RateLimited { .. } => HttpErrorKind::Unknown,
            #[cfg(feature = "chaos")]
            Rejection::Fault(_) => HttpErrorKind::Unknown,
        };
        Self::new(kind, rejection)
    }
}

/// Classified by its kind; by its causes if the kind names no reason.
///
/// | kind | verdict | because |
/// |---|---|---|
/// | any, made from a [`Rejection`] | that of the rejection | the call was cut or refused on this side |
/// | `Timeout` | transient | always |
/// | `Connect`, `Request`, `Interrupted` | transient, unless the next would fail the same way, as with an untrusted certificate | there was no connection, or it broke during the request |
/// | `Decode`, `Unknown`, and any later kind | permanent, unless the connection broke while the body was read | the answer is not the expected one, and would be the same again |
///
/// ```
/// use std::io;
/// use object_store::client::{HttpError, HttpErrorKind};
/// use persevere::{Classify, Verdict};
///
/// let error = HttpError::new(HttpErrorKind::Connect, io::Error::other("no route"));
/// assert_eq!(error.classify(), Verdict::TRANSIENT);
/// ```
#[cfg(feature = "object_store")]
impl Classify for HttpError {
    fn classify(&self) -> Verdict {
        use HttpErrorKind as Kind;
        if let Some(ours) = rejection(self) {
            return ours.classify();
        }
        let transient = match self.kind() {
            Kind::Timeout => true,
            Kind::Connect | Kind::Request | Kind::Interrupted => !connection::cannot_pass(self),
            _ => hyper::broke_off(self),
        };
        Verdict::from(transient)
    }
}

/// The verdict on the response of a failed request. The errors that hold it have no public names, so
/// their messages are parsed; tests check that the messages still have this form.
fn of_response(error: &(dyn StdError + 'static)) -> Option<Verdict> {
    let message = error.to_string();
    if let Some(answer) = message.strip_prefix("Server returned non-2xx status code: ") {
        let status = StatusCode::from_bytes(answer.as_bytes().get(..3)?).ok()?;
        let by_status = status.classify();
        let slow_down = by_status.is_retryable() && answer.contains("SlowDown");
        let verdict = if slow_down { Verdict::THROTTLED } else { by_status };
        return Some(element_code(answer).and_then(of_code).unwrap_or(verdict));
    }
    if let Some(body) = message.strip_prefix("Server returned error response: ") {
        let slow_down = body.contains("SlowDown");
        return Some(if slow_down { Verdict::THROTTLED } else { Verdict::TRANSIENT });
    }
    let failed = message.strip_prefix("DeleteObjects request failed for key ")?;
    let (_, code) = failed.strip_suffix(')')?.rsplit_once(" (code: ")?;
    of_code(code)
}

/// The content of the first element `Code` of an XML answer.
fn element_code(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    Some(code.trim())
}

/// The codes that are more precise than their status.
fn of_code(code: &str) -> Option<Verdict> {
    match code {
        "RequestTimeout" // with 400
        | "ConditionalRequestConflict" | "OperationAborted" // with 409
        | "InternalError" | "ServiceUnavailable" => Some(Verdict::TRANSIENT), // within a 200, too
        // `SlowDownRead` and `SlowDownWrite` are MinIO's; Azure's accounts have limits of their own.
        _ if code.starts_with("SlowDown") || code == "ServerBusy" => Some(Verdict::THROTTLED),
        _ => None,
    }
}
