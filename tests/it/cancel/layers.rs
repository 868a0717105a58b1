//! Queues, permits and hedges of calls that are cancelled.

use std::cell::Cell;
use std::io;
use std::thread;
use std::time::Duration;

use persevere::{Budget, Bulkhead, Cancel, Rejection, rejection, retry};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_queue_is_left() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_mins(5));

    #[retry(bulkhead = ONE)]
    async fn admitted() -> io::Result<()> {
        Ok(())
    }
    let (cancel, permit) = (Cancel::new(), ONE.try_acquire().unwrap());
    let word = async {
        sleep(SECOND).await;
        cancel.cancel();
    };
    let began = Instant::now();
    let refused = tokio::join!(cancel.scope(admitted()), word).0.unwrap_err();
    assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
    assert_eq!((began.elapsed(), ONE.waiting()), (SECOND, 0));
    drop(permit);
    assert_eq!(ONE.available(), 1);
}

#[test]
fn a_thread_leaves_a_queue() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_mins(5));

    let permit = ONE.try_acquire().unwrap();
    let cancel = Cancel::new();
    let there = cancel.clone();
    let queued = thread::spawn(move || there.scope_blocking(|| ONE.acquire_blocking().map(drop)));
    while ONE.waiting() == 0 {
        thread::yield_now();
    }
    cancel.cancel();
    assert_eq!(queued.join().unwrap(), Err(Rejection::Cancelled));
    drop(permit);
    assert_eq!((ONE.available(), ONE.waiting()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn no_hedge_starts() {
    #[retry(hedge = "2s")]
    async fn hedged(bodies: &Cell<u32>) -> io::Result<u32> {
        bodies.set(bodies.get() + 1);
        sleep(5 * SECOND).await;
        Ok(bodies.get())
    }
    let (cancel, bodies) = (Cancel::new(), Cell::new(0));
    let word = async {
        sleep(SECOND).await;
        cancel.cancel();
    };
    assert_eq!(tokio::join!(cancel.scope(hedged(&bodies)), word).0.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_retrys_permit_comes_back() {
    static RETRIES: Budget = Budget::new().with_capacity(10);

    #[retry(budget = RETRIES, base_delay = "1m")]
    async fn within_budget() -> io::Result<()> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
    let before = RETRIES.available();
    let cancel = Cancel::new();
    let word = async {
        sleep(SECOND).await;
        cancel.cancel();
    };
    tokio::join!(cancel.scope(within_budget()), word).0.unwrap_err();
    assert_eq!(RETRIES.available(), before);
}

/// Dropped at each of its polls, a call leaves nothing behind: the next word finds nobody.
#[tokio::test(start_paused = true)]
async fn a_dropped_wait_is_left() {
    #[retry(base_delay = "1m")]
    async fn fails() -> io::Result<()> {
        sleep(SECOND).await;
        Err(io::ErrorKind::ConnectionReset.into())
    }
    for seconds in 0..4 {
        let cancel = Cancel::new();
        let woken = tokio::time::timeout(seconds * SECOND, cancel.scope(fails())).await;
        assert!(woken.is_err());
        cancel.cancel();
        assert!(cancel.scope(fails()).await.is_err());
    }
}
