//! `timeout` and `deadline` on every form of function: borrowing, boxed, spawned, on another
//! runtime's timer, and blocking.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::unused_async, reason = "the forms under test")]

use crate::support::waited;

use std::cell::Cell;
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Classify, EventKind, Rejection, retry};
use tokio::time::{Instant, sleep};

use self::waited::{note, waited_secs};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `Send`, but not `Sync`.
#[derive(Debug, PartialEq, Classify)]
enum Error {
    #[retry(transient)]
    Busy(Cell<u32>),
    #[retry(throttled, after = 0)]
    Limited(Duration),
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const TIMED_OUT: Error = Error::Rejected(Rejection::TimedOut);
const TOO_LATE: Error = Error::Rejected(Rejection::DeadlineExceeded);

/// Hangs in its first attempt; answers in the second.
#[derive(Default)]
struct Client {
    calls: u32,
    names: Vec<String>,
}

impl Client {
    async fn answer(&mut self) {
        self.calls += 1;
        if self.calls == 1 {
            pending::<()>().await;
        }
    }

    #[retry(policy = "conservative", timeout = "3s", deadline = "30s")]
    async fn unique(&mut self, name: &str) -> Result<usize, Error> {
        self.answer().await;
        self.names.push(name.to_owned());
        Ok(self.names.len())
    }

    #[retry(policy = "conservative", timeout = "3s", deadline = "30s")]
    async fn first<'a>(&'a self, calls: &Cell<u32>, or: &'a str) -> Result<&'a str, Error> {
        calls.set(calls.get() + 1);
        if calls.get() == 1 {
            pending::<()>().await;
        }
        Ok(self.names.first().map_or(or, String::as_str))
    }

    #[retry(policy = "conservative", timeout = "3s", clone(name))]
    async fn consumes(&mut self, name: String) -> Result<usize, Error> {
        self.names.push(name);
        self.answer().await;
        Ok(self.names.len())
    }
}

#[async_trait::async_trait]
trait Search {
    async fn search(&mut self, query: String) -> Result<usize, Error>;
}

#[async_trait::async_trait]
impl Search for Client {
    #[retry(policy = "conservative", timeout = "3s", deadline = "30s", clone(query))]
    async fn search(&mut self, query: String) -> Result<usize, Error> {
        self.answer().await;
        Ok(query.into_bytes().len())
    }
}

#[retry(policy = "conservative", timeout = "3s", deadline = "30s")]
fn boxed<'a>(
    client: &'a mut Client,
) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'a>> {
    Box::pin(async move {
        client.answer().await;
        Ok(client.calls)
    })
}

#[tokio::test(start_paused = true)]
async fn methods_and_futures_are_cut_and_tried_again() {
    let started = Instant::now();
    let mut client = Client::default();
    assert_eq!(client.unique("a").await, Ok(1));
    assert_eq!(started.elapsed(), seconds(3 + 5));
    assert_eq!(client.first(&Cell::default(), "z").await, Ok("a"));
    assert_eq!(Client::default().first(&Cell::default(), "z").await, Ok("z"));
    assert_eq!(Client::default().consumes("a".to_owned()).await, Ok(2));
    assert_eq!(Client::default().search("query".to_owned()).await, Ok(5));
    assert_eq!(boxed(&mut Client::default()).await, Ok(2));
    assert_eq!(started.elapsed(), 6 * seconds(3 + 5));
}

#[tokio::test(start_paused = true)]
async fn calls_can_be_spawned() {
    #[retry(policy = "conservative", timeout = "3s")]
    async fn timed() -> Result<u32, Error> {
        pending().await
    }

    #[retry(policy = "conservative", deadline = "30s", on_retry = async |_| sleep(seconds(1)).await)]
    async fn late(mut client: Option<u32>) -> Result<u32, Error> {
        let busy = Error::Busy(Cell::new(1));
        if client.take().is_some() {
            pending::<()>().await;
        }
        sleep(seconds(1)).await;
        Err(busy)
    }
    let spawned = [tokio::spawn(late(Some(1))), tokio::spawn(late(None))];
    let [hung, failed] = futures::future::join_all(spawned).await.try_into().unwrap();
    assert_eq!(hung.unwrap(), Err(TOO_LATE));
    assert_eq!(failed.unwrap(), Err(Error::Busy(Cell::new(1))));
    assert_eq!(tokio::spawn(timed()).await.unwrap(), Err(TIMED_OUT));
}

/// A timer that is not the library's own.
mod runtime {
    use std::cell::RefCell;
    use std::time::Duration;

    thread_local! {
        pub(super) static SET: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) async fn sleep(time: Duration) {
        SET.with_borrow_mut(|set| set.push(time.as_secs()));
        tokio::time::sleep(time).await;
    }
}

#[tokio::test(start_paused = true)]
async fn another_runtime_s_timer_cuts_too() {
    #[retry(policy = "conservative", deadline = "20s", sleep = runtime::sleep)]
    async fn bounded() -> Result<u32, Error> {
        pending().await
    }

    #[retry(policy = "conservative", timeout = "3s", deadline = "20s", sleep = runtime::sleep)]
    async fn elsewhere(calls: &Cell<u32>, time: u64) -> Result<u32, Error> {
        calls.set(calls.get() + 1);
        sleep(seconds(time)).await;
        Ok(calls.get())
    }
    let run = async |time| {
        let (started, calls) = (Instant::now(), Cell::new(0));
        let outcome = elsewhere(&calls, time).await;
        (outcome, calls.get(), started.elapsed(), runtime::SET.take())
    };
    assert_eq!(run(2).await, (Ok(1), 1, seconds(2), vec![3]));
    // 3 + 5 + 3 s, then a wait of 10 s does not fit into 9 s.
    assert_eq!(run(4).await, (Err(TIMED_OUT), 2, seconds(11), vec![3, 5, 3]));
    let started = Instant::now();
    assert_eq!(bounded().await, Err(TOO_LATE));
    assert_eq!((started.elapsed(), runtime::SET.take()), (seconds(20), vec![20]));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_ready_in_time_is_not_cut() {
    #[retry(policy = "conservative", timeout = "3s", deadline = "30s", sleep = runtime::sleep)]
    async fn just_in_time() -> Result<u32, Error> {
        sleep(seconds(3)).await;
        Ok(1)
    }
    assert_eq!(just_in_time().await, Ok(1), "ready at the very moment");
}

/// Returns these failures one after the other; its waits are noted and not made.
fn blocking(deadline: Duration, failures: Vec<Error>) -> (Result<(), Error>, Option<EventKind>) {
    #[retry(
        policy = "conservative",
        deadline = deadline,
        sleep = note,
        on_give_up = |event| *gave_up = Some(event.kind())
    )]
    fn call(
        deadline: Duration,
        failures: &mut Vec<Error>,
        gave_up: &mut Option<EventKind>,
    ) -> Result<(), Error> {
        failures.pop().map_or(Ok(()), Err)
    }
    let (mut failures, mut gave_up) = (failures, None);
    failures.reverse();
    (call(deadline, &mut failures, &mut gave_up), gave_up)
}

#[test]
fn blocking_calls_give_up_before_a_wait_that_does_not_fit() {
    const HOUR: Duration = Duration::from_hours(1);
    const LATE: Option<EventKind> = Some(EventKind::GiveUp(GiveUp::DeadlineExceeded));
    let busy = || Error::Busy(Cell::new(1));
    let limited = || Error::Limited(2 * HOUR);

    assert_eq!(blocking(HOUR, vec![busy(), busy()]), (Ok(()), None));
    assert_eq!(waited_secs(), [5, 10]);
    // Too long for the deadline, and too long for `max_delay` alone.
    assert_eq!(blocking(HOUR, vec![busy(), limited()]), (Err(limited()), LATE));
    assert_eq!(waited_secs(), [5]);
    let too_long = Some(EventKind::GiveUp(GiveUp::RetryAfterTooLong));
    assert_eq!(blocking(3 * HOUR, vec![busy(), limited()]), (Err(limited()), too_long));
    assert_eq!(waited_secs(), [5]);
    assert_eq!(blocking(Duration::from_nanos(1), vec![busy()]), (Err(busy()), LATE));
    assert!(waited_secs().is_empty());
    assert_eq!(blocking(Duration::from_nanos(1), vec![]), (Ok(()), None), "a success is one");
    let last = blocking(Duration::from_nanos(1), vec![TOO_LATE]);
    assert_eq!(last, (Err(TOO_LATE), Some(EventKind::GiveUp(GiveUp::Permanent))));
}
