//! `hedge` of closures: an attempt is a race of bodies, as the attribute's is.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::paused;
use crate::support::racers;
use crate::support::timed_runs;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use persevere::hedge::Unlimited;
use persevere::{Budget, Bulkhead, CircuitBreaker, Hedge, Policy, Rate, Rejection, Upstream};
use proptest::prelude::*;
use racers::{Racers, judge, racer, run};
use timed_runs::{HANGS, Runs, ms, timed};
use tokio::time::sleep;

const SOON: Policy =
    Policy::DEFAULT.with_base_delay(Duration::from_secs(1)).with_jitter(persevere::Jitter::None);

/// Late after 100 ms.
fn late(max: u32) -> Arc<Hedge> {
    Arc::new(Hedge::after(ms(100)).with_max(max))
}

#[tokio::test(start_paused = true)]
async fn a_late_attempt_is_overtaken_and_the_race_is_one_attempt() {
    let hedge = late(2);
    let runs = Runs::of(&[
        (150, Err(Busy)),
        (900, Err(Busy)),
        (10, Err(Busy)),
        HANGS,
        HANGS,
        (30, Ok(())),
    ]);
    let retries = Cell::new(0);
    let call = SOON.retry(|| runs.run()).hedge(&hedge).on_retry(|_| retries.set(retries.get() + 1));
    assert_eq!(timed(call.into_future()).await, (Ok(6), 1000 + 1000 + 230));
    assert_eq!((retries.get(), hedge.started(), hedge.won()), (1, 4, 1));
    assert_eq!(runs.started(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_body_knows_which_it_is_and_what_it_asks_for_counts_as_it_ends() {
    let seen = RefCell::new(Vec::new());
    let hedge = late(1);
    for (takes, waits) in [([500, 100], 500 + 1000), ([150, 400], 500 + 2000)] {
        let call = Policy::DEFAULT
            .retry_with_context(async |attempt| {
                let body = attempt.hedge();
                seen.borrow_mut().push((body, attempt.number()));
                if !attempt.is_first() {
                    return Ok(body);
                }
                attempt.retry_in(Duration::from_secs(u64::from(body) + 1));
                sleep(ms(takes[body as usize])).await;
                Err(Busy)
            })
            .hedge(&hedge);
        assert_eq!(timed(call.into_future()).await, (Ok(0), waits));
        assert_eq!(seen.take(), [(0, 1), (1, 1), (0, 2)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_that_of_each_body_and_a_deadline_that_of_the_call() {
    let hedge = late(1);
    let runs = Runs::of(&[HANGS, HANGS, HANGS, (20, Ok(()))]);
    let call = SOON.retry(|| runs.run()).timeout(ms(500)).hedge(&hedge);
    // The first body is cut at 500, the second at 600.
    assert_eq!(timed(call.into_future()).await, (Ok(4), 600 + 1000 + 120));
    assert_eq!(runs.started(), 4);

    let runs = Runs::of(&[HANGS, HANGS]);
    let call = SOON.retry(|| runs.run()).hedge(&hedge).deadline(ms(300));
    let cut = Err(Error::Rejected(Rejection::DeadlineExceeded));
    assert_eq!(timed(call.into_future()).await, (cut, 300));
    assert_eq!(runs.started(), 2);

    let runs = Runs::of(&[HANGS, HANGS]);
    let call = SOON.with_max_retries(0).retry(|| runs.run()).hedge(&hedge).timeout(ms(200));
    let cut = Err(Error::Rejected(Rejection::TimedOut));
    assert_eq!(timed(call.into_future()).await, (cut, 300));
    assert_eq!(runs.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_budget_pays_for_each_extra_body_and_may_refuse_it() {
    let hedge = late(1);
    let budget = Arc::new(Budget::new().with_capacity(10)); // two retries
    let ask = async |script| {
        let runs = Runs::of(script);
        let call = SOON.with_max_retries(0).retry(|| runs.run()).hedge(&hedge).budget(&budget);
        let answered = timed(call.into_future()).await;
        (answered, runs.started(), layered::tokens(&budget))
    };
    assert_eq!(ask(&[(900, Ok(())), (50, Ok(()))]).await, ((Ok(2), 150), 2, 10));
    // What a loser cost is spent; a call that succeeds deposits a token.
    assert_eq!(ask(&[(300, Ok(())), HANGS]).await, ((Ok(1), 300), 2, 6));
    assert_eq!(ask(&[(300, Ok(())), HANGS]).await, ((Ok(1), 300), 2, 2));
    assert_eq!(ask(&[(300, Ok(()))]).await, ((Ok(1), 300), 1, 3)); // refused
}

#[tokio::test(start_paused = true)]
async fn layers_see_one_attempt_and_one_call() {
    let (breaker, bulkhead) = (Arc::new(CircuitBreaker::new()), Arc::new(Bulkhead::new(1)));
    let hedge = late(1);
    let runs = Runs::of(&[HANGS, (10, Ok(()))]);
    let call = SOON.retry(|| runs.run()).breaker(&breaker).hedge(&hedge).bulkhead(&bulkhead);
    assert_eq!(timed(call.into_future()).await, (Ok(2), 110));
    assert_eq!((breaker.tally().calls, breaker.tally().failed), (1, 0));
    assert_eq!((bulkhead.available(), runs.started()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_limits_bodies_and_pays_for_them() {
    static PAYS_TWICE: Budget = Budget::new().with_capacity(10);
    static SEARCH: Upstream =
        Upstream::new("search", &PAYS_TWICE).with_timeout(Duration::from_secs(1));
    let hedge = late(1);
    let runs = Runs::of(&[HANGS, HANGS]);
    let call = SEARCH.retry(|| runs.run()).hedge(&hedge).on(|error| *error == Busy);
    let cut = Err(Error::Rejected(Rejection::TimedOut));
    // What is not retried ends the race.
    assert_eq!(timed(call.into_future()).await, (cut, 1000));
    assert_eq!((runs.started(), layered::tokens(&PAYS_TWICE)), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_with_a_rate_gives_an_extra_body_a_turn_that_is_free_or_none() {
    const SECOND: Duration = Duration::from_secs(1);
    static RATE: Rate = Rate::every(SECOND).with_burst(2).with_max_wait(Duration::from_secs(9));
    static RETRIES: Budget = Budget::new();
    static MAPS: Upstream = Upstream::new("maps", &RETRIES).with_policy(SOON).with_rate(&RATE);
    let hedge = Arc::new(Hedge::after(ms(10)).with_max(3));
    let runs = Runs::of(&[(100, Ok(())), HANGS]);
    let call = MAPS.retry(|| runs.run()).hedge(&hedge);
    assert_eq!(timed(call.into_future()).await, (Ok(1), 100));
    assert_eq!((runs.started(), hedge.started()), (2, 1), "of three extra ones one has a turn");
    assert_eq!(
        (RATE.available(), layered::tokens(&RETRIES)),
        (0, 496),
        "no other has cost anything"
    );

    // The first body of an attempt waits for its turn, and is late from when it has it.
    let runs = Runs::of(&[(5, Err(Busy)), (5, Ok(()))]);
    let call = MAPS.retry(|| runs.run()).hedge(&hedge);
    assert_eq!(timed(call.into_future()).await, (Ok(2), 900 + 5 + 1000 + 5));
    assert_eq!((runs.started(), hedge.started()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn each_outcome_is_judged_once() {
    let hedge = late(1);
    let judged = RefCell::new(Vec::new());
    let runs = Runs::of(&[(150, Err(Busy)), (500, Err(Broken)), (0, Ok(())), (0, Ok(()))]);
    let call = SOON
        .retry(|| runs.run())
        .on(|error: &Error| {
            judged.borrow_mut().push(error.to_string());
            true
        })
        .on_ok(|run: &usize| {
            judged.borrow_mut().push(run.to_string());
            *run == 3
        })
        .hedge(&hedge);
    assert_eq!(call.await, Ok(4));
    assert_eq!(judged.take(), ["busy", "broken", "3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn dropped_at_each_poll_nothing_leaks() {
    let script: &'static [_] = &[(900, Ok(())), (400, Err(Busy)), HANGS, HANGS];
    for polls in 0..5 {
        let (hedge, budget) = (late(3), Arc::new(Budget::new()));
        let bulkhead = Arc::new(Bulkhead::new(1));
        let runs = Runs::of(script);
        let call = SOON.retry(|| runs.run()).hedge(&hedge).budget(&budget).bulkhead(&bulkhead);
        let mut call = Box::pin(call.into_future());
        for _ in 0..polls {
            let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            sleep(ms(100)).await;
        }
        drop(call);
        assert_eq!(runs.started(), polls, "all are dropped");
        assert_eq!((bulkhead.available(), Arc::strong_count(&bulkhead)), (1, 1));
        assert_eq!((Arc::strong_count(&hedge), Arc::strong_count(&budget)), (1, 1));
        let extras = u32::try_from(polls.saturating_sub(1)).unwrap();
        assert_eq!(layered::tokens(&budget), 500 - 5 * extras, "what has begun is paid");
    }
}

#[test]
fn it_may_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    static HEDGE: Hedge = Hedge::after_quantile(0.95);
    let call = Policy::DEFAULT.retry(|| async {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, Rejection>(1)
    });
    is_send(call.hedge(&HEDGE).timeout(ms(500)).into_future());
}

proptest! {
    #[test]
    fn a_hedged_closure_runs_the_race_of_its_hedge(
        script in prop::collection::vec(racer(), 5),
        max in 1..=4_u32,
        capacity in 1..30_u32,
    ) {
        let runtime = paused::runtime();
        runtime.block_on(async {
            let hedge = Arc::new(Hedge::after(ms(10)).with_max(max));
            let once = Policy::DEFAULT.with_max_retries(0);
            let race = async |racers: &Racers| hedge.race(|| racers.start(), judge, Unlimited).await;
            let by_hand = run(Racers::of(&script), race).await;
            let closure = async |racers: &Racers| {
                once.retry(|| racers.start()).when(|(verdict, _)| *verdict).hedge(&hedge).await
            };
            prop_assert_eq!(run(Racers::of(&script), closure).await, by_hand);

            let budgets = [(); 2].map(|()| Arc::new(Budget::new().with_capacity(capacity)));
            let race = async |racers: &Racers| {
                hedge.race(|| racers.start(), judge, &*budgets[0]).await
            };
            let by_hand = run(Racers::of(&script), race).await;
            let closure = async |racers: &Racers| {
                let call = once.retry(|| racers.start()).hedge(&hedge).budget(&budgets[1]);
                call.when(|(verdict, _)| *verdict).await
            };
            prop_assert_eq!(run(Racers::of(&script), closure).await, by_hand.clone());
            // A call that succeeds at once deposits a token, beside what the race draws.
            let deposit = u32::from(by_hand.0.is_ok());
            let left = budgets.map(|budget| layered::tokens(&budget));
            prop_assert_eq!(left[1], (left[0] + deposit).min(capacity));
            Ok(())
        })?;
    }
}
