//! What budgets and circuit breakers cost in memory: their statics, and nothing a call.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::{Budget, CircuitBreaker, Verdict};

#[test]
fn nothing_allocates() {
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
            drop(budget.try_withdraw(Cause::Failure));
            if let Some(withdrawal) = budget.try_withdraw(Cause::Timeout) {
                withdrawal.succeeded();
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
    assert_eq!(measure(go).count_total, 0);
}

#[test]
fn statics_are_as_large_as_documented() {
    assert!(size_of::<Budget>() <= 5 * 1024, "{} bytes", size_of::<Budget>());
    assert!(size_of::<CircuitBreaker>() <= 3 * 1024, "{} bytes", size_of::<CircuitBreaker>());
}
