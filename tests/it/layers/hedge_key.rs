//! `hedge` in the attribute: when the body is started again, which outcome counts, and in which
//! forms of functions.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "only `layered` names it")]
use crate::support::timed_runs;

use std::cell::Cell;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use persevere::{EventKind, Hedge, Rejection, retry};
use timed_runs::{Runs, ms, timed};
use tokio::time::sleep;

#[retry(hedge = "200ms", max_retries = 1, base_delay = 1, jitter = "none")]
async fn ask(runs: &Runs) -> Result<usize, Error> {
    runs.run().await
}

#[tokio::test(start_paused = true)]
async fn a_late_attempt_is_started_again_and_the_first_good_outcome_wins() {
    let quick = Runs::of(&[(100, Ok(()))]);
    assert_eq!(timed(ask(&quick)).await, (Ok(1), 100));
    assert_eq!(quick.started(), 1);
    let slow = Runs::of(&[(900, Ok(())), (50, Ok(()))]);
    assert_eq!(timed(ask(&slow)).await, (Ok(2), 250));
    assert_eq!(slow.started(), 2);
    let late = Runs::of(&[(300, Ok(())), (900, Ok(()))]);
    assert_eq!(timed(ask(&late)).await, (Ok(1), 300));
    assert_eq!(late.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_starts_the_next_at_once_and_a_permanent_one_ends_all() {
    let failing = Runs::of(&[(10, Err(Busy)), (10, Ok(()))]);
    assert_eq!(timed(ask(&failing)).await, (Ok(2), 20));
    let broken = Runs::of(&[(900, Ok(())), (10, Err(Broken))]);
    assert_eq!(timed(ask(&broken)).await, (Err(Broken), 210));
    assert_eq!(broken.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_race_that_fails_is_retried_after_the_wait_as_one_attempt() {
    #[retry(
        hedge = "200ms",
        base_delay = 1,
        jitter = "none",
        context = attempt,
        on_retry = |event| reported.push(event.attempt())
    )]
    async fn numbered(runs: &Runs, reported: &mut Vec<u32>) -> Result<(usize, u32), Error> {
        Ok((runs.run().await?, attempt.number()))
    }

    let runs = Runs::of(&[(10, Err(Busy)), (10, Err(Busy)), (500, Ok(())), (10, Ok(()))]);
    let mut reported = Vec::new();
    assert_eq!(timed(numbered(&runs, &mut reported)).await, (Ok((4, 2)), 20 + 1000 + 210));
    assert_eq!((reported, runs.started()), (vec![1], 4));
}

#[tokio::test(start_paused = true)]
async fn as_many_are_started_as_may_be() {
    #[retry(hedge(after = "100ms", max = 2), max_retries = 0)]
    async fn thrice(runs: &Runs) -> Result<usize, Error> {
        runs.run().await
    }

    #[retry(hedge(after = after, max = max), max_retries = 0)]
    async fn hedged_after(runs: &Runs, after: Duration, max: u32) -> Result<usize, Error> {
        runs.run().await
    }

    let slow = || Runs::of(&[(900, Ok(())), (900, Ok(())), (900, Ok(()))]);
    let runs = slow();
    assert_eq!(timed(thrice(&runs)).await, (Ok(1), 900));
    assert_eq!(runs.started(), 3);
    for (max, started) in [(0, 1), (1, 2), (2, 3)] {
        let runs = slow();
        assert_eq!(timed(hedged_after(&runs, ms(50), max)).await, (Ok(1), 900));
        assert_eq!(runs.started(), started);
    }
}

#[tokio::test(start_paused = true)]
async fn a_static_or_a_duration_says_when() {
    static HEDGE: Hedge = Hedge::after(ms(30)).with_max(2);

    #[retry(hedge = HEDGE)]
    async fn by_static(runs: &Runs) -> Result<usize, Error> {
        runs.run().await
    }

    #[retry(hedge = after / 2)]
    async fn by_duration(runs: &Runs, after: Duration) -> Result<usize, Error> {
        runs.run().await
    }

    #[retry(hedge = hedge)]
    async fn by_reference(runs: &Runs, hedge: &'static Hedge) -> Result<usize, Error> {
        runs.run().await
    }

    let slow = || Runs::of(&[(900, Ok(())), (900, Ok(())), (10, Ok(()))]);
    assert_eq!(timed(by_static(&slow())).await, (Ok(3), 70));
    assert_eq!((HEDGE.started(), HEDGE.won()), (2, 1));
    assert_eq!(timed(by_reference(&slow(), &HEDGE)).await, (Ok(3), 70));
    assert_eq!(timed(by_duration(&slow(), ms(100))).await, (Ok(1), 900));
}

#[tokio::test(start_paused = true)]
async fn a_percentile_is_measured_by_the_function_itself() {
    #[retry(hedge(after = "p95", max = 2))]
    async fn ask(takes: u64, runs: &Cell<u32>) -> Result<u32, Error> {
        runs.update(|runs| runs + 1);
        sleep(ms(takes)).await;
        Ok(runs.get())
    }

    let runs = Cell::new(0);
    for _ in 0..100 {
        assert_eq!(timed(ask(100, &runs)).await.1, 100);
    }
    assert_eq!(runs.get(), 100);
    runs.set(0);
    assert_eq!(timed(ask(900, &runs)).await, (Ok(3), 900)); // late at 100 ms or a little more
}

#[tokio::test(start_paused = true)]
async fn what_is_retried_is_asked_once_for_each_outcome() {
    #[retry(
        hedge = 1,
        when = |error: &Error| { asked.set(asked.get() + 1); *error == Busy },
        on_ok = 0..=1,
        base_delay = 0,
        max_retries = 1
    )]
    async fn ask(runs: &Runs, asked: &Cell<u32>) -> Result<usize, Error> {
        runs.run().await
    }

    let asked = Cell::new(0);
    let runs = Runs::of(&[(10, Err(Busy)), (10, Err(Busy)), (10, Err(Broken))]);
    assert_eq!(ask(&runs, &asked).await, Err(Broken));
    assert_eq!((asked.get(), runs.started()), (3, 3));
    let value = Runs::of(&[(10, Ok(())), (20, Ok(()))]); // 1 is no answer
    assert_eq!(timed(ask(&value, &asked)).await, (Ok(2), 30));
}

#[tokio::test(start_paused = true)]
async fn another_timer_drives_the_race() {
    #[retry(hedge = "200ms", sleep = |wait| sleep(wait * 2))]
    async fn ask(runs: &Runs) -> Result<usize, Error> {
        runs.run().await
    }

    let slow = Runs::of(&[(900, Ok(())), (50, Ok(()))]);
    assert_eq!(timed(ask(&slow)).await, (Ok(2), 450));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_drops_all_attempts() {
    let runs = Runs::of(&[(900, Ok(())), (900, Ok(()))]);
    let cut = tokio::time::timeout(ms(500), ask(&runs)).await;
    assert!(cut.is_err());
    assert_eq!(runs.started(), 2);
}

/// Owned arguments are borrowed by all bodies, or cloned for each.
#[retry(hedge = "200ms", clone(owned))]
async fn forms<const N: usize, T: AsRef<str> + Sync>(
    shared: &T,
    borrowed: String,
    owned: String,
    mut counted: usize,
    names: impl Fn(usize) -> usize + Sync,
) -> Result<String, Error> {
    counted += N;
    let consumed = owned.into_bytes();
    if counted == 0 {
        return Err(Broken);
    }
    sleep(ms(300)).await;
    Ok(format!("{}{borrowed}{}{}", shared.as_ref(), consumed.len(), names(counted)))
}

#[retry(hedge = "200ms")]
async fn first<'a>(names: &'a [String], other: &str) -> Result<&'a str, Error> {
    sleep(ms(300)).await;
    names.first().map(String::as_str).filter(|name| *name != other).ok_or(Broken)
}

struct Client {
    asked: AtomicU32,
}

#[async_trait::async_trait]
trait Asks {
    async fn ask(&self, name: String) -> Result<String, Error>;
}

#[async_trait::async_trait]
impl Asks for Client {
    #[retry(hedge = "200ms", clone(name), timeout = "700ms", deadline = "1m")]
    async fn ask(&self, name: String) -> Result<String, Error> {
        if self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
            pending::<()>().await;
        }
        Ok(name)
    }
}

impl Client {
    #[retry(on = _, hedge = "200ms")]
    async fn by_self(&self) -> Option<u32> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        sleep(ms(300 / u64::from(asked))).await;
        Some(asked)
    }

    #[retry(hedge = "200ms")]
    async fn shared(self: Arc<Self>) -> Result<u32, Error> {
        sleep(ms(300)).await;
        Ok(self.asked.fetch_add(1, Ordering::Relaxed))
    }

    #[retry(hedge = "200ms")]
    fn boxed(&self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + '_>> {
        Box::pin(async move { self.by_self().await.ok_or(Busy) })
    }

    #[retry(hedge = "200ms", clone(name))]
    #[allow(clippy::manual_async_fn, reason = "the form under test")]
    fn returned(name: String) -> impl Future<Output = Result<String, Error>> + Send {
        async move {
            sleep(ms(300)).await;
            Ok(name)
        }
    }
}

#[tokio::test(start_paused = true)]
async fn any_form_of_async_function_can_be_hedged() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }

    let text = |text: &str| text.to_owned();
    let call = sent(forms::<2, _>(&"a", text("b"), text("cd"), 1, |count| count * 10));
    assert_eq!(call.await, Ok("ab230".to_owned()));
    let names = [text("a")];
    assert_eq!(sent(first(&names, "b")).await, Ok("a"));
    let client = Arc::new(Client { asked: AtomicU32::new(0) });
    assert_eq!(timed(sent(client.ask(text("x")))).await, (Ok(text("x")), 200));
    assert_eq!(sent(client.by_self()).await, Some(3));
    assert_eq!(sent(client.boxed()).await, Ok(4));
    assert_eq!(sent(Arc::clone(&client).shared()).await, Ok(4));
    assert_eq!(sent(Client::returned(text("y"))).await, Ok(text("y")));
}

#[tokio::test(start_paused = true)]
async fn a_race_is_one_attempt_to_the_hooks() {
    #[retry(hedge = "200ms", timeout = 1, on_success = |_| reported.set(reported.get() + 1), on_give_up =
        |event| assert_eq!(event.kind(), EventKind::GiveUp(persevere::engine::GiveUp::Permanent)))]
    async fn ask(runs: &Runs, reported: &Cell<u32>) -> Result<usize, Error> {
        runs.run().await
    }

    let reported = Cell::new(0);
    let slow = Runs::of(&[(900, Ok(())), (50, Ok(()))]);
    assert_eq!(ask(&slow, &reported).await, Ok(2));
    assert_eq!(reported.get(), 0); // the first attempt of the call
    let rejected = Runs::of(&[(10, Err(Error::Rejected(Rejection::DeadlineExceeded)))]);
    assert!(ask(&rejected, &reported).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_no_answer_starts_the_next_without_any_retry() {
    #[retry(hedge = 1, on_ok = 1, max_retries = 0)]
    async fn ask(runs: &Runs) -> Result<usize, Error> {
        runs.run().await
    }

    assert_eq!(timed(ask(&Runs::of(&[(10, Ok(())), (20, Ok(()))]))).await, (Ok(2), 30));
}
