//! `anyhow::Error` by the errors in its chain, without a key in the attribute.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::io;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use persevere::http::HttpError;
use persevere::{Classify, Rejection, Verdict, retry};

use self::waited::{note, note_later, waited_secs};

const WAIT: Duration = Duration::from_secs(7);

/// An error of an unknown type, with a source.
#[derive(Debug, thiserror::Error)]
#[error("a layer")]
struct Layer<S: std::error::Error + 'static>(#[source] S);

/// An error that classifies itself, of a type that the library does not know.
#[derive(Debug, thiserror::Error, Classify)]
#[error("mine")]
#[retry(transient)]
struct Mine;

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn too_many_requests() -> HttpError {
    let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(WAIT.as_secs()))]);
    HttpError::new(StatusCode::TOO_MANY_REQUESTS, &headers)
}

#[test]
fn the_outermost_error_that_is_known_decides() {
    let verdict = |error: anyhow::Error| error.classify();
    assert_eq!(verdict(timed_out().into()), Verdict::TRANSIENT);
    assert_eq!(
        verdict(anyhow!(timed_out()).context("reading").context("again")),
        Verdict::TRANSIENT
    );
    assert_eq!(verdict(Layer(Layer(timed_out())).into()), Verdict::TRANSIENT);
    assert_eq!(verdict(io::Error::from(io::ErrorKind::NotFound).into()), Verdict::PERMANENT);

    let circuit = Rejection::CircuitOpen { retry_in: WAIT };
    assert_eq!(verdict(Layer(circuit).into()), Verdict::PERMANENT.with_retry_after(WAIT));
    assert_eq!(verdict(Rejection::BulkheadFull.into()), Verdict::PERMANENT);

    // Two are known: the one nearer to the caller is asked.
    let refused = tonic::Status::not_found("no such order");
    let outer = io::Error::new(io::ErrorKind::ConnectionReset, refused.clone());
    assert_eq!(verdict(outer.into()), Verdict::TRANSIENT);
    // But an I/O error that is only a wrapper is asked last.
    assert_eq!(verdict(io::Error::other(timed_out()).into()), Verdict::TRANSIENT);
    let throttled = tonic::Status::resource_exhausted("quota");
    assert_eq!(verdict(io::Error::other(Layer(throttled)).into()), Verdict::THROTTLED);
    assert_eq!(verdict(io::Error::other(refused).into()), Verdict::PERMANENT);
}

#[test]
fn errors_are_found_behind_pointers() {
    let verdict = |error: anyhow::Error| error.classify();
    assert_eq!(verdict(Layer(Box::new(timed_out())).into()), Verdict::TRANSIENT);
    assert_eq!(verdict(Layer(std::sync::Arc::new(timed_out())).into()), Verdict::TRANSIENT);
}

#[test]
fn every_adapter_is_asked() {
    let verdict = |error: anyhow::Error| error.context("calling").classify();
    let status =
        |code| reqwest::Response::from(http::Response::builder().status(code).body("").unwrap());
    let failed = |code| status(code).error_for_status().unwrap_err();
    assert_eq!(verdict(failed(503).into()), Verdict::TRANSIENT);
    assert_eq!(verdict(failed(404).into()), Verdict::PERMANENT);
    assert_eq!(verdict(too_many_requests().into()), Verdict::THROTTLED.with_retry_after(WAIT));
    assert_eq!(verdict(tonic::Status::aborted("conflict").into()), Verdict::TRANSIENT);

    let disk = object_store::Error::Generic { store: "disk", source: timed_out().into() };
    assert_eq!(verdict(disk.into()), Verdict::TRANSIENT);
    let connector = aws_smithy_runtime_api::client::result::ConnectorError::io("reset".into());
    assert_eq!(verdict(Layer(connector).into()), Verdict::TRANSIENT);
    let slow_down = aws_smithy_types::error::ErrorMetadata::builder().code("SlowDown").build();
    assert_eq!(verdict(Layer(slow_down).into()), Verdict::THROTTLED);
}

#[tokio::test(start_paused = true)]
async fn an_elapsed_timeout_is_transient() {
    let never = std::future::pending::<()>();
    let elapsed = tokio::time::timeout(WAIT, never).await.context("waiting").unwrap_err();
    assert_eq!(elapsed.classify(), Verdict::TRANSIENT);
}

#[test]
fn what_nobody_knows_is_permanent() {
    let verdict = |error: anyhow::Error| error.classify();
    assert_eq!(verdict(anyhow!("only words")), Verdict::PERMANENT);
    assert_eq!(verdict(anyhow!("only words").context("more words")), Verdict::PERMANENT);
    assert_eq!(verdict(Mine.into()), Verdict::PERMANENT);
    assert_eq!(verdict(Layer(Mine).into()), Verdict::PERMANENT);
    assert_eq!(verdict(io::Error::other("only words").into()), Verdict::PERMANENT);
}

/// A transparent error has the source of what it wraps, and so hides that itself.
#[derive(Debug, thiserror::Error)]
enum Wrapping {
    #[error(transparent)]
    Transparent(io::Error),
    #[error("reading")]
    WithSource(#[from] io::Error),
}

#[test]
fn the_log_says_where_no_error_of_the_chain_says_to_retry() {
    #[retry(max_retries = 2, base_delay = 0, on_give_up = |event| lines.push(event.to_string()))]
    fn known(lines: &mut Vec<String>, failure: &dyn Fn() -> anyhow::Error) -> anyhow::Result<()> {
        Err(failure())
    }
    #[retry(max_retries = 2, base_delay = 0, on = [io::Error], on_give_up = |event| lines.push(event.to_string()))]
    fn listed(lines: &mut Vec<String>, failure: &dyn Fn() -> Wrapping) -> Result<(), Wrapping> {
        Err(failure())
    }

    let mut lines = Vec::new();
    known(&mut lines, &|| Wrapping::Transparent(timed_out()).into()).unwrap_err();
    known(&mut lines, &|| anyhow!("only words")).unwrap_err();
    known(&mut lines, &|| io::Error::from(io::ErrorKind::NotFound).into()).unwrap_err();
    known(&mut lines, &|| Wrapping::WithSource(timed_out()).into()).unwrap_err();
    listed(&mut lines, &|| Wrapping::Transparent(timed_out())).unwrap_err();
    listed(&mut lines, &|| Wrapping::WithSource(timed_out())).unwrap_err();

    let nothing_said = "giving up, no error in its chain of sources says to retry";
    assert_eq!(
        lines,
        [
            format!("known: attempt 1 of 3 failed: timed out; {nothing_said}"),
            format!("known: attempt 1 of 3 failed: only words; {nothing_said}"),
            "known: attempt 1 of 3 failed: entity not found; giving up, the failure is permanent"
                .to_owned(),
            "known: attempt 3 of 3 failed: reading; giving up after 2 retries and 0 s of waiting"
                .to_owned(),
            format!("listed: attempt 1 of 3 failed: timed out; {nothing_said}"),
            "listed: attempt 3 of 3 failed: reading; giving up after 2 retries and 0 s of waiting"
                .to_owned(),
        ]
    );
}

#[test]
fn an_annotated_function_needs_no_word_more() {
    #[retry(max_retries = 2, jitter = "none", sleep = note)]
    fn read(failure: &dyn Fn() -> anyhow::Error) -> anyhow::Result<()> {
        Err(failure()).context("reading")
    }
    #[retry(max_retries = 1, sleep = note_later)]
    async fn fetch() -> anyhow::Result<()> {
        Err(too_many_requests()).context("fetching")
    }

    assert!(read(&|| timed_out().into()).is_err());
    assert_eq!(waited_secs(), [2, 4]);
    assert!(read(&|| anyhow!("only words")).is_err());
    assert_eq!(waited_secs(), [0; 0]);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(fetch()).is_err());
    let [wait] = waited_secs()[..] else { panic!("one wait") };
    assert!((7..=8).contains(&wait), "at least what was asked for, jittered upward: {wait}");
}

#[test]
fn a_list_of_types_decides_alone() {
    #[retry(on = [Mine], max_retries = 1, jitter = "none", sleep = note)]
    fn listed(failure: &dyn Fn() -> anyhow::Error) -> anyhow::Result<()> {
        Err(failure())
    }
    assert!(listed(&|| Layer(Mine).into()).is_err());
    assert_eq!(waited_secs(), [2]);
    assert!(listed(&|| timed_out().into()).is_err());
    assert_eq!(waited_secs(), [0; 0]);
}
