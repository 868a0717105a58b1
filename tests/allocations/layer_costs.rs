//! What layers cost in memory: their statics, and nothing for a call that succeeds at once.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::measure;
use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::{Budget, Bulkhead, CircuitBreaker, Rejection, Verdict, retry};

#[test]
fn nothing_allocates_but_the_labels_of_a_circuits_change() {
    static BUDGETS: [Budget; 3] = [Budget::new(), Budget::ratio(0.1), Budget::adaptive(2.0)];
    static BREAKERS: [CircuitBreaker; 3] = [
        CircuitBreaker::new(),
        CircuitBreaker::new().with_time_window(Duration::from_secs(10)),
        CircuitBreaker::new().with_slow_calls(Duration::from_secs(1), 0.5),
    ];
    let go = || {
        for budget in &BUDGETS {
            budget.begin();
            budget.succeeded();
            budget.failed(Verdict::TRANSIENT);
            drop(budget.try_acquire(Cause::Failure));
            if let Some(permit) = budget.try_acquire(Cause::Timeout) {
                permit.succeeded();
            }
            black_box(budget.available());
        }
        for breaker in &BREAKERS {
            if let Ok(permit) = breaker.try_acquire() {
                permit.succeeded();
            }
            drop(breaker.try_acquire());
            while let Ok(permit) = breaker.try_acquire() {
                permit.failed(Verdict::THROTTLED);
            }
            assert_eq!(breaker.state(), State::Open);
            black_box((breaker.tally(), breaker.retry_in()));
            breaker.reset();
        }
    };
    go(); // the thread's random source and stripe are made once
    assert_eq!(measure(go).count_total, 2 * BREAKERS.len() as u64);
}

static PLACES: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(1));
static RETRIES: Budget = Budget::new();
static CIRCUIT: CircuitBreaker = CircuitBreaker::new();

#[retry(bulkhead = PLACES, budget = RETRIES, breaker = CIRCUIT, hedge(after = "200ms", max = 2))]
async fn hedged_after_a_delay() -> Result<u8, Rejection> {
    Ok(black_box(1))
}

#[retry(bulkhead = PLACES, budget = RETRIES, breaker = CIRCUIT, hedge = "p95")]
async fn hedged_after_a_percentile() -> Result<u8, Rejection> {
    Ok(black_box(1))
}

#[retry(bulkhead = PLACES, budget = RETRIES, breaker = CIRCUIT)]
fn blocking() -> Result<u8, Rejection> {
    Ok(black_box(1))
}

/// Outside any runtime, where a timer would panic.
#[test]
fn a_call_that_succeeds_at_once_allocates_nothing_and_starts_no_timer() {
    let mut context = Context::from_waker(Waker::noop());
    let mut go = || {
        let delayed = pin!(hedged_after_a_delay()).poll(&mut context);
        let measured = pin!(hedged_after_a_percentile()).poll(&mut context);
        assert_eq!((delayed, measured), (Poll::Ready(Ok(1)), Poll::Ready(Ok(1))));
        assert_eq!(blocking(), Ok(1));
    };
    go(); // the thread's stripe is made once
    assert_eq!(measure(go).count_total, 0);
    assert_eq!(PLACES.available(), 1);
}

#[test]
fn statics_are_as_large_as_documented() {
    assert!(size_of::<Budget>() <= 5 * 1024, "{} bytes", size_of::<Budget>());
    assert!(size_of::<CircuitBreaker>() <= 3_200, "{} bytes", size_of::<CircuitBreaker>());
}
