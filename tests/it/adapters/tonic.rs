//! `tonic::Status`: by code, by cause, and a real client against a real server on loopback.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Class, Classify, Verdict, retry};
use tokio::net::TcpListener;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tonic_types::{ErrorDetails, StatusExt as _};

use self::waited::{note_later, waited};
use super::grpc_server::{Server, channel, order_state};

const WAIT: Duration = Duration::from_secs(7);

#[test]
fn each_code_has_its_verdict() {
    let codes = [
        (Code::Ok, Verdict::PERMANENT),
        (Code::Cancelled, Verdict::PERMANENT),
        (Code::Unknown, Verdict::PERMANENT),
        (Code::InvalidArgument, Verdict::PERMANENT),
        (Code::DeadlineExceeded, Verdict::TRANSIENT),
        (Code::NotFound, Verdict::PERMANENT),
        (Code::AlreadyExists, Verdict::PERMANENT),
        (Code::PermissionDenied, Verdict::PERMANENT),
        (Code::ResourceExhausted, Verdict::THROTTLED),
        (Code::FailedPrecondition, Verdict::PERMANENT),
        (Code::Aborted, Verdict::TRANSIENT),
        (Code::OutOfRange, Verdict::PERMANENT),
        (Code::Unimplemented, Verdict::PERMANENT),
        (Code::Internal, Verdict::PERMANENT),
        (Code::Unavailable, Verdict::TRANSIENT),
        (Code::DataLoss, Verdict::PERMANENT),
        (Code::Unauthenticated, Verdict::PERMANENT),
    ];
    for (number, (code, verdict)) in (0..).zip(codes) {
        assert_eq!(code, Code::from_i32(number), "all codes, in their order");
        assert_eq!(code.classify(), verdict, "{code:?}");
        assert_eq!(Status::new(code, "from a server").classify(), verdict, "{code:?}");
    }
}

/// The texts of gRPC's libraries, as their users report them.
#[test]
fn a_message_that_is_too_large_is_too_large_the_next_time() {
    for text in [
        "Received message larger than max (17777780 vs. 4194304)",
        "CLIENT: Sent message larger than max (5000012 vs. 4194304)",
        "grpc: received message larger than max (10248653 vs. 4194304)",
        "grpc: received message after decompression larger than max 4194304",
        "trying to send message larger than max (1048791 vs. 10240)",
        "gRPC message exceeds maximum size 4194304: 6144592",
        "Received message exceeds the maximum configured message size.",
        "Sending message exceeds the maximum configured message size.",
        "Attempted to send message with a size larger than 4194304",
        "Error, decoded message length too large: found 9 bytes, the limit is: 4 bytes",
        "Error decompressing: size limit, of 4 bytes, exceeded while decompressing message",
        "Cannot return body with more than 4GB of data but got 4294967300 bytes",
        "grpc: message too large (4294967300 bytes)",
        "message too large 5000 > 4096",
        "Decompressed gRPC message exceeds maximum size 4194304",
        "Received message that decompresses to a size larger than 4194304",
        "message size 5000012 is larger than configured max 4194304",
        "received metadata size exceeds hard limit (20480 vs. 16384)",
    ] {
        assert_eq!(Status::resource_exhausted(text).classify(), Verdict::PERMANENT, "{text}");
        assert_eq!(Status::unavailable(text).classify(), Verdict::TRANSIENT, "{text}");
    }
    for text in [
        "quota",
        "",
        "too many messages",
        "message queue is full",
        "larger than life",
        "Too many active requests for the connection",
        "received metadata size exceeds soft limit (12333 vs. 8192), rejecting requests with some \
         random probability",
        "Bandwidth exhausted or memory limit exceeded",
    ] {
        assert_eq!(Status::resource_exhausted(text).classify(), Verdict::THROTTLED, "{text}");
    }
    let status = with_retry_info(Code::ResourceExhausted, Some(WAIT));
    assert_eq!(status.classify(), Verdict::THROTTLED.with_retry_after(WAIT));
}

/// A status as `tonic` makes it on the client's side.
fn caused(code: Code, cause: impl std::error::Error + Send + Sync + 'static) -> Status {
    let mut status = Status::new(code, "from this side");
    status.set_source(Arc::new(cause));
    status
}

#[test]
fn an_unclear_code_is_judged_by_its_cause() {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    let garbled = || "x".parse::<u8>().unwrap_err();
    for code in [Code::Unknown, Code::Internal, Code::Cancelled] {
        assert_eq!(caused(code, reset()).classify(), Verdict::TRANSIENT, "{code:?}");
        assert_eq!(caused(code, TimeoutExpired(())).classify(), Verdict::TRANSIENT, "{code:?}");
        let unreached = ConnectError(Box::new(garbled()));
        assert_eq!(caused(code, unreached).classify(), Verdict::TRANSIENT, "{code:?}");
        let deep = io::Error::other(io::Error::other(reset()));
        assert_eq!(caused(code, deep).classify(), Verdict::TRANSIENT, "{code:?}");
        assert_eq!(caused(code, garbled()).classify(), Verdict::PERMANENT, "{code:?}");
    }
    assert_eq!(caused(Code::PermissionDenied, reset()).classify(), Verdict::PERMANENT);
    assert_eq!(caused(Code::ResourceExhausted, reset()).classify(), Verdict::THROTTLED);
}

fn with_retry_info(code: Code, wait: Option<Duration>) -> Status {
    Status::with_error_details(code, "", ErrorDetails::with_retry_info(wait))
}

/// The details of a status with a delay of minus 5 s, in protobuf's encoding, since `tonic-types`
/// does not make such.
fn negative_retry_info() -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).expect("all are short");
        [&[tag, length], bytes].concat()
    };
    let seconds = b"\x08\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let retry_info = field(0x0a, seconds);
    let url = field(0x0a, b"type.googleapis.com/google.rpc.RetryInfo");
    let any = [url, field(0x12, &retry_info)].concat();
    field(0x1a, &any)
}

#[test]
fn retry_info_is_the_least_to_wait() {
    let verdict = |code, wait| with_retry_info(code, wait).classify();
    let expected = Verdict::TRANSIENT.with_retry_after(WAIT);
    assert_eq!(verdict(Code::Unavailable, Some(WAIT)), expected);
    assert_eq!(verdict(Code::Unavailable, None), Verdict::TRANSIENT);
    assert_eq!(verdict(Code::NotFound, Some(WAIT)), Verdict::PERMANENT, "it cannot overrule");
    let other = Status::with_error_details(Code::Aborted, "", ErrorDetails::new());
    assert_eq!(other.classify(), Verdict::TRANSIENT);
    let negative = Status::with_details(Code::Unavailable, "", negative_retry_info().into());
    assert_eq!(negative.classify(), Verdict::TRANSIENT.with_retry_after(Duration::ZERO));
    let garbled = Status::with_details(Code::Aborted, "", b"\xff\xff".as_slice().into());
    assert_eq!(garbled.classify(), Verdict::TRANSIENT);
}

fn pushed_back(mut status: Status, milliseconds: &'static str) -> Status {
    let value = milliseconds.parse().expect("ASCII");
    status.metadata_mut().insert("grpc-retry-pushback-ms", value);
    status
}

#[test]
fn a_pushback_says_when_or_never() {
    let verdict = |code, text| pushed_back(Status::new(code, ""), text).classify();
    let after =
        |milliseconds| Verdict::TRANSIENT.with_retry_after(Duration::from_millis(milliseconds));
    assert_eq!(verdict(Code::Unavailable, "1500"), after(1500));
    assert_eq!(verdict(Code::Unavailable, "0"), after(0));
    assert_eq!(verdict(Code::Unavailable, "2147483647"), after(2_147_483_647));
    for never in ["-1", "-2147483648", "2147483648", "", "soon", "1.5", "1 "] {
        assert_eq!(verdict(Code::Unavailable, never), Verdict::PERMANENT, "{never:?}");
    }
    assert_eq!(verdict(Code::NotFound, "1500"), Verdict::PERMANENT, "it cannot overrule");

    let both = |text| pushed_back(with_retry_info(Code::ResourceExhausted, Some(WAIT)), text);
    let sooner = Verdict::THROTTLED.with_retry_after(Duration::from_millis(10));
    assert_eq!(both("10").classify(), sooner, "the pushback comes first");
    assert_eq!(both("-1").classify(), Verdict::PERMANENT);
    let mut opaque = Status::unavailable("");
    let value = tonic::metadata::MetadataValue::try_from(b"\xff".as_slice()).unwrap();
    opaque.metadata_mut().insert("grpc-retry-pushback-ms", value);
    assert_eq!(opaque.classify(), Verdict::PERMANENT, "not even text");
}

/// Waits exactly what the schedule says: 100 ms, 200 ms, or what the server asks for.
#[retry(
    base_delay = "100ms",
    max_retries = 2,
    jitter = "none",
    sleep = note_later,
    on_retry = |event| classes.extend(event.verdict().map(|verdict| verdict.class()))
)]
async fn state(channel: &Channel, classes: &mut Vec<Class>) -> Result<String, Status> {
    order_state(channel, "7").await
}

/// The outcome of one call, the waits in milliseconds, and what each failure was.
async fn call(channel: &Channel) -> (Result<String, Code>, Vec<u128>, Vec<Class>) {
    let mut classes = Vec::new();
    let outcome = state(channel, &mut classes).await.map_err(|status| status.code());
    (outcome, waited().iter().map(Duration::as_millis).collect(), classes)
}

#[tokio::test]
async fn a_server_that_names_its_waits() {
    let server = Server::start(0).await;
    let channel = server.client();

    server.will_answer([
        Err(with_retry_info(Code::Unavailable, Some(WAIT))),
        Err(Status::resource_exhausted("quota")),
        Ok("shipped"),
    ]);
    let classes = vec![Class::Transient, Class::Throttled];
    assert_eq!(call(&channel).await, (Ok("shipped".to_owned()), vec![7000, 200], classes));

    server.will_answer([Err(pushed_back(Status::aborted("conflict"), "1500")), Ok("packed")]);
    assert_eq!(call(&channel).await, (Ok("packed".to_owned()), vec![1500], vec![Class::Transient]));

    server.will_answer([Err(pushed_back(Status::unavailable("enough"), "-1")), Ok("never asked")]);
    assert_eq!(call(&channel).await, (Err(Code::Unavailable), vec![], vec![]));
    assert_eq!(server.answers_left(), 1);

    server.will_answer([Err(Status::internal("a bug")), Ok("never asked")]);
    assert_eq!(call(&channel).await, (Err(Code::Internal), vec![], vec![]));
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_call() {
    let server = Server::start(1).await;
    let status = order_state(&server.client(), "7").await.unwrap_err();
    assert!(status.source().is_some(), "made on this side: {status:?}");
    assert!(
        !matches!(status.code(), Code::Unavailable),
        "the code alone would not be enough: {status:?}"
    );
    assert_eq!(status.classify(), Verdict::TRANSIENT, "{status:?}");

    let server = Server::start(2).await;
    server.will_answer([Ok("shipped")]);
    let classes = vec![Class::Transient; 2];
    let outcome = (Ok("shipped".to_owned()), vec![100, 200], classes);
    assert_eq!(call(&server.client()).await, outcome);
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let status = order_state(&channel(address), "7").await.unwrap_err();
    assert_eq!((status.code(), status.classify()), (Code::Unavailable, Verdict::TRANSIENT));
    let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
    let error = endpoint.connect().await.unwrap_err();
    assert_eq!(error.classify(), Verdict::TRANSIENT);
    assert_eq!(anyhow::Error::from(error).classify(), Verdict::TRANSIENT);
    let mistaken = endpoint.user_agent("two\nlines").unwrap_err();
    assert_eq!(mistaken.classify(), Verdict::PERMANENT);

    let outcome = (Err(Code::Unavailable), vec![100, 200], vec![Class::Transient; 2]);
    assert_eq!(call(&channel(address)).await, outcome);
}

/// The clock is paused, and goes on by itself when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_server_that_keeps_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Channel::from_shared(format!("http://{address}")).unwrap().timeout(WAIT);
    let status = order_state(&endpoint.connect_lazy(), "7").await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "this is how tonic reports a timeout");
    assert_eq!(status.classify(), Verdict::TRANSIENT);
    drop(listener);
}

#[test]
fn metadata_of_others_says_nothing() {
    let metadata = MetadataMap::from_headers(http::HeaderMap::from_iter([(
        http::header::RETRY_AFTER,
        http::HeaderValue::from_static("7"),
    )]));
    let status = Status::with_metadata(Code::Unavailable, "", metadata);
    assert_eq!(status.classify(), Verdict::TRANSIENT);
}
