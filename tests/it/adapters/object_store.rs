//! `object_store::Error`: of stores in memory and on disk, and of its HTTP client, whose own retries
//! are off, against a server on loopback.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::http::StatusCode;
use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    CryptoProvider, DigestAlgorithm, DigestContext, HmacContext, HttpClient, HttpConnector,
    HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService, Signer,
    SigningAlgorithm,
};
use object_store::http::{HttpBuilder, HttpStore};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, RetryConfig,
};
use persevere::{Class, Classify, Verdict, retry};
use tokio::net::TcpListener;

use self::waited::{note_later, waited_secs};

fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Generic { store: "test", source: source.into() }
}

#[tokio::test]
async fn what_a_store_has_answered_is_permanent() {
    let store = InMemory::new();
    let path = Path::from("orders/7");
    let missing = store.get(&path).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }));
    assert_eq!(missing.classify(), Verdict::PERMANENT);

    store.put(&path, "shipped".into()).await.unwrap();
    let create = PutOptions::from(PutMode::Create);
    let exists = store.put_opts(&path, "packed".into(), create).await.unwrap_err();
    assert!(matches!(exists, Error::AlreadyExists { .. }));
    assert_eq!(exists.classify(), Verdict::PERMANENT);

    let beyond = store.get_range(&path, 100..200).await.unwrap_err();
    assert_eq!(beyond.classify(), Verdict::PERMANENT);
    let invalid = Error::from(Path::parse("a//b").unwrap_err());
    assert_eq!(invalid.classify(), Verdict::PERMANENT);
}

#[tokio::test]
async fn a_disk_is_judged_by_its_io_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    std::fs::write(folder.path().join("file"), "not a folder").unwrap();
    let missing = store.get(&Path::from("missing")).await.unwrap_err();
    assert_eq!(missing.classify(), Verdict::PERMANENT);
    let inside_a_file = store.put(&Path::from("file/inside"), "text".into()).await.unwrap_err();
    assert!(matches!(inside_a_file, Error::Generic { .. }), "{inside_a_file:?}");
    assert_eq!(inside_a_file.classify(), Verdict::PERMANENT);

    // What no test can bring about: the disk is on a network that is gone.
    let verdict = |kind| generic(io::Error::other(io::Error::from(kind))).classify();
    assert_eq!(verdict(io::ErrorKind::StaleNetworkFileHandle), Verdict::TRANSIENT);
    assert_eq!(verdict(io::ErrorKind::StorageFull), Verdict::PERMANENT);
    assert_eq!(generic("only words").classify(), Verdict::PERMANENT);
}

#[tokio::test]
async fn a_task_that_panicked_is_permanent() {
    let task = tokio::spawn(std::future::pending::<()>());
    task.abort();
    assert_eq!(Error::from(task.await.unwrap_err()).classify(), Verdict::PERMANENT);
}

#[test]
fn each_kind_of_a_clients_error() {
    let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let garbled = || "x".parse::<u8>().unwrap_err();
    for kind in [
        HttpErrorKind::Connect,
        HttpErrorKind::Request,
        HttpErrorKind::Timeout,
        HttpErrorKind::Interrupted,
    ] {
        let error = HttpError::new(kind, garbled());
        assert_eq!(error.classify(), Verdict::TRANSIENT, "{kind:?}");
        assert_eq!(generic(error).classify(), Verdict::TRANSIENT, "{kind:?}");
    }
    for kind in [HttpErrorKind::Decode, HttpErrorKind::Unknown] {
        assert_eq!(HttpError::new(kind, garbled()).classify(), Verdict::PERMANENT, "{kind:?}");
        assert_eq!(HttpError::new(kind, broken()).classify(), Verdict::TRANSIENT, "{kind:?}");
    }
}

/// A request's body whose source fails in the middle, not the connection.
struct Failing;

impl hyper::body::Body for Failing {
    type Data = tonic::codegen::Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<hyper::body::Frame<Self::Data>>>> {
        Poll::Ready(Some(Err(io::Error::other("the source is gone"))))
    }
}

#[tokio::test]
async fn what_the_callers_own_stream_broke_is_permanent() {
    let address = server([]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.put(format!("http://{address}")).body(reqwest::Body::wrap(Failing));
    let error = HttpError::new(HttpErrorKind::Unknown, request.send().await.unwrap_err());
    assert_eq!(error.classify(), Verdict::PERMANENT, "{error:?}");
}

/// `object_store`'s client over `reqwest`, as its own feature has it, but without TLS.
#[derive(Debug)]
struct Plain(reqwest::Client);

#[async_trait::async_trait]
impl HttpService for Plain {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.as_bytes().cloned().unwrap_or_default();
        let failed = |error: reqwest::Error| {
            let kind =
                if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Unknown };
            HttpError::new(kind, error)
        };
        let request = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        let response = http::Response::from(request.body(body).send().await.map_err(failed)?);
        let (parts, body) = response.into_parts();
        let body = reqwest::Response::from(http::Response::new(body)).bytes().await;
        let body = HttpResponseBody::from(body.map_err(failed)?);
        Ok(HttpResponse::from_parts(parts, body))
    }
}

#[derive(Debug)]
struct PlainConnector;

impl HttpConnector for PlainConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Plain(reqwest::Client::builder().no_proxy().build().unwrap())))
    }
}

fn store(address: SocketAddr) -> HttpStore {
    HttpBuilder::new()
        .with_url(format!("http://{address}"))
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_http_connector(PlainConnector)
        .build()
        .unwrap()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server that gives each request the next of these answers; then 410.
async fn server(answers: impl IntoIterator<Item = (u16, &'static str)>) -> SocketAddr {
    let answers = Arc::new(Mutex::new(answers.into_iter().collect::<Vec<_>>().into_iter()));
    let (listener, address) = listen().await;
    let router = Router::new().fallback(move || {
        let (status, body) = answers.lock().unwrap().next().unwrap_or((410, "over"));
        async move { (StatusCode::from_u16(status).unwrap(), body) }
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

#[retry(
    max_retries = 3,
    jitter = "none",
    sleep = note_later,
    on_retry = |event| classes.extend(event.verdict().map(|verdict| verdict.class()))
)]
async fn read(store: &HttpStore, classes: &mut Vec<Class>) -> object_store::Result<String> {
    let bytes = store.get(&Path::from("orders/7")).await?.bytes().await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The outcome of one call, the waits in seconds, and what each failure was.
async fn call(address: SocketAddr) -> (object_store::Result<String>, Vec<u64>, Vec<Class>) {
    let mut classes = Vec::new();
    let outcome = read(&store(address), &mut classes).await;
    (outcome, waited_secs(), classes)
}

#[tokio::test]
async fn statuses_are_judged_by_the_http_rule() {
    let address = server([
        (503, "restarting"),
        (429, "quota"),
        (503, "<Error><Code>SlowDown</Code></Error>"),
        (200, "shipped"),
    ])
    .await;
    let (outcome, waits, classes) = call(address).await;
    assert_eq!(outcome.unwrap(), "shipped");
    assert_eq!(waits, [2, 4, 8]);
    assert_eq!(classes, [Class::Transient, Class::Throttled, Class::Throttled]);

    for (status, body) in [(404, ""), (403, ""), (401, ""), (400, "SlowDown"), (304, "")] {
        let (outcome, waits, _) = call(server([(status, body)]).await).await;
        assert_eq!(outcome.unwrap_err().classify(), Verdict::PERMANENT, "{status}");
        assert_eq!(waits, [0; 0], "{status}");
    }
}

/// S3 wants a digest of what many objects are deleted by; the server here does not look at it.
#[derive(Debug)]
struct NoDigest;

impl CryptoProvider for NoDigest {
    fn digest(&self, _: DigestAlgorithm) -> object_store::Result<Box<dyn DigestContext>> {
        Ok(Box::new(Self))
    }

    fn hmac(&self, _: DigestAlgorithm, _: &[u8]) -> object_store::Result<Box<dyn HmacContext>> {
        Err(Error::NotImplemented { operation: "hmac".into(), implementer: "NoDigest".into() })
    }

    fn sign(&self, _: SigningAlgorithm, _: &[u8]) -> object_store::Result<Box<dyn Signer>> {
        Err(Error::NotImplemented { operation: "sign".into(), implementer: "NoDigest".into() })
    }
}

impl DigestContext for NoDigest {
    fn update(&mut self, _: &[u8]) {}

    fn finish(&mut self) -> object_store::Result<&[u8]> {
        Ok(&[])
    }
}

/// `object_store`'s client of S3, against a server with these answers.
async fn s3(answers: impl IntoIterator<Item = (u16, &'static str)>) -> AmazonS3 {
    AmazonS3Builder::new()
        .with_bucket_name("orders")
        .with_endpoint(format!("http://{}", server(answers).await))
        .with_allow_http(true)
        .with_skip_signature(true)
        .with_crypto_provider(Arc::new(NoDigest))
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_http_connector(PlainConnector)
        .build()
        .unwrap()
}

/// A 409 is `AlreadyExists` to `object_store`, and a 400 a mistake; the body distinguishes them.
#[tokio::test]
async fn an_upload_that_s3_asks_to_repeat() {
    let put = async |mode: PutMode, answer| {
        let options = PutOptions::from(mode);
        let put = s3([answer]).await.put_opts(&Path::from("order"), "packed".into(), options).await;
        put.unwrap_err()
    };
    for (status, body, verdict) in [
        (400, "<Error><Code>RequestTimeout</Code></Error>", Verdict::TRANSIENT),
        (400, "<Error><Code>InvalidRequest</Code></Error>", Verdict::PERMANENT),
        (400, "RequestTimeout", Verdict::PERMANENT),
        (409, "<Error><Code>OperationAborted</Code></Error>", Verdict::TRANSIENT),
        (409, "<Error><Code>InvalidBucketState</Code></Error>", Verdict::PERMANENT),
        (503, "<Error><Code>SlowDown</Code></Error>", Verdict::THROTTLED),
        (503, "<Error><Code>SlowDownWrite</Code></Error>", Verdict::THROTTLED), // MinIO
        (503, "<Error><Code>ServerBusy</Code></Error>", Verdict::THROTTLED),    // Azure
        (503, "<Error><Code>ServiceUnavailable</Code></Error>", Verdict::TRANSIENT),
        (403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", Verdict::PERMANENT),
    ] {
        let error = put(PutMode::Overwrite, (status, body)).await;
        assert_eq!(error.classify(), verdict, "{error}");
    }
    for (status, body, verdict) in [
        (409, "<Error><Code>ConditionalRequestConflict</Code></Error>", Verdict::TRANSIENT),
        (409, "<Error><Code>OperationAborted</Code></Error>", Verdict::TRANSIENT),
        (409, "<Error><Code>BucketAlreadyExists</Code></Error>", Verdict::PERMANENT),
        (409, "", Verdict::PERMANENT),
        (412, "<Error><Code>PreconditionFailed</Code></Error>", Verdict::PERMANENT),
    ] {
        let error = put(PutMode::Create, (status, body)).await;
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
        assert_eq!(error.classify(), verdict, "{error}");
    }
}

/// S3 begins to answer a copy, or a completed upload, before it is done, and cannot take its 200 back.
#[tokio::test]
async fn a_copy_that_fails_after_its_status() {
    for (body, verdict) in [
        ("<Error><Code>SlowDown</Code></Error>", Verdict::THROTTLED),
        ("<Error><Code>InternalError</Code></Error>", Verdict::TRANSIENT),
    ] {
        let copied = s3([(200, body)]).await.copy(&Path::from("from"), &Path::from("to")).await;
        assert_eq!(copied.unwrap_err().classify(), verdict, "{body}");

        let begun = "<R><UploadId>7</UploadId></R>";
        let store = s3([(200, begun), (200, body)]).await;
        let id = store.create_multipart(&Path::from("order")).await.unwrap();
        let parts = vec![PartId { content_id: "part".to_owned() }];
        let completed = store.complete_multipart(&Path::from("order"), &id, parts).await;
        assert_eq!(completed.unwrap_err().classify(), verdict, "{body}");
    }
}

/// A deletion of many is answered with 200, and an error for each of those that are still there.
#[tokio::test]
async fn one_of_many_that_is_not_deleted() {
    for (code, verdict) in [
        ("InternalError", Verdict::TRANSIENT),
        ("ServiceUnavailable", Verdict::TRANSIENT),
        ("SlowDown", Verdict::THROTTLED),
        ("AccessDenied", Verdict::PERMANENT),
    ] {
        let error = format!("<Key>order</Key><Code>{code}</Code><Message>(code: 7)</Message>");
        let body = format!("<DeleteResult><Error>{error}</Error></DeleteResult>");
        let store = s3([(200, &*body.leak())]).await;
        let paths = futures::stream::iter([Ok(Path::from("order"))]).boxed();
        let deleted = store.delete_stream(paths).collect::<Vec<_>>().await;
        let error = deleted.into_iter().next().unwrap().unwrap_err();
        assert_eq!(error.classify(), verdict, "{error}");
    }
}

#[tokio::test]
async fn connections_that_fail_or_break() {
    let (listener, address) = listen().await;
    drop(listener);
    let (outcome, waits, _) = call(address).await;
    assert_eq!(outcome.unwrap_err().classify(), Verdict::TRANSIENT, "nobody listens");
    assert_eq!(waits, [2, 4, 8]);

    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            connection.readable().await.unwrap(); // the request is there, and is not answered
        }
    });
    let (outcome, waits, classes) = call(address).await;
    assert_eq!(outcome.unwrap_err().classify(), Verdict::TRANSIENT, "it breaks");
    assert_eq!((waits, classes), (vec![2, 4, 8], vec![Class::Transient; 3]));
}
