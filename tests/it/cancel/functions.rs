//! Annotated functions.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::testing::{Recorder, Switch, scope};
use persevere::{Budget, Cancel, CircuitBreaker, EventKind, Rejection, Upstream, rejection, retry};
use tokio::time::{Instant, sleep, timeout};

const MINUTE: Duration = Duration::from_mins(1);

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Says the word after `delay`.
async fn cancelled_after<T>(delay: Duration, call: impl Future<Output = T>) -> T {
    let cancel = Cancel::new();
    let word = async {
        sleep(delay).await;
        cancel.cancel();
    };
    tokio::join!(cancel.scope(call), word).0
}

#[retry(base_delay = "1m", jitter = "none")]
async fn fails(attempts: &Cell<u32>) -> io::Result<u32> {
    attempts.set(attempts.get() + 1);
    Err(reset())
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_at_once_and_no_attempt_follows() {
    let (attempts, began) = (Cell::new(0), Instant::now());
    let recorder = Recorder::new();
    let call = cancelled_after(Duration::from_secs(7), fails(&attempts));
    let error = scope(Switch::new().recording(&recorder), call).await.unwrap_err();
    assert_eq!((error.kind(), attempts.get()), (io::ErrorKind::ConnectionReset, 1));
    assert_eq!(began.elapsed(), Duration::from_secs(7));
    recorder.assert("1 attempt, gave up");
}

#[tokio::test(start_paused = true)]
async fn the_second_wait_ends_as_well() {
    let (attempts, began) = (Cell::new(0), Instant::now());
    cancelled_after(2 * MINUTE, fails(&attempts)).await.unwrap_err();
    assert_eq!((attempts.get(), began.elapsed()), (2, 2 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn between_attempts_the_word_wins_a_tie() {
    let attempts = Cell::new(0);
    let cancel = Cancel::new();
    let word = async {
        sleep(MINUTE).await;
        cancel.cancel();
    };
    // The word first: both are due at the same moment.
    let ((), outcome) = tokio::join!(biased; word, cancel.scope(fails(&attempts)));
    outcome.unwrap_err();
    assert_eq!(attempts.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn within_an_attempt_its_outcome_wins() {
    #[retry]
    async fn slow(fails: bool) -> io::Result<u32> {
        sleep(Duration::from_secs(10)).await;
        if fails { Err(reset()) } else { Ok(3) }
    }
    let began = Instant::now();
    assert_eq!(cancelled_after(Duration::from_secs(2), slow(false)).await.unwrap(), 3);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    cancelled_after(Duration::from_secs(2), slow(true)).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::from_secs(20), "no wait follows the failure");
}

#[tokio::test(start_paused = true)]
async fn hooks_fallback_and_events_know_it() {
    #[retry(
        on_give_up = |event| seen.borrow_mut().push((event.kind(), event.attempt(), event.to_string())),
        fallback = |error| if error.kind() == io::ErrorKind::ConnectionReset { Ok(9) } else { Err(error) },
        id = id,
        base_delay = "1m",
    )]
    async fn watched(id: u32, seen: &RefCell<Vec<(EventKind, u32, String)>>) -> io::Result<u32> {
        Err(reset())
    }
    let seen = RefCell::new(Vec::new());
    let outcome = cancelled_after(Duration::from_secs(1), watched(4, &seen)).await;
    assert_eq!(outcome.unwrap(), 9);
    let seen = seen.into_inner();
    assert_eq!(seen.len(), 1);
    let (kind, attempt, line) = &seen[0];
    assert_eq!((*kind, *attempt), (EventKind::GiveUp(GiveUp::Cancelled), 1));
    assert_eq!(
        line,
        "watched[4]: attempt 1 of 6 failed: connection reset; giving up, it was cancelled"
    );
}

#[tokio::test(start_paused = true)]
async fn the_event_names_its_upstream() {
    static BUDGET: Budget = Budget::new();
    static PAYMENTS: Upstream =
        Upstream::new("payments", &BUDGET).with_timeout(Duration::from_secs(5));

    #[retry(
        upstream = PAYMENTS,
        base_delay = "1m",
        on_give_up = |event| seen.set(Some((event.upstream(), event.kind()))),
    )]
    async fn pay(seen: &Cell<Option<(Option<&'static str>, EventKind)>>) -> io::Result<u32> {
        Err(reset())
    }
    let seen = Cell::new(None);
    cancelled_after(Duration::from_secs(1), pay(&seen)).await.unwrap_err();
    let kind = EventKind::GiveUp(GiveUp::Cancelled);
    assert_eq!(seen.take(), Some((Some("payments"), kind)));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_retried_is_returned() {
    #[retry(on_ok = 0..=5, base_delay = "1m")]
    async fn poll(attempts: &Cell<u32>) -> io::Result<u32> {
        attempts.set(attempts.get() + 1);
        Ok(attempts.get())
    }
    let attempts = Cell::new(0);
    assert_eq!(cancelled_after(Duration::from_secs(1), poll(&attempts)).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_timers_wait_ends() {
    #[retry(sleep = tokio::time::sleep, base_delay = "1m")]
    async fn by_another(attempts: &Cell<u32>) -> io::Result<u32> {
        attempts.set(attempts.get() + 1);
        Err(reset())
    }
    let (attempts, began) = (Cell::new(0), Instant::now());
    cancelled_after(Duration::from_secs(1), by_another(&attempts)).await.unwrap_err();
    assert_eq!((attempts.get(), began.elapsed()), (1, Duration::from_secs(1)));
}

/// An error that is not `Send` does not live across the wait, which then does not end early; but the attempt
/// after it is the last.
#[tokio::test(start_paused = true)]
async fn an_error_that_cannot_be_sent() {
    #[retry(on = _, base_delay = "1m", jitter = "none")]
    async fn stays(attempts: &Cell<u32>) -> Result<u32, Rc<u32>> {
        attempts.set(attempts.get() + 1);
        Err(Rc::new(attempts.get()))
    }
    let (attempts, began) = (Cell::new(0), Instant::now());
    let error = cancelled_after(Duration::from_secs(1), stays(&attempts)).await.unwrap_err();
    assert_eq!((*error, Rc::strong_count(&error), began.elapsed()), (2, 1, MINUTE));
}

#[retry(base_delay = "300s", jitter = "none")]
fn blocking(attempts: &mut u32) -> io::Result<u32> {
    *attempts += 1;
    Err(reset())
}

#[test]
fn a_thread_that_waits_five_minutes_ends_on_another_threads_word() {
    let cancel = Cancel::new();
    let (says, hears) = mpsc::channel();
    let there = cancel.clone();
    let waiter = thread::spawn(move || {
        let mut attempts = 0;
        says.send(()).unwrap();
        let outcome = there.scope_blocking(|| blocking(&mut attempts));
        (attempts, outcome.map_err(|error| error.kind()))
    });
    hears.recv().unwrap();
    let said = std::time::Instant::now();
    cancel.cancel();
    assert_eq!(waiter.join().unwrap(), (1, Err(io::ErrorKind::ConnectionReset)));
    assert!(said.elapsed() < MINUTE, "{:?}", said.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_not_begun_is_refused_where_it_can_be() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();

    #[retry(timeout = "1s")]
    async fn limited(attempts: &Cell<u32>) -> io::Result<()> {
        attempts.set(attempts.get() + 1);
        Ok(())
    }
    #[retry(breaker = BREAKER)]
    fn guarded(attempts: &Cell<u32>) -> io::Result<()> {
        attempts.set(attempts.get() + 1);
        Ok(())
    }
    let cancel = Cancel::new();
    cancel.cancel();
    let attempts = Cell::new(0);
    let refused = cancel.scope(limited(&attempts)).await.unwrap_err();
    assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
    let refused = cancel.scope_blocking(|| guarded(&attempts)).unwrap_err();
    assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
    assert_eq!(attempts.get(), 0);
    // Without a key that can refuse, there is nothing but an attempt to return.
    cancel.scope(fails(&attempts)).await.unwrap_err();
    assert_eq!(attempts.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn scopes_nest_and_end_with_their_future() {
    let (outer, inner) = (Cancel::new(), Cancel::new());
    let attempts = Cell::new(0);
    let call = outer.scope(inner.scope(fails(&attempts)));
    let word = async {
        sleep(Duration::from_secs(1)).await;
        outer.cancel();
    };
    tokio::join!(call, word).0.unwrap_err();
    assert_eq!(attempts.get(), 1);
    assert!(!inner.is_cancelled());
    // Outside of the scope, the word means nothing.
    let goes_on = timeout(Duration::from_secs(61), fails(&attempts)).await;
    assert!(goes_on.is_err());
    assert_eq!(attempts.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_tokio_util_is_one() {
    let token = tokio_util::sync::CancellationToken::new();
    let cancel = Cancel::from(token.clone());
    let (attempts, began) = (Cell::new(0), Instant::now());
    let word = async {
        sleep(Duration::from_secs(3)).await;
        token.cancel();
    };
    tokio::join!(cancel.scope(fails(&attempts)), word).0.unwrap_err();
    assert_eq!((attempts.get(), began.elapsed()), (1, Duration::from_secs(3)));
}
