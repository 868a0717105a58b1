//! Each two of the layers bulkhead, deadline, budget, breaker, hedge and timeout, of one call.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "only `layered` names it")]
use crate::support::timed_runs;

use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::tokens;
use persevere::breaker::State;
use persevere::engine::GiveUp;
use persevere::{Budget, Bulkhead, CircuitBreaker, EventKind, Hedge, Jitter, Rejection, retry};
use timed_runs::{HANGS, Runs, ms, timed};
use tokio::time::sleep;

type Outcome = Result<usize, Error>;

const fn rejected(rejection: Rejection) -> Outcome {
    Err(Error::Rejected(rejection))
}

const CUT: Outcome = rejected(Rejection::DeadlineExceeded);
const TIMED_OUT: Outcome = rejected(Rejection::TimedOut);
const FULL: Outcome = rejected(Rejection::BulkheadFull);

/// Opens at four calls of which two failed, for 5 s, and is probed once.
const fn small() -> CircuitBreaker {
    CircuitBreaker::new().with_count_window(4).with_open_jitter(Jitter::None).with_probes(1)
}

/// Opens `breaker`, and waits until it can be probed.
async fn due(breaker: &CircuitBreaker) {
    breaker.reset();
    for _ in 0..4 {
        let permit = breaker.try_acquire().expect("the circuit is closed");
        permit.failed(persevere::Verdict::TRANSIENT);
    }
    assert_eq!(breaker.state(), State::Open);
    sleep(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn bulkhead_and_deadline_the_deadline_cuts_the_wait_for_a_permit() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(ms(10_000));

    #[retry(bulkhead = ONE, deadline = 2, on_give_up = |event| reported.push((event.kind(), event.to_string())))]
    async fn ask(runs: &Runs, reported: &mut Vec<(EventKind, String)>) -> Outcome {
        runs.run().await
    }

    let (runs, mut reported) = (Runs::of(&[HANGS]), Vec::new());
    let permit = ONE.try_acquire();
    assert_eq!(timed(ask(&runs, &mut reported)).await, (CUT, 2_000));
    assert_eq!((runs.started(), ONE.waiting()), (0, 0));
    let line = "ask: attempt 1 of 6 was cut at the deadline; \
                giving up with rejected: the deadline has passed";
    assert_eq!(reported, [(EventKind::GiveUp(GiveUp::DeadlineExceeded), line.to_owned())]);
    // What is left after the wait is what the body has.
    let freed = async {
        sleep(ms(1_500)).await;
        drop(permit);
    };
    assert_eq!(tokio::join!(timed(ask(&runs, &mut reported)), freed).0, (CUT, 2_000));
    assert_eq!((runs.started(), ONE.available()), (1, 1));
}

#[test]
fn bulkhead_and_deadline_a_thread_does_not_wait_beyond_it() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);

    #[retry(bulkhead = ONE, deadline = Duration::from_nanos(1))]
    fn ask() -> Outcome {
        Ok(1)
    }

    #[retry(bulkhead = ONE)]
    fn within() -> Outcome {
        Ok(1)
    }

    #[retry(deadline = Duration::from_nanos(1), on = _)]
    fn around() -> Outcome {
        within()
    }

    let permit = ONE.try_acquire();
    assert_eq!(ask(), CUT);
    assert_eq!(around(), CUT);
    assert_eq!(ONE.waiting(), 0);
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn bulkhead_and_budget_a_refused_call_neither_pays_nor_is_paid_for() {
    static ONE: Bulkhead = Bulkhead::new(1);
    static BUDGET: Budget = Budget::new().with_capacity(10);

    #[retry(bulkhead = ONE, budget = BUDGET, base_delay = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    let failing = Runs::of(&[(0, Err(Busy)); 3]);
    assert_eq!(ask(&failing).await, Err(Busy)); // two retries, and the end of the budget
    assert_eq!((tokens(&BUDGET), failing.started(), ONE.available()), (0, 3, 1));
    let permit = ONE.try_acquire();
    assert_eq!(ask(&Runs::of(&[])).await, FULL);
    assert_eq!(tokens(&BUDGET), 0);
    drop(permit);
    assert_eq!(ask(&Runs::of(&[(0, Ok(()))])).await, Ok(1));
    assert_eq!(tokens(&BUDGET), 1);
}

#[tokio::test(start_paused = true)]
async fn bulkhead_and_breaker_a_refused_call_is_no_probe_and_a_waiting_one_keeps_its_permit() {
    static ONE: Bulkhead = Bulkhead::new(1);
    static BREAKER: CircuitBreaker = small();

    #[retry(bulkhead = ONE, breaker = BREAKER, on = _, base_delay = "10ms")]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    due(&BREAKER).await;
    let permit = ONE.try_acquire();
    assert_eq!(ask(&Runs::of(&[])).await, FULL);
    assert_eq!(BREAKER.state(), State::Open); // nobody has asked
    drop(permit);
    let probe = BREAKER.try_acquire();
    let waits = async {
        sleep(ms(1)).await;
        assert_eq!(ONE.available(), 0);
        assert_eq!(ask(&Runs::of(&[])).await, FULL);
        drop(probe);
    };
    let runs = Runs::of(&[(0, Ok(()))]);
    let (asked, ()) = tokio::join!(ask(&runs), waits);
    assert_eq!((asked, BREAKER.state()), (Ok(1), State::Closed));
}

#[tokio::test(start_paused = true)]
async fn bulkhead_and_hedge_all_attempts_share_the_calls_permit() {
    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(bulkhead = ONE, hedge(after = "100ms", max = 3))]
    async fn ask(runs: &Runs) -> Outcome {
        assert_eq!(ONE.available(), 0);
        runs.run().await
    }

    let runs = Runs::of(&[HANGS, HANGS, HANGS, (10, Ok(()))]);
    assert_eq!(timed(ask(&runs)).await, (Ok(4), 310));
    assert_eq!((runs.started(), ONE.available()), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn bulkhead_and_timeout_the_wait_for_a_permit_is_not_the_attempts() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);

    #[retry(bulkhead = ONE, timeout = 1)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    let permit = ONE.try_acquire();
    let freed = async {
        sleep(ms(3_000)).await;
        drop(permit);
    };
    let runs = Runs::of(&[(900, Ok(()))]);
    assert_eq!(tokio::join!(timed(ask(&runs)), freed).0, (Ok(1), 3_900));
}

#[tokio::test(start_paused = true)]
async fn deadline_and_budget_a_retry_that_is_cut_is_spent() {
    static BUDGET: Budget = Budget::new();

    #[retry(deadline = 30, budget = BUDGET, base_delay = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    assert_eq!(timed(ask(&Runs::of(&[(0, Err(Busy)), HANGS]))).await, (Err(Busy), 30_000));
    assert_eq!(tokens(&BUDGET), 495);
}

#[tokio::test(start_paused = true)]
async fn deadline_and_breaker_a_cut_probe_has_failed() {
    static BREAKER: CircuitBreaker = small();

    #[retry(deadline = 3, breaker = BREAKER, on = _, base_delay = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    due(&BREAKER).await;
    assert_eq!(timed(ask(&Runs::of(&[HANGS]))).await, (CUT, 3_000));
    assert_eq!((BREAKER.state(), BREAKER.retry_in()), (State::Open, ms(10_000))); // once more
}

#[tokio::test(start_paused = true)]
async fn deadline_and_hedge_the_deadline_drops_all_attempts_and_keeps_the_earlier_failure() {
    #[retry(deadline = 3, hedge = "100ms", base_delay = 1, jitter = "none")]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    let hanging = Runs::of(&[HANGS, HANGS]);
    assert_eq!(timed(ask(&hanging)).await, (CUT, 3_000));
    assert_eq!(hanging.started(), 2);
    let failing = Runs::of(&[(10, Err(Busy)), (10, Err(Busy)), HANGS, HANGS]);
    assert_eq!(timed(ask(&failing)).await, (Err(Busy), 3_000));
    assert_eq!(failing.started(), 4);
}

#[tokio::test(start_paused = true)]
async fn deadline_and_timeout_the_nearer_one_cuts() {
    #[retry(deadline = 3, timeout = 2, base_delay = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    // The second attempt has a second left, and the caller gets what the first one failed with.
    let runs = Runs::of(&[HANGS, HANGS]);
    assert_eq!(timed(ask(&runs)).await, (TIMED_OUT, 3_000));
    assert_eq!(runs.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn budget_and_breaker_an_open_circuit_uses_up_neither_budget_nor_retries() {
    static BUDGET: Budget = Budget::new().with_capacity(20);
    static BREAKER: CircuitBreaker = small();

    #[retry(budget = BUDGET, breaker = BREAKER, on = _, base_delay = 0, jitter = "none",
        on_retry = |event| attempts.push(event.attempt()))]
    async fn ask(runs: &Runs, attempts: &mut Vec<u32>) -> Outcome {
        runs.run().await
    }

    let script = &[(0, Err(Busy)), (0, Err(Busy)), (0, Err(Busy)), (0, Err(Busy)), (0, Ok(()))];
    let (runs, mut attempts) = (Runs::of(script), Vec::new());
    // One refusal, and one wait for the probe.
    assert_eq!(timed(ask(&runs, &mut attempts)).await, (Ok(5), 5_000));
    assert_eq!((attempts.len(), runs.started(), tokens(&BUDGET)), (5, 5, 5));
}

#[tokio::test(start_paused = true)]
async fn budget_and_hedge_attempts_draw_and_a_refusal_leaves_those_in_flight() {
    static BUDGET: Budget = Budget::new().with_capacity(10);

    #[retry(budget = BUDGET, hedge(after = "100ms", max = 5), base_delay = 0,
        on_give_up = |event| reported.push(event.kind()))]
    async fn ask(runs: &Runs, reported: &mut Vec<EventKind>) -> Outcome {
        runs.run().await
    }

    let mut reported = Vec::new();
    let runs = Runs::of(&[(900, Ok(())), HANGS, HANGS]); // two are paid for, no third
    assert_eq!(timed(ask(&runs, &mut reported)).await, (Ok(1), 900));
    assert_eq!((runs.started(), tokens(&BUDGET)), (3, 1)); // both were sent; the call succeeded
    (0..9).for_each(|_| BUDGET.succeeded());
    let failing = Runs::of(&[(10, Err(Busy)); 3]);
    assert_eq!(timed(ask(&failing, &mut reported)).await, (Err(Busy), 30));
    assert_eq!((failing.started(), tokens(&BUDGET)), (3, 0));
    assert_eq!(reported, [EventKind::GiveUp(GiveUp::BudgetExhausted)]);
    let alone = Runs::of(&[(900, Ok(()))]);
    assert_eq!(timed(ask(&alone, &mut reported)).await, (Ok(1), 900));
}

#[tokio::test(start_paused = true)]
async fn budget_and_timeout_a_retry_after_a_timeout_costs_more_with_a_hedge_too() {
    static PLAIN: Budget = Budget::new().with_capacity(30);
    static HEDGED: Budget = Budget::new().with_capacity(30);

    #[retry(budget = PLAIN, timeout = 1, max_retries = 1, base_delay = 0)]
    async fn plain(runs: &Runs) -> Outcome {
        runs.run().await
    }

    #[retry(budget = HEDGED, timeout = 1, hedge = "500ms", max_retries = 1, base_delay = 0)]
    async fn hedged(runs: &Runs) -> Outcome {
        runs.run().await
    }

    assert_eq!(timed(plain(&Runs::of(&[HANGS, HANGS]))).await, (TIMED_OUT, 2_000));
    assert_eq!(tokens(&PLAIN), 20);
    assert_eq!(timed(hedged(&Runs::of(&[HANGS; 4]))).await, (TIMED_OUT, 3_000));
    assert_eq!(tokens(&HEDGED), 10); // a retry at 10, two extra attempts at 5
}

#[tokio::test(start_paused = true)]
async fn breaker_and_hedge_a_race_is_one_call_and_one_probe() {
    static BREAKER: CircuitBreaker = small();

    #[retry(breaker = BREAKER, hedge = "100ms", max_retries = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    assert_eq!(ask(&Runs::of(&[(10, Err(Busy)), (10, Ok(()))])).await, Ok(2));
    assert_eq!((BREAKER.tally().calls, BREAKER.tally().failed), (1, 0));
    assert_eq!(ask(&Runs::of(&[(10, Err(Busy)), (10, Err(Busy))])).await, Err(Busy));
    assert_eq!((BREAKER.tally().calls, BREAKER.tally().failed), (2, 1));
    due(&BREAKER).await;
    assert_eq!(ask(&Runs::of(&[HANGS, (10, Ok(()))])).await, Ok(2));
    assert_eq!(BREAKER.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn breaker_and_timeout_a_timed_out_race_has_failed_whatever_its_error_says() {
    static BREAKER: CircuitBreaker = small();

    #[retry(breaker = BREAKER, timeout = 1, hedge = "100ms", when = |error| *error == Busy)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    for _ in 0..4 {
        assert_eq!(ask(&Runs::of(&[(10, Err(Broken))])).await, Err(Broken));
    }
    assert_eq!((BREAKER.state(), BREAKER.tally().failed), (State::Closed, 0));
    for _ in 0..2 {
        assert_eq!(timed(ask(&Runs::of(&[HANGS, HANGS]))).await, (TIMED_OUT, 1_000));
    }
    assert_eq!(BREAKER.state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn hedge_and_timeout_each_attempt_has_its_own() {
    static HEDGE: Hedge = Hedge::after(ms(800)).with_max(2);

    #[retry(hedge = HEDGE, timeout = 1, max_retries = 0)]
    async fn ask(runs: &Runs) -> Outcome {
        runs.run().await
    }

    // The second starts at 800 ms; the first is cut at 1 s, and the third starts then.
    let runs = Runs::of(&[HANGS, HANGS, (900, Ok(()))]);
    assert_eq!(timed(ask(&runs)).await, (Ok(3), 1_900));
    assert_eq!((runs.started(), HEDGE.started(), HEDGE.won()), (3, 2, 1));
    assert_eq!(timed(ask(&Runs::of(&[HANGS; 3]))).await, (TIMED_OUT, 2_000));
}
