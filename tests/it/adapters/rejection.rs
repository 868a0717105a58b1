//! Errors of other crates that keep a `Rejection`: in functions with limits and layers, and as others
//! judge them.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::ErrorMetadata;
use persevere::http::HttpError;
use persevere::{Bulkhead, CircuitBreaker, Classify, Policy, Rejection, Verdict, rejection, retry};
use tonic::{Code, Status};

const ALL: [Rejection; 5] = [
    Rejection::TimedOut,
    Rejection::DeadlineExceeded,
    Rejection::CircuitOpen { retry_in: Duration::from_secs(7) },
    Rejection::BulkheadFull,
    Rejection::Cancelled,
];

/// The rejection is found in an `E` made from it, which takes its verdict; also inside other errors.
fn keeps<E: From<Rejection> + Classify + Error + Send + Sync + 'static>() {
    for ours in ALL {
        let make = || E::from(ours);
        assert_eq!(rejection(&make()), Some(ours));
        assert_eq!(make().classify(), ours.classify());
        assert!(make().to_string().contains(&ours.to_string()), "{}", make());
        assert_eq!(rejection(&io::Error::other(make())), Some(ours));
        assert_eq!(io::Error::other(make()).classify(), ours.classify());
        assert_eq!(rejection(&io::Error::other(Arc::new(make()))), Some(ours));
        let anyhow = anyhow::Error::new(make()).context("looking up");
        assert_eq!(rejection(anyhow.as_ref()), Some(ours));
        assert_eq!(anyhow.classify(), ours.classify());
    }
}

#[test]
fn each_error_keeps_its_rejection() {
    keeps::<io::Error>();
    keeps::<HttpError>();
    keeps::<Status>();
    keeps::<sqlx::Error>();
    keeps::<redis::RedisError>();
    keeps::<object_store::Error>();
    keeps::<object_store::client::HttpError>();
    keeps::<reqwest_middleware::Error>();
}

/// Their own messages name no cause; and `SdkError` is not found inside of others, but its cause is.
#[test]
fn errors_of_the_aws_sdk_keep_it() {
    type Failed = SdkError<ErrorMetadata, Response>;
    for ours in ALL {
        assert_eq!(rejection(&Failed::from(ours)), Some(ours));
        assert_eq!(Failed::from(ours).classify(), ours.classify());
        assert_eq!(anyhow::Error::new(Failed::from(ours)).classify(), ours.classify());
        assert_eq!(rejection(&ConnectorError::from(ours)), Some(ours));
        assert_eq!(ConnectorError::from(ours).classify(), ours.classify());
    }
    let timed_out = Failed::from(Rejection::TimedOut);
    assert!(matches!(timed_out, SdkError::DispatchFailure(failure) if failure.is_timeout()));
}

#[test]
fn errors_without_a_type_keep_it() {
    for ours in ALL {
        assert_eq!(rejection(anyhow::Error::from(ours).as_ref()), Some(ours));
        assert_eq!(rejection(eyre::Report::from(ours).as_ref()), Some(ours));
        assert_eq!(rejection(&*Box::<dyn Error + Send + Sync>::from(ours)), Some(ours));
    }
    assert_eq!(rejection(&io::Error::from(io::ErrorKind::TimedOut)), None);
    assert_eq!(rejection(&Status::deadline_exceeded("theirs")), None);
}

/// What the caller of a gRPC server sees of the server's own rejections, by their headers.
#[test]
fn a_status_tells_a_remote_caller_where_a_retry_helps() {
    let expected = [
        (Code::DeadlineExceeded, Verdict::TRANSIENT),
        (Code::DeadlineExceeded, Verdict::TRANSIENT),
        (Code::Unavailable, Verdict::TRANSIENT),
        (Code::ResourceExhausted, Verdict::THROTTLED),
        (Code::Unavailable, Verdict::TRANSIENT),
    ];
    for (ours, (code, verdict)) in ALL.into_iter().zip(expected) {
        let answer = Status::from(ours).into_http::<()>();
        let received = Status::from_header_map(answer.headers()).expect("a status was sent");
        assert_eq!((received.code(), received.message()), (code, &*ours.to_string()));
        assert_eq!(received.classify(), verdict);
        assert_eq!(rejection(&received), None);
    }
}

#[tokio::test(start_paused = true)]
async fn functions_with_these_errors_have_timeouts() {
    #[retry(timeout = "2s", max_retries = 1, base_delay = 0)]
    async fn slow(attempts: &mut u32) -> io::Result<()> {
        *attempts += 1;
        std::future::pending().await
    }
    let mut attempts = 0;
    let error = slow(&mut attempts).await.unwrap_err();
    assert_eq!(attempts, 2, "a timeout is transient");
    assert_eq!(rejection(&error), Some(Rejection::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn functions_with_these_errors_have_deadlines() {
    #[retry(deadline = "2s")]
    async fn late() -> Result<(), sqlx::Error> {
        std::future::pending().await
    }
    assert_eq!(rejection(&late().await.unwrap_err()), Some(Rejection::DeadlineExceeded));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_an_inner_call_is_permanent_to_an_outer_one() {
    static FULL: Bulkhead = Bulkhead::new(1);
    static OPEN: CircuitBreaker = CircuitBreaker::new();

    #[retry(bulkhead = FULL)]
    async fn admitted() -> Result<(), Status> {
        std::future::pending().await
    }
    #[retry(breaker = OPEN, max_retries = 0)]
    async fn guarded() -> Result<(), redis::RedisError> {
        Ok(())
    }
    OPEN.force_open();
    let attempts = Cell::new(0);
    let mut holder = Box::pin(admitted());
    assert!(futures::poll!(&mut holder).is_pending());
    let full = Policy::DEFAULT
        .retry(async || {
            attempts.set(attempts.get() + 1);
            admitted().await
        })
        .await
        .unwrap_err();
    assert_eq!((attempts.get(), full.code()), (1, Code::ResourceExhausted));

    let open = Policy::DEFAULT
        .retry(async || {
            attempts.set(attempts.get() + 1);
            guarded().await
        })
        .await
        .unwrap_err();
    assert_eq!(attempts.get(), 2);
    assert!(matches!(rejection(&open), Some(Rejection::CircuitOpen { .. })));
}
