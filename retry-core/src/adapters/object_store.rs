//! `object_store::Error`, and the `HttpError` in its chain.

use std::error::Error as StdError;

use ::http::StatusCode;
use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use super::{chain, connection, hyper};
use crate::classify::judge;
use crate::classify::{Classify, Verdict};

/// By its kind, and by its cause where the kind is `Generic`.
///
/// `object_store` retries requests itself, up to 10 times within 3 minutes: what arrives here has
/// failed for good by its own measure. Give its client a `RetryConfig` with `max_retries: 0` where
/// the annotated function is to decide alone; else the two numbers multiply.
///
/// | error | verdict | because |
/// |---|---|---|
/// | `AlreadyExists`, of a response whose body says `ConditionalRequestConflict` or `OperationAborted` | transient | that is what S3's 409 means here: another request was under way at the same time, and this one may be sent again |
/// | `NotFound`, `AlreadyExists` otherwise, `Precondition`, `NotModified`, `PermissionDenied`, `Unauthenticated` | permanent | the store has answered |
/// | `InvalidPath`, `NotSupported`, `NotImplemented`, `UnknownConfigurationKey` | permanent | the same request would fail the same way |
/// | `JoinError` | permanent | the task panicked, or the runtime is shutting down |
/// | `Generic`, a response whose body says `SlowDown` | throttled | this is how S3 limits its callers, with a 503 or even a 200 |
/// | `Generic`, a 400 response whose body says `RequestTimeout` | transient | S3 closes an upload that stalls like this |
/// | `Generic`, a response with a status | the HTTP rule | `object_store` drops the `Retry-After` header |
/// | `Generic`, a 200 response whose body says `InternalError` | transient | S3 answers long copies before they are done |
/// | `Generic`, no response | that of `object_store::client::HttpError` | |
/// | `Generic`, from a disk | that of the `io::Error` in its chain | |
/// | any other | permanent | nothing says that it would pass |
///
/// Source of the codes: the list of error responses in the Amazon S3 API reference, and its page on
/// conditional writes.
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
impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Generic { source, .. } => judge::chain(&**source)
                .find_map(of_response)
                .or_else(|| chain::verdict(&**source))
                .unwrap_or(Verdict::PERMANENT),
            // Made of each 409, whatever the conflict.
            Self::AlreadyExists { source, .. } => {
                let of_response = judge::chain(&**source).find_map(of_response);
                of_response.unwrap_or(Verdict::PERMANENT)
            }
            _ => Verdict::PERMANENT,
        }
    }
}

/// By its kind; one that names no reason, by its causes.
///
/// | kind | verdict | because |
/// |---|---|---|
/// | `Timeout` | transient | always |
/// | `Connect`, `Request`, `Interrupted` | transient, unless the next would fail the same way: a certificate that is not trusted | there was no connection, or it broke in mid-air |
/// | `Decode`, `Unknown`, and any later kind | permanent, unless the connection broke off while the body was read | what came is not what was expected, and would come again |
///
/// ```
/// use std::io;
/// use object_store::client::{HttpError, HttpErrorKind};
/// use persevere::{Classify, Verdict};
///
/// let error = HttpError::new(HttpErrorKind::Connect, io::Error::other("no route"));
/// assert_eq!(error.classify(), Verdict::TRANSIENT);
/// ```
impl Classify for HttpError {
    fn classify(&self) -> Verdict {
        use HttpErrorKind as Kind;
        let transient = match self.kind() {
            Kind::Timeout => true,
            Kind::Connect | Kind::Request | Kind::Interrupted => !connection::cannot_pass(self),
            _ => hyper::broke_off(self),
        };
        Verdict::from(transient)
    }
}

/// The verdict on the response that a request failed with. The error that holds it has no public
/// name, so its message is read; the tests see to it that it still reads so.
fn of_response(error: &(dyn StdError + 'static)) -> Option<Verdict> {
    let message = error.to_string();
    if let Some(answer) = message.strip_prefix("Server returned non-2xx status code: ") {
        let status = StatusCode::from_bytes(answer.as_bytes().get(..3)?).ok()?;
        let verdict = status.classify();
        return Some(match (status, code(answer)) {
            (StatusCode::BAD_REQUEST, Some("RequestTimeout"))
            | (StatusCode::CONFLICT, Some("ConditionalRequestConflict" | "OperationAborted")) => {
                Verdict::TRANSIENT
            }
            _ if verdict.is_retryable() && answer.contains("SlowDown") => Verdict::THROTTLED,
            _ => verdict,
        });
    }
    let body = message.strip_prefix("Server returned error response: ")?;
    Some(if body.contains("SlowDown") { Verdict::THROTTLED } else { Verdict::TRANSIENT })
}

/// What stands in the first element `Code` of an answer in XML.
fn code(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    Some(code.trim())
}
