//! Closures.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Budget, Hedge, Policy, Rejection, Upstream};
use tokio::time::Instant;

use super::table;
use crate::support::recorded::Recording;

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(2);

#[tokio::test(start_paused = true)]
async fn a_closure_that_may_be_failed_is() {
    let mut ran = 0;
    let call = AT_ONCE
        .retry(|| {
            ran += 1;
            async { Ok::<_, Rejection>(7) }
        })
        .name("search::query")
        .faults();
    assert_eq!(table("search::query=chaos:2*return").scope(call.into_future()).await, Ok(7));
    assert_eq!(ran, 1);

    let mut ran = 0;
    let outcome = table("search::query=chaos:return(permanent)").scope_blocking(|| {
        let call = AT_ONCE.retry_blocking(|| {
            ran += 1;
            Ok::<_, Rejection>(7)
        });
        call.name("search::query").faults().call()
    });
    assert!(matches!(outcome, Err(Rejection::Fault(_))));
    assert_eq!(ran, 0);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_answers_for_it() {
    let call = AT_ONCE.retry(async || None::<u32>).on(|_| true).fallback(|_| Some(3)).faults();
    assert_eq!(table("*=chaos:return").scope(call.into_future()).await, Some(3));
}

#[tokio::test(start_paused = true)]
async fn one_without_limits_and_layers_is_left_alone() {
    let from = Instant::now();
    let call = AT_ONCE.retry(async || Ok::<_, Rejection>(7)).name("alone");
    assert_eq!(table("alone=chaos:sleep(3s)").scope(call.into_future()).await, Ok(7));
    assert_eq!(from.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn one_with_an_id_alone_is_only_delayed() {
    let recording = Recording::start();
    let from = Instant::now();
    let call = || AT_ONCE.retry(async || Ok::<_, Rejection>(7)).name("delayed").id("7");
    let broken = table("delayed=chaos:1*sleep(3s)->return");
    broken
        .scope(async {
            assert_eq!(call().await, Ok(7));
            assert_eq!(from.elapsed(), Duration::from_secs(3));
            assert_eq!(call().await, Ok(7));
        })
        .await;
    assert_eq!(from.elapsed(), Duration::from_secs(3));
    let [warning] = &recording.events()[..] else { panic!("one warning") };
    assert!(warning.fields["message"].ends_with("add `.faults()` to it"), "{warning:?}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_needs_no_word_and_cuts_the_delay() {
    let from = Instant::now();
    let call = || AT_ONCE.retry(async || Ok::<_, Rejection>(7)).timeout(Duration::from_secs(1));
    let outcome = table("*=chaos:sleep(1h)").scope(call().into_future()).await;
    assert_eq!(outcome, Err(Rejection::TimedOut));
    assert_eq!(from.elapsed(), Duration::from_secs(3));
    let outcome = table("*=chaos:1*return(timeout)").scope(call().into_future()).await;
    assert_eq!(outcome, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_closure_s_own_timer_makes_the_delay() {
    let mut slept = Vec::new();
    let call = AT_ONCE.retry(async || Ok::<_, Rejection>(7)).faults().sleep(|delay| {
        slept.push(delay);
        std::future::ready(())
    });
    assert_eq!(table("*=chaos:sleep(9s)").scope(call.into_future()).await, Ok(7));
    assert_eq!(slept, [Duration::from_secs(9)]);
}

#[tokio::test(start_paused = true)]
async fn an_upstream_is_broken_by_its_name() {
    static RETRIES: Budget = Budget::new();
    static BANK: Upstream = Upstream::new("bank", &RETRIES).with_policy(AT_ONCE);

    let mut ran = 0;
    let broken = table("@bank=chaos:2*return(503)");
    let outcome = broken
        .scope(
            BANK.retry(|| {
                ran += 1;
                async { Ok::<_, Rejection>(7) }
            })
            .into_future(),
        )
        .await;
    assert_eq!((outcome, ran), (Ok(7), 1));
    let broken = table("@bank=chaos:1*return(503)");
    let outcome = broken.scope_blocking(|| BANK.retry_blocking(|| Ok::<_, Rejection>(7)).call());
    assert_eq!(outcome, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_hedge_starts_where_a_body_is_late_and_each_body_is_an_attempt() {
    let hedge = Arc::new(Hedge::after(Duration::from_millis(100)));
    for (text, outcome, ran, takes) in [
        ("fetch=chaos:1*sleep(10s)", Ok(1), 1, 100), // the hedge ends it
        ("fetch=chaos:2*sleep(1s)", Ok(1), 1, 1000),
        ("fetch=chaos:1*return", Ok(1), 1, 0), // retried, as another race
        ("fetch=chaos:1*sleep(10s)->1*return", Ok(1), 1, 10_000), // the extra one fails
    ] {
        let (started, from) = (Cell::new(0), Instant::now());
        let call = AT_ONCE.retry(async || {
            started.set(started.get() + 1);
            Ok::<_, Rejection>(started.get())
        });
        let call = call.name("fetch").hedge(&hedge).faults();
        assert_eq!(table(text).scope(call.into_future()).await, outcome, "{text}");
        assert_eq!((started.get(), from.elapsed().as_millis()), (ran, takes), "{text}");
    }
}
