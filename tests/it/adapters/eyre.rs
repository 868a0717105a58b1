//! `eyre::Report` by the errors in its chain, without a key in the attribute.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::io;
use std::time::Duration;

use eyre::{WrapErr as _, eyre};
use persevere::{Classify, Rejection, Verdict, retry};

use self::waited::{note, waited_secs};

fn timed_out() -> eyre::Report {
    io::Error::from(io::ErrorKind::TimedOut).into()
}

#[test]
fn the_outermost_error_that_is_known_decides() {
    let wait = Duration::from_secs(7);
    let circuit = eyre::Report::from(Rejection::CircuitOpen { retry_in: wait });
    assert_eq!(timed_out().classify(), Verdict::TRANSIENT);
    assert_eq!(timed_out().wrap_err("reading").wrap_err("again").classify(), Verdict::TRANSIENT);
    assert_eq!(circuit.wrap_err("asking").classify(), Verdict::PERMANENT.with_retry_after(wait));
    let quota = eyre::Report::from(tonic::Status::resource_exhausted("quota"));
    assert_eq!(quota.wrap_err("asking").classify(), Verdict::THROTTLED);
    let missing = eyre::Report::from(io::Error::from(io::ErrorKind::NotFound));
    assert_eq!(missing.classify(), Verdict::PERMANENT);
    assert_eq!(eyre!("only words").wrap_err("more words").classify(), Verdict::PERMANENT);
}

#[test]
fn an_annotated_function_needs_no_word_more() {
    #[retry(max_retries = 2, jitter = "none", sleep = note)]
    fn read(failure: &dyn Fn() -> eyre::Report) -> eyre::Result<()> {
        Err(failure()).wrap_err("reading")
    }
    assert!(read(&timed_out).is_err());
    assert_eq!(waited_secs(), [2, 4]);
    assert!(read(&|| eyre!("only words")).is_err());
    assert_eq!(waited_secs(), [0; 0]);
}
