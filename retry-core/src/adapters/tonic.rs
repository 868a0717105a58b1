//! `tonic`: its `Status` and `Code`, and the errors of its client.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tonic_types::StatusExt as _;

use super::connection::cannot_pass;
#[cfg(feature = "chaos")]
use crate::classify::Class;
#[cfg(feature = "chaos")]
use crate::classify::fault::Fault;
use crate::classify::judge::find;
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Classify, Verdict};

/// The code of that name, or one of the same class.
#[cfg(all(feature = "tonic", feature = "chaos"))]
fn code_of(fault: Fault) -> Code {
    match fault.name() {
        "cancelled" => Code::Cancelled,
        "unknown" => Code::Unknown,
        "invalid_argument" | "invalid_input" => Code::InvalidArgument,
        "deadline_exceeded" | "timeout" | "timed_out" => Code::DeadlineExceeded,
        "not_found" => Code::NotFound,
        "already_exists" => Code::AlreadyExists,
        "permission_denied" => Code::PermissionDenied,
        "aborted" => Code::Aborted,
        "out_of_range" => Code::OutOfRange,
        "unimplemented" => Code::Unimplemented,
        "internal" => Code::Internal,
        "data_loss" => Code::DataLoss,
        "unauthenticated" => Code::Unauthenticated,
        _ => match fault.classify().kind() {
            Class::Permanent => Code::FailedPrecondition,
            Class::Transient => Code::Unavailable,
            Class::Throttled => Code::ResourceExhausted,
        },
    }
}

/// Classified by its code, its cause, and the wait that the server asks for.
///
/// | status | verdict | because |
/// |---|---|---|
/// | made from a [`Rejection`] here, which is in its source chain | that of the rejection | nothing was sent, or nobody waited for the answer; a status that a server sent has no source |
/// | `RESOURCE_EXHAUSTED`, for a message larger than its receiver accepts | permanent | the same message has the same size the next time; gRPC has one code for this and for quotas, so the text decides: those of `tonic`, of gRPC's own libraries for C++ (Python, Ruby, PHP), Go, Java, .NET and Node.js, and of Connect are known |
/// | any other with a retried code | that of the [code](tonic::Code) | |
/// | `UNKNOWN`, `INTERNAL`, `CANCELLED`, caused by a broken connection | transient | `tonic` uses these codes for a connection that broke during the request, was reset, or closed before the request was sent; the cause is in the source chain, which a status sent by a server does not have |
/// | `CANCELLED`, caused by `tonic`'s own timeout | transient | a timeout is always transient; this is how `tonic` reports `Endpoint::timeout` and `Request::set_timeout` |
/// | any other | permanent | the server has answered |
///
/// A verdict to retry takes its wait from the status' metadata and details:
///
/// | from the server | effect | source |
/// |---|---|---|
/// | `grpc-retry-pushback-ms` in the trailers | the minimum wait, in milliseconds | gRPC A6, "Pushback" |
/// | the same, negative or not a number of 32 bits | permanent: the server asks for no retry | gRPC A6, "Pushback" |
/// | `google.rpc.RetryInfo` in the details | the minimum wait, zero for a negative delay; a pushback takes precedence | `google/rpc/error_details.proto` |
///
/// ```
/// use std::time::Duration;
/// use persevere::{Classify, Verdict};
/// use tonic::{Code, Status};
/// use tonic_types::{ErrorDetails, StatusExt};
///
/// assert_eq!(Status::unavailable("restarting").classify(), Verdict::TRANSIENT);
/// assert_eq!(Status::not_found("no such order").classify(), Verdict::PERMANENT);
///
/// let wait = Duration::from_secs(7);
/// let details = ErrorDetails::with_retry_info(Some(wait));
/// let status = Status::with_error_details(Code::ResourceExhausted, "quota", details);
/// assert_eq!(status.classify(), Verdict::THROTTLED.with_retry_after(wait));
/// ```
#[cfg(feature = "tonic")]
impl Classify for Status {
    fn classify(&self) -> Verdict {
        if let Some(rejection) = rejection(self) {
            return rejection.classify();
        }
        if self.code() == Code::ResourceExhausted && is_about_size(self.message()) {
            return Verdict::PERMANENT;
        }
        let by_code = self.code().classify();
        let verdict = if by_code.is_retryable() {
            by_code
        } else {
            Verdict::from(
                matches!(self.code(), Code::Unknown | Code::Internal | Code::Cancelled)
                    && lost(self),
            )
        };
        if !verdict.is_retryable() {
            return verdict;
        }
        match pushback(self) {
            Some(Pushback::Never) => Verdict::PERMANENT,
            Some(Pushback::After(wait)) => verdict.with_retry_after(wait),
            None => match self.get_details_retry_info().and_then(|info| info.retry_delay) {
                Some(wait) => verdict.with_retry_after(wait),
                None => verdict,
            },
        }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer. The [`Rejection`] is its
/// source. A server that answers with it sends its caller the code, which says where a retry helps:
///
/// | rejection | code | because |
/// |---|---|---|
/// | `TimedOut`, `DeadlineExceeded` | `DEADLINE_EXCEEDED` | the time was up before the answer came |
/// | `CircuitOpen` | `UNAVAILABLE` | what this server depends on is down: another server, or a later call, may do better |
/// | `Cancelled` | `UNAVAILABLE` | this server is shutting down: another one can answer. If it is the caller that went away, nobody reads the code |
/// | `BulkheadFull`, `RateLimited` | `RESOURCE_EXHAUSTED` | this server's own limit: its callers retry more gently (throttled) |
///
/// ```
/// use persevere::{Classify, Rejection, Verdict, rejection};
/// use tonic::{Code, Status};
///
/// let full = Status::from(Rejection::BulkheadFull);
/// assert_eq!((full.code(), full.message()), (Code::ResourceExhausted, "too many calls are running"));
/// assert_eq!(full.classify(), Verdict::PERMANENT); // here, where the bulkhead is
/// assert_eq!(rejection(&full), Some(Rejection::BulkheadFull));
///
/// let sent = Status::new(full.code(), full.message()); // what its caller gets
/// assert_eq!(sent.classify(), Verdict::THROTTLED);
/// ```
#[cfg(feature = "tonic")]
impl From<Rejection> for Status {
    fn from(rejection: Rejection) -> Self {
        let code = match rejection {
            Rejection::TimedOut | Rejection::DeadlineExceeded => Code::DeadlineExceeded,
            Rejection::CircuitOpen { .. } | Rejection::Cancelled => Code::Unavailable,
            Rejection::BulkheadFull | Rejection::RateLimited { .. } => Code::ResourceExhausted,
            #[cfg(feature = "chaos")]
            Rejection::Fault(fault) => code_of(fault),
        };
        let mut status = Self::new(code, rejection.to_string());
        status.set_source(Arc::new(rejection));
        status
    }
}

/// Classified as a server means each code; only a [`Status`](tonic::Status) shows that a client made it
/// from a broken connection.
///
/// | code | verdict | because |
/// |---|---|---|
/// | `UNAVAILABLE` | transient | the guide to status codes: most likely temporary, to be retried with a backoff, though not always safe if the operation is not idempotent |
/// | `RESOURCE_EXHAUSTED` | throttled | a quota, or the server's own limits |
/// | `ABORTED` | transient | `google/rpc/code.proto`: a conflict, such as a failed transaction, to be retried one level higher; the annotated function is meant to be that level, and runs the whole sequence again |
/// | `DEADLINE_EXCEEDED` | transient | a timeout is always transient; the operation may have been carried out, so exclude it (`unless`) if doing it twice does harm |
/// | `UNKNOWN`, `INTERNAL` | permanent | the server failed for good, or cannot name the failure; A6 leaves such codes to callers that know the method to be idempotent |
/// | `CANCELLED` | permanent | the caller no longer wants the answer |
/// | `DATA_LOSS` | permanent | unrecoverable |
/// | `INVALID_ARGUMENT`, `NOT_FOUND`, `ALREADY_EXISTS`, `PERMISSION_DENIED`, `FAILED_PRECONDITION`, `OUT_OF_RANGE`, `UNIMPLEMENTED`, `UNAUTHENTICATED` | permanent | the same call gets the same answer until something else changes |
/// | `OK` | permanent | no failure |
///
/// Sources: the gRPC guide to status codes (`grpc.io/docs/guides/status-codes`), `google/rpc/code.proto`,
/// and the gRPC proposal A6, "Retryable Status Codes".
///
/// ```
/// use persevere::{Classify, Verdict};
/// use tonic::Code;
/// assert_eq!(Code::ResourceExhausted.classify(), Verdict::THROTTLED);
/// assert_eq!(Code::Unauthenticated.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "tonic")]
impl Classify for Code {
    fn classify(&self) -> Verdict {
        match self {
            Self::ResourceExhausted => Verdict::THROTTLED,
            Self::Unavailable | Self::Aborted | Self::DeadlineExceeded => Verdict::TRANSIENT,
            Self::Ok
            | Self::Cancelled
            | Self::Unknown
            | Self::InvalidArgument
            | Self::NotFound
            | Self::AlreadyExists
            | Self::PermissionDenied
            | Self::FailedPrecondition
            | Self::OutOfRange
            | Self::Unimplemented
            | Self::Internal
            | Self::DataLoss
            | Self::Unauthenticated => Verdict::PERMANENT,
        }
    }
}

/// Transient, unless the next connection would fail the same way, as with an untrusted certificate.
#[cfg(feature = "tonic")]
impl Classify for ConnectError {
    fn classify(&self) -> Verdict {
        Verdict::from(!cannot_pass(self))
    }
}

/// Transient, as every timeout.
#[cfg(feature = "tonic")]
impl Classify for TimeoutExpired {
    fn classify(&self) -> Verdict {
        Verdict::TRANSIENT
    }
}

/// Transient if the connection could not be made, or broke, and another may succeed. Otherwise
/// permanent: an untrusted certificate, an invalid address, user agent or TLS settings.
///
/// ```
/// use persevere::{Classify, Verdict};
/// use tonic::transport::Endpoint;
///
/// let error = Endpoint::from_static("http://[::1]:50051").user_agent("two\nlines").unwrap_err();
/// assert_eq!(error.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "tonic-transport")]
impl Classify for tonic::transport::Error {
    fn classify(&self) -> Verdict {
        Verdict::from(broke(self))
    }
}

/// Whether a message was larger than its receiver, or its sender, allows.
fn is_about_size(text: &str) -> bool {
    const TEXTS: [&str; 12] = [
        "message larger than max",                     // C core, grpc-go, grpc-js
        "message after decompression larger than max", // grpc-go
        "message too large",                           // grpc-go and grpc-java, on sending
        "message exceeds maximum size",                // grpc-java
        "message with a size larger than",             // grpc-js, on sending
        "message that decompresses to a size larger",  // grpc-js
        "message exceeds the maximum configured message size", // grpc-dotnet
        "is larger than configured max",               // connect-go
        "message length too large",                    // tonic
        "exceeded while decompressing message",        // tonic
        "more than 4gb of data",                       // tonic, on sending
        "metadata size exceeds hard limit", // C core; beyond the soft limit, it rejects at random
    ];
    let text = text.to_ascii_lowercase();
    TEXTS.iter().any(|known| text.contains(known))
}

/// Whether the answer was lost on the way: only an error of the client has a cause.
fn lost(status: &Status) -> bool {
    status.source().is_some_and(broke)
}

/// Whether the connection could not be made, or broke, or `tonic` stopped waiting; and another may
/// succeed.
fn broke(cause: &(dyn Error + 'static)) -> bool {
    find::<ConnectError>(cause)
        .map(Classify::classify)
        .is_some_and(|verdict| verdict.is_retryable())
        || find::<TimeoutExpired>(cause).is_some()
        || super::hyper::broke_off(cause)
}

/// The value of `grpc-retry-pushback-ms`.
enum Pushback {
    After(Duration),
    Never,
}

fn pushback(status: &Status) -> Option<Pushback> {
    let value = status.metadata().get("grpc-retry-pushback-ms")?;
    let milliseconds = value.to_str().ok().and_then(|value| value.parse::<i32>().ok());
    Some(match milliseconds.and_then(|milliseconds| u64::try_from(milliseconds).ok()) {
        Some(milliseconds) => Pushback::After(Duration::from_millis(milliseconds)),
        None => Pushback::Never,
    })
}
