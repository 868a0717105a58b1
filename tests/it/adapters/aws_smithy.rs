//! `SdkError`: made by hand for each kind, and by the SDK's own runtime against a server on loopback.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::{Request, Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};
use axum::Router;
use axum::http::HeaderMap;
use persevere::{Class, Classify, Verdict, retry};
use tokio::net::TcpListener;

use self::waited::{note_later, waited};

const WAIT: Duration = Duration::from_secs(7);

/// An operation's error, as generated code has it.
#[derive(Debug)]
struct OrderError {
    kind: Option<ErrorKind>,
    metadata: ErrorMetadata,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metadata)
    }
}

impl std::error::Error for OrderError {}

impl ProvideErrorKind for OrderError {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        self.kind
    }

    fn code(&self) -> Option<&str> {
        self.metadata.code()
    }
}

fn error(kind: Option<ErrorKind>, code: Option<&str>) -> OrderError {
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    OrderError { kind, metadata: metadata.build() }
}

fn response(status: u16, headers: &[(&'static str, &'static str)]) -> Response<SdkBody> {
    let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    for (name, value) in headers {
        response.headers_mut().append(*name, *value);
    }
    response
}

type Failure = SdkError<OrderError, HttpResponse>;

#[test]
fn without_a_response_the_kind_decides() {
    let verdict = |failure: Failure| failure.classify();
    let dispatch = |error| verdict(SdkError::dispatch_failure(error));
    assert_eq!(verdict(SdkError::construction_failure("no bucket")), Verdict::PERMANENT);
    assert_eq!(verdict(SdkError::timeout_error("too slow")), Verdict::TRANSIENT);
    assert_eq!(dispatch(ConnectorError::timeout("too slow".into())), Verdict::TRANSIENT);
    assert_eq!(dispatch(ConnectorError::io("reset".into())), Verdict::TRANSIENT);
    assert_eq!(dispatch(ConnectorError::user("no host".into())), Verdict::PERMANENT);
    assert_eq!(dispatch(ConnectorError::other("what?".into(), None)), Verdict::PERMANENT);
    let kinds = [
        (ErrorKind::TransientError, Verdict::TRANSIENT),
        (ErrorKind::ServerError, Verdict::TRANSIENT),
        (ErrorKind::ClientError, Verdict::TRANSIENT),
        (ErrorKind::ThrottlingError, Verdict::THROTTLED),
    ];
    for (kind, expected) in kinds {
        assert_eq!(dispatch(ConnectorError::other("known".into(), Some(kind))), expected);
        let failure: Failure = SdkError::service_error(error(Some(kind), None), response(400, &[]));
        assert_eq!(failure.classify(), expected, "the model decides, not the status");
    }
}

#[test]
fn a_service_error_is_judged_by_model_then_code_then_status() {
    let verdict = |kind, code, status| {
        let failure: Failure = SdkError::service_error(error(kind, code), response(status, &[]));
        failure.classify()
    };
    let throttling = Some(ErrorKind::ThrottlingError);
    assert_eq!(verdict(throttling, Some("RequestTimeout"), 500), Verdict::THROTTLED);
    assert_eq!(verdict(None, Some("SlowDown"), 503), Verdict::THROTTLED);
    assert_eq!(verdict(None, Some("ThrottlingException"), 400), Verdict::THROTTLED);
    assert_eq!(verdict(None, Some("RequestTimeout"), 400), Verdict::TRANSIENT);
    assert_eq!(verdict(None, Some("InternalError"), 500), Verdict::TRANSIENT);
    assert_eq!(verdict(None, Some("InternalError"), 200), Verdict::TRANSIENT, "S3's long copies");
    assert_eq!(verdict(None, Some("SlowDown"), 200), Verdict::THROTTLED);
    assert_eq!(verdict(None, Some("IDPCommunicationError"), 400), Verdict::TRANSIENT);
    assert_eq!(verdict(None, Some("ConditionalRequestConflict"), 409), Verdict::TRANSIENT);
    assert_eq!(verdict(None, Some("OperationAborted"), 409), Verdict::TRANSIENT);
    assert_eq!(verdict(None, Some("BucketAlreadyExists"), 409), Verdict::PERMANENT);
    assert_eq!(verdict(None, Some("RequestTimeTooSkewed"), 403), Verdict::PERMANENT);
    let of_1970 = response(403, &[("date", "Thu, 01 Jan 1970 00:00:00 GMT")]);
    let skewed: Failure = SdkError::service_error(error(None, Some("AuthFailure")), of_1970);
    assert_eq!(skewed.classify(), Verdict::TRANSIENT, "the clocks differ");
    assert_eq!(verdict(None, Some("AccessDenied"), 403), Verdict::PERMANENT);
    assert_eq!(verdict(None, None, 429), Verdict::THROTTLED);
    assert_eq!(verdict(None, None, 408), Verdict::TRANSIENT);
    assert_eq!(verdict(None, None, 404), Verdict::PERMANENT);
    assert_eq!(verdict(None, None, 999), Verdict::PERMANENT, "no status that anybody knows");
}

#[test]
fn the_codes_of_throttling() {
    // The list of `aws-runtime`, its module `retries::classifiers`.
    let throttling = "Throttling ThrottlingException ThrottledException RequestThrottledException \
        TooManyRequestsException ProvisionedThroughputExceededException \
        TransactionInProgressException RequestLimitExceeded BandwidthLimitExceeded \
        LimitExceededException RequestThrottled SlowDown PriorRequestNotComplete \
        EC2ThrottledException";
    let verdict = |code| ErrorMetadata::builder().code(code).build().classify();
    for code in throttling.split_whitespace() {
        assert_eq!(verdict(code), Verdict::THROTTLED, "{code}");
    }
    for code in
        ["RequestTimeoutException", "InternalError", "InternalFailure", "ServiceUnavailable"]
    {
        assert_eq!(verdict(code), Verdict::TRANSIENT, "{code}");
    }
    for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch", "AccessDeniedException"] {
        assert_eq!(verdict(code), Verdict::PERMANENT, "{code}: without a date");
    }
    assert_eq!(verdict("throttling"), Verdict::PERMANENT, "codes are spelt exactly");
    assert_eq!(ErrorMetadata::builder().build().classify(), Verdict::PERMANENT);
}

#[test]
fn a_garbled_response_is_transient() {
    let verdict = |status, headers: &[_]| {
        let failure: Failure = SdkError::response_error("no JSON", response(status, headers));
        failure.classify()
    };
    assert_eq!(verdict(200, &[]), Verdict::TRANSIENT);
    assert_eq!(verdict(403, &[]), Verdict::TRANSIENT);
    let expected = Verdict::THROTTLED.with_retry_after(WAIT);
    assert_eq!(verdict(429, &[("retry-after", "7")]), expected);
}

#[test]
fn waits_are_read_from_either_header() {
    let wait = |headers: &[_]| {
        let failure: Failure = SdkError::service_error(error(None, None), response(503, headers));
        failure.classify().retry_after().map(|wait| wait.as_millis())
    };
    assert_eq!(wait(&[]), None);
    assert_eq!(wait(&[("x-amz-retry-after", "1500")]), Some(1500));
    assert_eq!(wait(&[("retry-after", "7")]), Some(7000));
    assert_eq!(wait(&[("retry-after", "7"), ("x-amz-retry-after", "1500")]), Some(1500));
    assert_eq!(wait(&[("x-amz-retry-after", "soon"), ("retry-after", "7")]), Some(7000));
    assert_eq!(wait(&[("x-amz-retry-after", "-1")]), None);
    assert_eq!(wait(&[("retry-after", "soon"), ("retry-after", "7")]), Some(7000));
    assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")]), Some(0));
}

#[test]
fn behind_anyhow_the_types_that_do_not_depend_on_the_operation_are_known() {
    /// As generated code has it, where the model does not know the error.
    #[derive(Debug, thiserror::Error)]
    #[error("unhandled error")]
    struct Unhandled(#[source] ErrorMetadata);

    let verdict =
        |failure: SdkError<Unhandled, HttpResponse>| anyhow::Error::from(failure).classify();
    let unhandled = |code| Unhandled(ErrorMetadata::builder().code(code).build());
    let io = ConnectorError::io("reset".into());
    assert_eq!(verdict(SdkError::dispatch_failure(io)), Verdict::TRANSIENT);
    let slow_down = SdkError::service_error(unhandled("SlowDown"), response(503, &[]));
    assert_eq!(verdict(slow_down), Verdict::THROTTLED);
    let status_is_out_of_sight = SdkError::service_error(unhandled("Oops"), response(503, &[]));
    assert_eq!(verdict(status_is_out_of_sight), Verdict::PERMANENT);
}

/// What the server answers to one request: a status, a header, and the error's code as the body.
type Answer = (u16, Option<(&'static str, &'static str)>, &'static str);

/// A server that answers each request with the next of these; then 400.
async fn server(answers: impl IntoIterator<Item = Answer>) -> SocketAddr {
    let answers = Arc::new(Mutex::new(answers.into_iter().collect::<Vec<_>>().into_iter()));
    let answer = async move || {
        let (status, header, body) = answers.lock().unwrap().next().unwrap_or((400, None, "Over"));
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        (axum::http::StatusCode::from_u16(status).unwrap(), headers, body)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(move || {
        let answer = answer.clone();
        async move { answer().await }
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// A client as generated code has it: the runtime's orchestrator and hyper, its own retries off.
fn operation(address: SocketAddr) -> Operation<(), String, OrderError> {
    Operation::builder()
        .service_name("Orders")
        .operation_name("GetOrder")
        .http_client(http_client_fn(|_, _| {
            SharedHttpConnector::new(Connector::builder().build_http())
        }))
        .endpoint_url(&format!("http://{address}"))
        .no_auth()
        .no_retry()
        .serializer(|()| {
            let mut request = Request::new(SdkBody::empty());
            request.set_uri("/orders/7")?;
            Ok(request)
        })
        .deserializer(|response| {
            let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
            if response.status().is_success() {
                Ok(body.into_owned())
            } else {
                let code = (!body.is_empty()).then_some(&*body);
                Err(OrchestratorError::operation(error(None, code)))
            }
        })
        .build()
}

#[retry(
    base_delay = "100ms",
    max_retries = 3,
    jitter = "none",
    sleep = note_later,
    on_retry = |event| classes.extend(event.verdict().map(|verdict| verdict.class()))
)]
async fn get_order(
    operation: &Operation<(), String, OrderError>,
    classes: &mut Vec<Class>,
) -> Result<String, Failure> {
    operation.invoke(()).await
}

/// The outcome of one call, the waits in milliseconds, and what each failure was.
async fn call(address: SocketAddr) -> (Result<String, Failure>, Vec<u128>, Vec<Class>) {
    let mut classes = Vec::new();
    let outcome = get_order(&operation(address), &mut classes).await;
    (outcome, waited().iter().map(Duration::as_millis).collect(), classes)
}

#[tokio::test]
async fn the_sdks_runtime_against_a_busy_server() {
    let address = server([
        (503, Some(("x-amz-retry-after", "1500")), "SlowDown"),
        (500, None, "InternalError"),
        (429, Some(("retry-after", "7")), ""),
        (200, None, "shipped"),
    ])
    .await;
    let (outcome, waits, classes) = call(address).await;
    assert_eq!(outcome.unwrap(), "shipped");
    assert_eq!(waits, [1500, 200, 7000]);
    assert_eq!(classes, [Class::Throttled, Class::Transient, Class::Throttled]);

    let (outcome, waits, _) = call(server([(403, None, "AccessDenied")]).await).await;
    assert_eq!(outcome.unwrap_err().classify(), Verdict::PERMANENT);
    assert_eq!(waits, [0; 0]);
}

#[tokio::test]
async fn the_sdks_runtime_without_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (outcome, waits, classes) = call(address).await;
    assert!(matches!(outcome, Err(SdkError::DispatchFailure(_))));
    assert_eq!(waits, [100, 200, 400]);
    assert_eq!(classes, [Class::Transient; 3]);
}

#[tokio::test]
async fn the_sdks_runtime_when_the_connection_breaks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            connection.readable().await.unwrap(); // the request is there, and is not answered
        }
    });
    let (outcome, waits, classes) = call(address).await;
    assert!(matches!(outcome, Err(SdkError::DispatchFailure(_))));
    assert_eq!(waits, [100, 200, 400]);
    assert_eq!(classes, [Class::Transient; 3]);
}
