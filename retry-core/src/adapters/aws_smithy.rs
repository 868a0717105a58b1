//! `SdkError`, of the AWS SDK and of every other client that Smithy generates, and the errors in
//! its chain.

use std::time::{Duration, SystemTime};

use ::http::StatusCode;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::{Headers, Response};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};

use super::connection::cannot_pass;
use super::http_rule::with_retry_after;
use super::retry_after::parse_retry_after;
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Classify, Verdict};
use crate::time::clock;

/// Classified as the SDK itself does, in the same order.
///
/// An AWS client retries by itself, up to 2 times: configure it with `RetryConfig::disabled()` if the
/// annotated function is to decide alone; otherwise the two numbers multiply.
///
/// | error | verdict | because |
/// |---|---|---|
/// | `ConstructionFailure` | permanent | nothing was sent, and the same request would fail the same way |
/// | `TimeoutError` | transient | a timeout is always transient |
/// | `DispatchFailure` | that of its `ConnectorError` | |
/// | `ResponseError` | throttled if the status says so, else transient | the answer broke off, or was corrupted on the way: another may arrive intact |
/// | `ServiceError` whose model says that it may be retried | throttled, or transient | its author decided: the trait `@retryable` in the model |
/// | `ServiceError` with a code for throttling | throttled | see `ErrorMetadata` |
/// | `ServiceError` with a code for a temporary failure, such as `RequestTimeout` or `InternalError` | transient, whatever the status: S3 answers 200 before a long copy is done | see `ErrorMetadata` |
/// | `ServiceError` with `RequestTimeTooSkewed`, `InvalidSignatureException`, `SignatureDoesNotMatch`, `AuthFailure` or `AccessDeniedException`, whose `Date` is more than 4 min from the clock here | transient | the clocks differ; the SDK learns by how much from the same header, and signs the next request by the service's clock (`service_clock_skew.rs` in `aws-runtime`) |
/// | any other `ServiceError` | the HTTP rule, by its status | |
///
/// A verdict to retry takes its wait from the response: `x-amz-retry-after`, in milliseconds, or
/// else `Retry-After`.
///
/// Inside `anyhow::Error` and the like it is not found, since its type depends on the operation: only
/// `ConnectorError` and `ErrorMetadata` are found there, without the status and the headers. Return
/// `SdkError` itself from the annotated function, or an error of your own that forwards to it.
///
/// Sources: the classifiers of the SDK, in the crates `aws-smithy-runtime` and `aws-runtime`, those
/// that its code generator adds for S3 and STS (`S3Decorator.kt`, `STSDecorator.kt`), and the AWS
/// SDKs' reference guide, "Retry behavior".
///
/// ```
/// use std::time::Duration;
/// use aws_smithy_runtime_api::client::result::SdkError;
/// use aws_smithy_runtime_api::http::{Response, StatusCode};
/// use aws_smithy_types::error::ErrorMetadata;
/// use persevere::{Classify, Verdict};
///
/// let mut response = Response::new(StatusCode::try_from(503).unwrap(), "");
/// response.headers_mut().insert("x-amz-retry-after", "1500");
/// let slow_down = ErrorMetadata::builder().code("SlowDown").build();
/// let error = SdkError::service_error(slow_down, response);
/// let verdict = Verdict::THROTTLED.with_retry_after(Duration::from_millis(1500));
/// assert_eq!(error.classify(), verdict);
/// ```
#[cfg(feature = "aws-smithy")]
impl<E: ProvideErrorKind, B> Classify for SdkError<E, Response<B>> {
    fn classify(&self) -> Verdict {
        match self {
            Self::TimeoutError(_) => Verdict::TRANSIENT,
            Self::DispatchFailure(failure) => {
                failure.as_connector_error().map_or(Verdict::PERMANENT, Classify::classify)
            }
            Self::ResponseError(failure) => {
                let by_status = of_status(failure.raw());
                let verdict = if by_status.is_retryable() { by_status } else { Verdict::TRANSIENT };
                with_retry_after(verdict, wait(failure.raw().headers()))
            }
            Self::ServiceError(failure) => {
                let (error, response) = (failure.err(), failure.raw());
                let verdict = error
                    .retryable_error_kind()
                    .map(of_kind)
                    .or_else(|| error.code().and_then(of_code))
                    .unwrap_or_else(|| {
                        let clock = error.code().is_some_and(|code| is_of_clocks(code, response));
                        if clock { Verdict::TRANSIENT } else { of_status(response) }
                    });
                with_retry_after(verdict, wait(response.headers()))
            }
            // `ConstructionFailure`, and variants of later versions.
            _ => Verdict::PERMANENT,
        }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: a `DispatchFailure`, since
/// no answer came, by a [`ConnectorError`] with the [`Rejection`] as its source.
///
/// ```
/// use aws_smithy_runtime_api::client::result::SdkError;
/// use aws_smithy_runtime_api::http::Response;
/// use aws_smithy_types::error::ErrorMetadata;
/// use persevere::{Classify, Rejection, Verdict, rejection};
///
/// let full = SdkError::<ErrorMetadata, Response>::from(Rejection::BulkheadFull);
/// assert_eq!(full.classify(), Verdict::PERMANENT);
/// assert_eq!(rejection(&full), Some(Rejection::BulkheadFull));
/// ```
#[cfg(feature = "aws-smithy")]
impl<E, R> From<Rejection> for SdkError<E, R> {
    fn from(rejection: Rejection) -> Self {
        Self::dispatch_failure(rejection.into())
    }
}

/// As for [`SdkError`]: a timeout if a limit cut the call, else of no kind.
#[cfg(feature = "aws-smithy")]
impl From<Rejection> for ConnectorError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::TimedOut | Rejection::DeadlineExceeded => Self::timeout(rejection.into()),
            Rejection::CircuitOpen { .. }
            | Rejection::BulkheadFull
            | Rejection::Cancelled
            | Rejection::RateLimited { .. } => Self::other(rejection.into(), None),
            #[cfg(feature = "chaos")]
            Rejection::Fault(_) => Self::other(rejection.into(), None),
        }
    }
}

/// Classified by its kind.
///
/// | error | verdict | because |
/// |---|---|---|
/// | made from a [`Rejection`] | that of the rejection | the call was cut or refused on this side |
/// | timeout | transient | always |
/// | I/O | transient, unless the next would fail the same way, as with an untrusted certificate | the connection could not be made, or broke |
/// | user | permanent | the request is at fault |
/// | other, with a kind | throttled, or transient | the connector says that it may be retried |
/// | other, without one | permanent | nothing says that it is temporary; the SDK does not retry it either |
///
/// ```
/// use aws_smithy_runtime_api::client::result::ConnectorError;
/// use persevere::{Classify, Verdict};
/// assert_eq!(ConnectorError::timeout("too slow".into()).classify(), Verdict::TRANSIENT);
/// assert_eq!(ConnectorError::user("no host".into()).classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "aws-smithy")]
impl Classify for ConnectorError {
    fn classify(&self) -> Verdict {
        if let Some(ours) = rejection(self) {
            return ours.classify();
        }
        if self.is_timeout() {
            return Verdict::TRANSIENT;
        }
        if self.is_io() {
            return Verdict::from(!cannot_pass(self));
        }
        self.as_other().map_or(Verdict::PERMANENT, of_kind)
    }
}

/// Classified by its code, which is all that remains of a service's error whose type is hidden.
///
/// | code | verdict | because |
/// |---|---|---|
/// | `Throttling`, `ThrottlingException`, `ThrottledException`, `RequestThrottled`, `RequestThrottledException`, `TooManyRequestsException`, `ProvisionedThroughputExceededException`, `TransactionInProgressException`, `RequestLimitExceeded`, `BandwidthLimitExceeded`, `LimitExceededException`, `SlowDown`, `PriorRequestNotComplete`, `EC2ThrottledException` | throttled | the AWS SDKs' list of throttling errors |
/// | `RequestTimeout`, `RequestTimeoutException` | transient | the AWS SDKs' list of transient errors: the request did not arrive in time |
/// | `InternalError` | transient | S3's addition to that list |
/// | `IDPCommunicationError` | transient | STS' addition: the identity provider did not answer |
/// | `InternalFailure`, `ServiceUnavailable` | transient | the errors that all AWS services have in common: the server's own, with a status of 500 and 503 |
/// | `OperationAborted`, `ConditionalRequestConflict` | transient | S3's 409: another request to the same object was under way, and this one may be sent again (list of error responses in the Amazon S3 API reference) |
/// | `RequestTimeTooSkewed`, `SignatureDoesNotMatch` and the like | permanent | whether the clocks differ is known only with the response's `Date` |
/// | any other, or none | permanent | it names a mistake, or nothing |
///
/// ```
/// use aws_smithy_types::error::ErrorMetadata;
/// use persevere::{Classify, Verdict};
/// let coded = |code| ErrorMetadata::builder().code(code).build();
/// assert_eq!(coded("ThrottlingException").classify(), Verdict::THROTTLED);
/// assert_eq!(coded("AccessDenied").classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "aws-smithy")]
impl Classify for ErrorMetadata {
    fn classify(&self) -> Verdict {
        self.code().and_then(of_code).unwrap_or(Verdict::PERMANENT)
    }
}

/// An error with a kind may be retried, `ClientError` included: that is the kind of a 4xx error whose
/// model allows it.
fn of_kind(kind: ErrorKind) -> Verdict {
    if kind == ErrorKind::ThrottlingError { Verdict::THROTTLED } else { Verdict::TRANSIENT }
}

fn of_code(code: &str) -> Option<Verdict> {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "TransactionInProgressException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "EC2ThrottledException" => Some(Verdict::THROTTLED),
        "RequestTimeout"
        | "RequestTimeoutException"
        | "InternalError"
        | "IDPCommunicationError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "OperationAborted"
        | "ConditionalRequestConflict" => Some(Verdict::TRANSIENT),
        _ => None,
    }
}

/// Whether a request was rejected because the clocks differ. As in the SDK, this goes by the code and
/// a threshold, and not by answers from a cache, whose `Date` is old.
fn is_of_clocks<B>(code: &str, response: &Response<B>) -> bool {
    const CODES: [&str; 5] = [
        "RequestTimeTooSkewed",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "AuthFailure",
        "AccessDeniedException",
    ];
    const THRESHOLD: Duration = Duration::from_secs(4 * 60);
    let headers = response.headers();
    if !CODES.contains(&code) || headers.get("age").is_some() {
        return false;
    }
    let date = headers.get("date").and_then(|date| httpdate::parse_http_date(date).ok());
    date.is_some_and(|theirs| {
        let ours = clock::wall();
        let difference = theirs.duration_since(ours).or_else(|_| ours.duration_since(theirs));
        difference.is_ok_and(|difference| difference > THRESHOLD)
    })
}

fn of_status<B>(response: &Response<B>) -> Verdict {
    StatusCode::from_u16(response.status().as_u16())
        .map_or(Verdict::PERMANENT, |status| status.classify())
}

fn wait(headers: &Headers) -> Option<Duration> {
    let milliseconds = headers.get("x-amz-retry-after").and_then(|value| value.parse().ok());
    milliseconds.map(Duration::from_millis).or_else(|| {
        headers.get_all("retry-after").find_map(|value| parse_retry_after(value, SystemTime::now()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_differ_from_four_minutes_on() {
        let refused = |code, minutes: u64, from_cache| {
            let offset = Duration::from_mins(minutes);
            [clock::wall() + offset, clock::wall() - offset].map(|date| {
                let mut response = Response::new(403.try_into().unwrap(), "");
                response.headers_mut().insert("date", httpdate::fmt_http_date(date));
                if from_cache {
                    response.headers_mut().insert("age", "600");
                }
                SdkError::service_error(ErrorMetadata::builder().code(code).build(), response)
                    .classify()
            })
        };
        for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch", "AccessDeniedException"] {
            assert_eq!(refused(code, 10, false), [Verdict::TRANSIENT; 2], "{code}");
            assert_eq!(refused(code, 2, false), [Verdict::PERMANENT; 2], "{code}");
            assert_eq!(refused(code, 10, true), [Verdict::PERMANENT; 2], "{code}");
        }
        assert_eq!(
            refused("AccessDenied", 10, false),
            [Verdict::PERMANENT; 2],
            "no code of clocks"
        );
    }
}
