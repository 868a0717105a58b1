//! Work that runs within a call without being part of it: jobs that a waiting thread steals, and
//! futures that several callers share.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use futures::FutureExt as _;
use persevere::deadline::detach;
use persevere::{Bulkhead, Rejection, retry, without_deadline};

const MINUTE: Duration = Duration::from_mins(1);

/// What is left to a call that has no deadline of its own.
#[retry(context = attempt)]
fn left() -> Result<Option<Duration>, Rejection> {
    Ok(attempt.remaining())
}

fn is_bound() -> bool {
    left().expect("it succeeds").is_some()
}

#[retry(on = _, deadline = "1m")]
fn within_a_minute<T>(work: impl Fn() -> T) -> Result<T, Rejection> {
    Ok(work())
}

#[test]
fn a_stolen_job_is_not_bound_by_the_call_that_its_thread_is_in() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (sender, receiver) = mpsc::channel();
    // The call of the only thread waits; meanwhile the thread takes a job that another call has queued.
    let (begun, has_begun) = mpsc::channel();
    let (queued, is_queued) = mpsc::channel();
    pool.spawn(move || {
        let is_queued = AssertUnwindSafe(is_queued);
        let outcome = within_a_minute(|| {
            begun.send(()).unwrap();
            is_queued.recv().unwrap();
            assert_eq!(rayon::yield_now(), Some(rayon::Yield::Executed));
            assert!(is_bound());
        });
        assert_eq!(outcome, Ok(()));
        assert!(!is_bound());
    });
    has_begun.recv().unwrap();
    let job = move || sender.send((is_bound(), without_deadline(is_bound))).unwrap();
    pool.spawn(job);
    queued.send(()).unwrap();
    assert_eq!(receiver.recv().unwrap(), (true, false));
}

#[test]
fn the_deadline_is_back_afterwards_also_by_a_panic() {
    let bound = within_a_minute(|| {
        let within = [is_bound(), without_deadline(is_bound), is_bound()];
        let panicked = || without_deadline(|| assert!(is_bound()));
        assert!(catch_unwind(AssertUnwindSafe(panicked)).is_err());
        (within, is_bound())
    });
    assert_eq!(bound, Ok(([true, false, true], true)));
    assert!(!without_deadline(is_bound));
}

#[test]
fn a_call_within_has_its_own_deadline_alone() {
    #[retry(context = attempt, deadline = "2m")]
    fn longer() -> Result<Option<Duration>, Rejection> {
        Ok(attempt.remaining())
    }
    let left = within_a_minute(|| (longer(), without_deadline(longer)));
    let (Ok(Some(bound)), Ok(Some(own))) = left.unwrap() else { panic!("they have deadlines") };
    assert!(bound <= MINUTE && own > MINUTE, "{bound:?}, {own:?}");
}

#[test]
fn it_retries_as_long_as_its_policy_says() {
    /// Waits that take no time, of 5, 10 and 20 s.
    #[retry(on = _, policy = "conservative", sleep = |delay| waits.set(waits.get() + delay))]
    fn fails(waits: &Cell<Duration>) -> Option<()> {
        None
    }
    #[retry(on = _, deadline = "1s", max_retries = 0)]
    fn within_a_second(waits: &Cell<Duration>) -> Result<(), Rejection> {
        assert_eq!(fails(waits), None);
        assert_eq!(waits.get(), Duration::ZERO);
        assert_eq!(without_deadline(|| fails(waits)), None);
        Ok(())
    }
    let waits = Cell::default();
    assert_eq!(within_a_second(&waits), Ok(()));
    assert_eq!(waits.get(), Duration::from_secs(35));
}

static PLACES: Bulkhead = Bulkhead::new(1);

#[test]
fn it_takes_a_permit_of_its_own() {
    #[retry(on = _, bulkhead = PLACES)]
    fn with_a_permit<T>(work: impl Fn() -> T) -> Result<T, Rejection> {
        Ok(work())
    }
    let within = || with_a_permit(|| ());
    let outcome = with_a_permit(|| [within(), without_deadline(within), within()]);
    assert_eq!(outcome, Ok([Ok(()), Err(Rejection::BulkheadFull), Ok(())]));
    assert_eq!(PLACES.available(), 1);
    assert_eq!(without_deadline(within), Ok(()));
}

#[retry(on = _, deadline = "1m")]
async fn waits_for<F: Future<Output = bool> + Clone>(shared: &F) -> Result<bool, Rejection> {
    Ok(shared.clone().await)
}

#[tokio::test(start_paused = true)]
async fn a_shared_future_is_not_bound_by_the_task_that_polls_it() {
    let load = async || {
        tokio::time::sleep(Duration::from_secs(1)).await;
        is_bound()
    };
    // Lent by one caller to all.
    let shared = load().shared();
    assert_eq!(waits_for(&shared).await, Ok(true));
    assert!(shared.await);
    let shared = detach(load()).shared();
    assert_eq!(waits_for(&shared).await, Ok(false));
    assert!(!shared.await);
}
