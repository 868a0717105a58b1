//! No lint of ours under the strictest settings: functions with each new key, derives, `impl`
//! defaults, retried closures.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![allow(clippy::unused_async, reason = "the forms under test")]

use std::fmt;
use std::future::Future;
use std::time::Duration;

use persevere::{Class, Classify, Event, Policy, Rejection, Verdict, retry};

/// Every word of the derive.
#[derive(Clone, Debug, PartialEq, Eq, Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(throttled, after = wait)]
    Slow { wait: Duration },
    #[retry(throttled, after = 0)]
    Slower(Option<Duration>, u8),
    #[retry(forward)]
    Rejected(Rejection),
    #[retry(forward = inner)]
    Wrapped { inner: Inner, attempt: u32 },
    #[retry(when = is_deadlock)]
    Database(u16),
    #[retry(when = |code, text| *code == 5 && text.is_empty())]
    Remote(u16, String),
    #[retry(permanent)]
    BadInput(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Classify)]
#[retry(transient)]
struct Inner;

#[derive(Debug, Classify)]
#[retry(permanent)]
enum Layered<E> {
    #[retry(forward)]
    Inner(E),
    Closed,
}

/// Without a variant there is nothing to say.
#[derive(Clone, Copy, Debug, Classify)]
enum Never {}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "`when` passes a field by reference")]
const fn is_deadlock(code: &u16) -> bool {
    *code == 1213
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

#[retry]
async fn classified(number: &str) -> Result<u32, Error> {
    number.parse().map_err(|_| Error::BadInput("number"))
}

#[retry(timeout = "2s")]
async fn with_timeout(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(deadline = Duration::from_secs(30), timeout = Duration::from_secs(2))]
async fn with_both(value: u32) -> Result<u32, Error> {
    if value == 0 {
        return Err(Error::Busy);
    }
    Ok(value)
}

#[retry(deadline = "30s", base_delay = 0)]
fn with_deadline_blocking(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(timeout = "2s", sleep = pause)]
async fn with_own_sleep(value: u32) -> Result<u32, Error> {
    Ok(value)
}

async fn pause(_: Duration) {}

#[retry(on = [Error, std::io::Error], unless = [std::num::ParseIntError])]
async fn erased(number: &str) -> anyhow::Result<u32> {
    Ok(number.parse()?)
}

#[retry(on = _, unless = Error::BadInput(_) | Error::Remote(500..=599, _))]
async fn excluding(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(on_ok = 0 | 1)]
async fn pending(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(on_ok = value if *value > 90, base_delay = 0)]
fn pending_blocking(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(on_ok = None)]
async fn absent(value: u32) -> Result<Option<u32>, Error> {
    Ok(Some(value))
}

#[retry(fallback = |_| Ok(7))]
async fn with_fallback(value: Result<u32, Error>) -> Result<u32, Error> {
    value.clone()
}

#[retry(fallback = async |error: Error| recovered(error).await)]
async fn with_async_fallback(value: Result<u32, Error>) -> Result<u32, Error> {
    value.clone()
}

#[retry(fallback = |_| Ok(7), base_delay = 0)]
fn with_fallback_blocking(value: &Result<u32, Error>) -> Result<u32, Error> {
    value.clone()
}

async fn recovered(error: Error) -> Result<u32, Error> {
    if error == Error::Busy { Ok(7) } else { Err(error) }
}

fn note(event: &Event<'_>) {
    assert!(event.attempt() > 0);
}

async fn note_later(event: &Event<'_>) {
    note(event);
}

#[retry(on_retry = note_later, on_give_up = async |event| note(event), on_success = |event| note(event))]
async fn with_hooks(value: Result<u32, Error>) -> Result<u32, Error> {
    value.clone()
}

#[retry(on_retry = note, on_give_up = note, on_success = |event| note(event), base_delay = 0)]
fn with_hooks_blocking(value: &Result<u32, Error>) -> Result<u32, Error> {
    value.clone()
}

/// Fetches, and says nothing of how.
#[retry(doc = false)]
async fn undocumented(value: u32) -> Result<u32, Error> {
    Ok(value)
}

#[retry(timeout = "2s", deadline = "20s", on_ok = 0)]
fn returns_future(value: u32) -> impl Future<Output = Result<u32, Error>> + Send {
    let next = value + 1;
    async move { Ok(next) }
}

#[derive(Clone, Copy, Debug)]
struct Client {
    value: u32,
}

#[retry(policy = "aggressive", deadline = "20s", on_success = note)]
impl Client {
    #[retry]
    async fn first(&self) -> Result<u32, Error> {
        Ok(self.value)
    }

    #[retry(on_ok = 0, deadline = "30s")]
    async fn second(&mut self) -> Result<u32, Error> {
        self.value += 1;
        Ok(self.value)
    }

    #[retry(base_delay = 0)]
    fn third(self) -> Result<u32, Error> {
        Ok(self.value)
    }

    const fn unmarked(self) -> u32 {
        self.value
    }
}

#[test]
fn the_derive_classifies() {
    let wait = Duration::from_secs(3);
    let throttled = Verdict::THROTTLED.with_retry_after(wait);
    assert_eq!(Error::Slow { wait }.classify(), throttled);
    assert_eq!(Error::Slower(Some(wait), 1).classify(), throttled);
    assert_eq!(Error::Wrapped { inner: Inner, attempt: 1 }.classify(), Verdict::TRANSIENT);
    assert_eq!(Error::Database(1213).classify().class(), Class::Transient);
    assert_eq!(Error::Remote(5, "down".to_owned()).classify(), Verdict::PERMANENT);
    assert_eq!(Layered::Inner(Inner).classify(), Verdict::TRANSIENT);
    assert_eq!(Layered::<Never>::Closed.classify(), Verdict::PERMANENT);
}

#[tokio::test(start_paused = true)]
async fn functions_do_what_they_say() -> anyhow::Result<()> {
    assert_eq!(classified("4").await, Ok(4));
    assert_eq!(with_timeout(4).await, Ok(4));
    assert_eq!(with_both(0).await, Err(Error::Busy));
    assert_eq!(with_deadline_blocking(4), Ok(4));
    assert_eq!(with_own_sleep(4).await, Ok(4));
    assert_eq!(erased("4").await?, 4);
    assert!(erased("four").await.is_err());
    assert_eq!(excluding(4).await, Ok(4));
    assert_eq!(pending(0).await, Ok(0));
    assert_eq!(pending_blocking(99), Ok(99));
    assert_eq!(absent(4).await, Ok(Some(4)));
    assert_eq!(with_fallback(Err(Error::Busy)).await, Ok(7));
    assert_eq!(with_async_fallback(Err(Error::Busy)).await, Ok(7));
    assert_eq!(with_fallback_blocking(&Err(Error::Busy)), Ok(7));
    let permanent = Err(Error::BadInput("zero"));
    assert_eq!(with_fallback_blocking(&permanent), permanent);
    assert_eq!(with_hooks(Err(Error::Busy)).await, Err(Error::Busy));
    assert_eq!(with_hooks_blocking(&Err(Error::Busy)), Err(Error::Busy));
    assert_eq!(undocumented(4).await, Ok(4));
    assert_eq!(returns_future(3).await, Ok(4));
    let mut client = Client { value: 4 };
    assert_eq!(client.first().await, Ok(4));
    assert_eq!(client.second().await, Ok(5));
    assert_eq!(client.third(), Ok(client.unmarked()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn closures_do_what_they_say() {
    let value = "4".to_owned();
    let fetched = Policy::AGGRESSIVE
        .retry(async || classified(&value).await)
        .unless(|error| *error == Error::Busy)
        .on_ok(|value| *value == 0)
        .throttled(Policy::CONSERVATIVE)
        .timeout(Duration::from_secs(2))
        .deadline(Duration::from_secs(20))
        .on_retry(note)
        .on_give_up(note)
        .on_success(note)
        .fallback(|_| Ok(7))
        .name("fetch")
        .id(value.clone())
        .await;
    assert_eq!(fetched, Ok(4));
    let counted = Policy::DEFAULT
        .with_base_delay(Duration::ZERO)
        .retry_blocking_with_context(|attempt| attempt.is_last().then_some(attempt.number()))
        .on(|_| true)
        .call();
    assert_eq!(counted, Some(6));
}
