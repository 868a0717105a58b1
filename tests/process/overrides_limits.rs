//! Overrides in force beyond policies: time limits, upstreams, and entries that end.
#![deny(warnings, clippy::pedantic)]

#[path = "../support/mod.rs"]
mod support;

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use persevere::overrides::{Overrides, overrides};
use persevere::{Attempt, Budget, Policy, Rejection, Upstream, retry};
use support::overriding::Overriding;
use support::recorded::Recording;
use tokio::time::{Instant, advance, sleep};
use tracing::Level;

const SECOND: Duration = Duration::from_secs(1);

static PAYMENTS: Upstream = Upstream::new("payments", &Budget::UNLIMITED)
    .with_policy(Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::ZERO))
    .with_timeout(SECOND);

static PLAIN: Upstream = Upstream::new("plain", &Budget::UNLIMITED);

/// Takes that long; counts its attempts.
async fn work(attempts: &Cell<u32>, takes: Duration) -> Result<(), Rejection> {
    attempts.set(attempts.get() + 1);
    sleep(takes).await;
    Ok(())
}

#[retry(upstream = PAYMENTS, on = _)]
async fn pay(attempts: &Cell<u32>, takes: Duration) -> Result<(), Rejection> {
    work(attempts, takes).await
}

#[retry(upstream = PLAIN, on = _, max_retries = 0)]
async fn plain(attempts: &Cell<u32>, takes: Duration) -> Result<(), Rejection> {
    work(attempts, takes).await
}

#[retry(upstream = PAYMENTS, timeout = false, on = _, context = attempt)]
fn blocking(seen: &mut Vec<(u32, Option<Duration>)>) -> Result<(), Rejection> {
    seen.push((attempt.max_retries(), attempt.time_limit()));
    Err(Rejection::TimedOut)
}

#[retry(upstream = PAYMENTS, deadline = "10s", on = _, context = attempt)]
async fn knows() -> Result<(u32, Option<Duration>, Option<Duration>), Rejection> {
    Ok((attempt.max_retries(), attempt.remaining(), attempt.time_limit()))
}

/// How many attempts a call makes that takes 5 s, and how long it takes in all.
async fn paid() -> (u32, Duration) {
    let (attempts, began) = (Cell::new(0), Instant::now());
    let _outcome = pay(&attempts, 5 * SECOND).await;
    (attempts.get(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn an_upstream_is_reached_by_its_name() {
    let held = Overriding::with("@payments=max_retries:1");
    assert_eq!(paid().await, (2, 2 * SECOND));
    held.install("@payments=timeout:2s");
    assert_eq!(paid().await, (3, 6 * SECOND));
    held.install("@payments=timeout:none");
    assert_eq!(paid().await, (1, 5 * SECOND));
    held.install("@pay*=off;timeout:100ms");
    assert_eq!(paid().await, (1, SECOND / 10));
    held.install("@plain=off,payments=off");
    assert_eq!(paid().await, (3, 3 * SECOND));
    // A function's name wins in the same table, and everything in a later one.
    held.install("overrides_limits::pay=max_retries:0,@payments=max_retries:1,@p*=timeout:2s");
    assert_eq!(paid().await, (1, 2 * SECOND));
    held.install("*::pay=timeout:2s,|,@payments=timeout:3s;max_retries:0");
    assert_eq!(paid().await, (1, 3 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_without_a_timeout_may_get_one() {
    let held = Overriding::with("@plain=timeout:2s");
    let attempts = Cell::new(0);
    assert_eq!(plain(&attempts, 5 * SECOND).await, Err(Rejection::TimedOut));
    held.install("@payments=timeout:2s");
    assert_eq!(plain(&attempts, 5 * SECOND).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn attempts_know_what_is_in_force() {
    let held = Overriding::with("");
    assert_eq!(knows().await, Ok((2, Some(10 * SECOND), Some(SECOND))));
    held.install("@payments=max_retries:4;timeout:2s,*::knows=deadline:20s");
    assert_eq!(knows().await, Ok((4, Some(20 * SECOND), Some(2 * SECOND))));
    held.install("@payments=deadline:none");
    assert_eq!(knows().await, Ok((2, None, Some(SECOND))));
    held.install("@payments=max_retries:1;timeout:2s");
    let mut seen = Vec::new();
    assert!(blocking(&mut seen).is_err());
    assert_eq!(seen, [(1, Some(2 * SECOND)); 2]); // for its socket: it is not cut
}

#[tokio::test(start_paused = true)]
async fn closures_obey_too() {
    let held = Overriding::with("");
    let timed = async |name: &'static str| {
        let began = Instant::now();
        let attempt = || async {
            sleep(5 * SECOND).await;
            Ok::<_, Rejection>(())
        };
        let call = Policy::DEFAULT.with_max_retries(0).retry(attempt).name(name);
        let outcome = call.timeout(SECOND).deadline(2 * SECOND).await;
        (outcome.is_ok(), began.elapsed())
    };
    assert_eq!(timed("one").await, (false, SECOND));
    held.install("one=timeout:3s;deadline:3s,two=timeout:none;deadline:none");
    assert_eq!(timed("one").await, (false, 3 * SECOND));
    assert_eq!(timed("two").await, (true, 5 * SECOND));
    held.install("*=timeout:none");
    assert_eq!(timed("one").await, (false, 2 * SECOND));
    held.install("@payments=max_retries:0;timeout:3s");
    let attempts = Cell::new(0);
    let began = Instant::now();
    assert!(PAYMENTS.retry(|| work(&attempts, 5 * SECOND)).await.is_err());
    assert_eq!((attempts.get(), began.elapsed()), (1, 3 * SECOND));
    let limits = PAYMENTS.retry_with_context(async |attempt: std::sync::Arc<Attempt>| {
        Ok::<_, Rejection>((attempt.max_retries(), attempt.time_limit()))
    });
    assert_eq!(limits.await, Ok((0, Some(3 * SECOND))));
}

#[tokio::test(start_paused = true)]
async fn an_entry_ends_by_itself() {
    let held = Overriding::with("");
    let recording = Recording::start();
    held.install("@payments=timeout:2s,*::pay=off;until:+30m,other=off;until:+40m");
    assert_eq!(paid().await, (1, 2 * SECOND));
    advance(Duration::from_mins(29)).await;
    assert_eq!(paid().await, (1, 2 * SECOND));
    let ends = |table: &Overrides| table.to_string().matches("until").count();
    assert_eq!(ends(&overrides().table()), 2);
    advance(Duration::from_mins(1)).await;
    assert_eq!(paid().await, (3, 6 * SECOND));
    assert_eq!(ends(&overrides().table()), 1);
    advance(Duration::from_mins(10)).await;
    assert_eq!(overrides().table().to_string(), "@payments=timeout:2s");

    let said: Vec<_> =
        recording.events().into_iter().filter(|event| event.level == Level::INFO).collect();
    let patterns: Vec<&str> = said.iter().map(|event| &*event.fields["pattern"]).collect();
    assert_eq!(patterns, ["*::pay", "other"]);
    let message = &said[0].fields["message"];
    assert!(message.starts_with("the override of `*::pay` has ended at 2"), "{message}");
    assert!(message.ends_with("Z: what is below it is in force again"), "{message}");
}

#[test]
fn what_had_ended_before_is_left_out_with_one_warning() {
    let held = Overriding::with("");
    let recording = Recording::start();
    held.install(
        "a=off;until:2020-01-01T00:00:00Z,b=off;until:2021-01-01T00:00:00Z,\
         c=off;until:2022-01-01T00:00:00Z,d=off;until:2023-01-01T00:00:00Z,e=max_retries:1",
    );
    assert_eq!(overrides().table().to_string(), "e=max_retries:1");
    let events = recording.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].level, Level::WARN);
    assert_eq!(
        events[0].fields["message"],
        "overrides that had ended before they were installed are left out: `a` at 2020-01-01T00:00:00Z, \
         `b` at 2021-01-01T00:00:00Z, `c` at 2022-01-01T00:00:00Z, and 1 more; remove them, or write a \
         later `until`"
    );
    held.install("a=off;until:2020-01-01T00:00:00Z");
    assert!(overrides().table().is_empty());
}

#[test]
fn an_end_far_away_is_kept() {
    let held = Overriding::with("");
    held.install("a=off;until:9999-12-31T23:59:59Z");
    assert_eq!(overrides().table().to_string(), "a=max_retries:0;until:9999-12-31T23:59:59Z");
    let explained = overrides().explain("a");
    assert!(explained.settings()[0].end().is_some_and(|end| end > SystemTime::now()));
}

#[tokio::test(start_paused = true)]
async fn upstreams_that_match_nothing_are_reported() {
    let _held =
        Overriding::with("@paymets=off,@payments=timeout:2s,@other=off,*::pay=max_retries:0");
    assert_eq!(paid().await, (1, 2 * SECOND));
    let unmatched: Vec<String> = overrides().unmatched().iter().map(ToString::to_string).collect();
    assert_eq!(
        unmatched,
        [
            "`@paymets` matches no upstream that has failed so far; did you mean `@payments`?",
            "`@other` matches no upstream that has failed so far",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_scope_goes_over_the_table_in_force() {
    let _held = Overriding::with("@payments=off;timeout:2s");
    let table: Overrides = "*::pay=max_retries:1".parse().unwrap();
    assert_eq!(table.scope(paid()).await, (2, 4 * SECOND));
    let explained = "*=timeout:7s".parse::<Overrides>().unwrap();
    let explained = explained.scope_blocking(|| overrides().explain("@payments").to_string());
    assert_eq!(
        explained,
        "`@payments`:\n  timeout      7s  scope, `*`\n  max_retries  0   install, `@payments`"
    );
}
