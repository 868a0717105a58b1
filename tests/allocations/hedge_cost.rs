//! What hedges and bulkheads cost: allocations, the clock, and the size of their state.

use std::cell::Cell;
use std::future::{Future, pending};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::measure;
use persevere::hedge::Unlimited;
use persevere::{Bulkhead, Hedge, Rejection, Verdict};
use tokio::time::{Sleep, advance};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_first_attempt_that_is_ready_costs_no_allocation_and_no_timer() {
    static FIXED: Hedge = Hedge::after(Duration::from_secs(1));
    static MEASURED: Hedge = Hedge::after_quantile(0.95).with_min_samples(1);
    MEASURED.record(Duration::from_secs(1));
    for hedge in [&FIXED, &MEASURED] {
        // Outside any runtime, where a timer would panic.
        let cost = measure(|| {
            let race = pin!(hedge.run(|| async { Ok::<_, Rejection>(black_box(1)) }));
            assert_eq!(poll(race), Poll::Ready(Ok(1)));
        });
        assert_eq!(cost.count_total, 0);
        let cost = measure(|| {
            // Permanent, and with nothing to follow.
            let error = Err::<(), _>(Rejection::DeadlineExceeded);
            let race = pin!(hedge.run(|| async { error }));
            assert_eq!(poll(race), Poll::Ready(error));
        });
        assert_eq!(cost.count_total, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_costs_no_allocation_until_another_attempt_starts() {
    let hedge = Hedge::after(Duration::from_secs(1)).with_max(3);
    let started = Cell::new(0);
    let mut race = pin!(hedge.run(|| {
        started.update(|started| started + 1);
        async {
            let held = black_box(7_u64);
            pending::<()>().await;
            Ok::<_, Rejection>(held)
        }
    }));
    // The first extra attempt brings the list that the others are in, which has room for four.
    for (attempts, allocations) in [(1, 0), (2, 3), (3, 1), (4, 1)] {
        let cost = measure(|| assert_eq!(poll(race.as_mut()), Poll::Pending));
        assert_eq!((started.get(), cost.count_total), (attempts, allocations));
        advance(Duration::from_secs(1)).await;
    }
}

#[test]
fn statics_are_as_large_as_documented() {
    assert!(size_of::<Hedge>() <= 8 * 1024, "{} bytes", size_of::<Hedge>());
    assert!(size_of::<Bulkhead>() <= 320, "{} bytes", size_of::<Bulkhead>());
}

/// An attempt is kept in place, and beside it a timer and a few words.
#[test]
fn futures_grow_by_a_timer_and_a_few_words() {
    let hedge = Hedge::after(Duration::from_secs(1));
    let race = hedge.race(pending::<[u64; 9]>, |_| None::<Verdict>, Unlimited);
    let most = size_of::<Sleep>() + 72;
    assert!(size_of_val(&race) <= most, "{} bytes, {most} at most", size_of_val(&race));
    let bulkhead = Bulkhead::new(1);
    let acquiring = bulkhead.acquire();
    // Its limit, its place in the queue, and one in the list of those that a word ends.
    let most = size_of::<Sleep>() + 192;
    assert!(size_of_val(&acquiring) <= most, "{} bytes, {most} at most", size_of_val(&acquiring));
}
