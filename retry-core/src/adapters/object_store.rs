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
/// | `AlreadyExists`, of a response with the code `ConditionalRequestConflict` or `OperationAborted` | transient | that is what S3's 409 means here: another request was under way at the same time, and this one may be sent again |
/// | `NotFound`, `AlreadyExists` otherwise, `Precondition`, `NotModified`, `PermissionDenied`, `Unauthenticated` | permanent | the store has answered |
/// | `InvalidPath`, `NotSupported`, `NotImplemented`, `UnknownConfigurationKey` | permanent | the same request would fail the same way |
/// | `JoinError` | permanent | the task panicked, or the runtime is shutting down |
/// | `Generic`, a response with the code `SlowDown` (MinIO: `SlowDownRead`, `SlowDownWrite`) or `ServerBusy` | throttled | this is how S3 limits its callers, with a 503 or even a 200, and Azure with a 503 |
/// | `Generic`, a response with the code `RequestTimeout` | transient | S3 ends an upload that stalls like this, with a 400 |
/// | `Generic`, a response with the code `InternalError` or `ServiceUnavailable` | transient | S3 answers 200 to a long copy, a completed upload in parts and a deletion of many before they are done |
/// | `Generic`, any other response | the HTTP rule | `object_store` drops the `Retry-After` header |
/// | `Generic`, no response | that of `object_store::client::HttpError` | |
/// | `Generic`, from a disk | that of the `io::Error` in its chain | |
/// | any other | permanent | nothing says that it would pass |
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

/// The verdict on the response that a request failed with. The errors that hold it have no public
/// names, so their messages are read; the tests see to it that they still read so.
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

/// What stands in the first element `Code` of an answer in XML.
fn element_code(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    Some(code.trim())
}

/// The codes that say more than the status they come with.
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
