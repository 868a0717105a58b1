//! Which failures are retried, how often, and what the caller gets in the end.

use crate::support::scripted;

use std::fmt;
use std::io;

use persevere::{Classify, Verdict, retry};
use scripted::Script;

#[derive(Clone, Debug, PartialEq)]
enum Error {
    Busy,
    Status(u16),
    Broken,
}

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Status(429) => Verdict::THROTTLED,
            Self::Busy | Self::Status(500..) => Verdict::TRANSIENT,
            Self::Status(_) | Self::Broken => Verdict::PERMANENT,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {}

const ALL: [Error; 5] =
    [Error::Busy, Error::Status(429), Error::Status(503), Error::Status(404), Error::Broken];

/// Which of [`ALL`] are retried by `call`; of the others, that the caller gets them unchanged.
async fn retried(call: impl AsyncFn(&Script<Error>) -> Result<u32, Error>) -> Vec<Error> {
    let mut retried = Vec::new();
    for failure in ALL {
        let script = Script::of([failure.clone()]);
        match call(&script).await {
            Ok(run) => {
                assert_eq!(run, 2);
                retried.push(failure);
            }
            Err(error) => assert_eq!((error, script.runs()), (failure, 1)),
        }
    }
    retried
}

#[retry]
async fn by_classify(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = Error::Broken | Error::Status(400..=499))]
async fn on_patterns(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = Error::Status(status) if *status != 404)]
async fn on_guarded(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = _)]
async fn on_all(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = _ if script.runs() < limit)]
async fn on_guard_over_arguments(script: &Script<Error>, limit: u32) -> Result<u32, Error> {
    script.run()
}

fn is_broken(error: &Error) -> bool {
    *error == Error::Broken
}

#[retry(when = is_broken)]
async fn when_path(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(when = |error| match error {
    Error::Status(404) => Verdict::THROTTLED,
    Error::Broken => Verdict::TRANSIENT,
    _ => Verdict::PERMANENT,
})]
async fn when_verdict(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = Error::Status(_) | Error::Broken, when = Classify::classify)]
async fn on_and_when(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = _, when = is_broken)]
async fn on_all_and_when(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn without_on_and_when_the_error_decides() {
    assert_eq!(retried(by_classify).await, [Error::Busy, Error::Status(429), Error::Status(503)]);
}

#[tokio::test(start_paused = true)]
async fn on_alone_decides_even_against_the_error() {
    assert_eq!(retried(on_patterns).await, [Error::Status(429), Error::Status(404), Error::Broken]);
    assert_eq!(retried(on_guarded).await, [Error::Status(429), Error::Status(503)]);
    assert_eq!(retried(on_all).await, ALL);
}

#[tokio::test(start_paused = true)]
async fn a_guard_borrows_the_arguments() {
    let script = Script::of(ALL);
    assert_eq!(on_guard_over_arguments(&script, 3).await, Err(Error::Status(503)));
    assert_eq!(script.runs(), 3);
}

#[tokio::test(start_paused = true)]
async fn when_alone_decides_even_against_the_error() {
    assert_eq!(retried(when_path).await, [Error::Broken]);
    assert_eq!(retried(when_verdict).await, [Error::Status(404), Error::Broken]);
}

#[tokio::test(start_paused = true)]
async fn on_and_when_must_agree() {
    assert_eq!(retried(on_and_when).await, [Error::Status(429), Error::Status(503)]);
    assert_eq!(retried(on_all_and_when).await, [Error::Broken]);
}

#[tokio::test(start_paused = true)]
async fn each_failure_is_judged_anew() {
    let script = Script::of([Error::Busy, Error::Status(503), Error::Broken, Error::Busy]);
    assert_eq!(by_classify(&script).await, Err(Error::Broken));
    assert_eq!(script.runs(), 3);
}

struct Client {
    script: Script<Error>,
    tolerated: Vec<Error>,
    broken: bool,
}

impl Client {
    fn tolerates(&self, error: &Error) -> bool {
        self.tolerated.contains(error)
    }

    #[retry(when = |error| self.tolerates(error) && *error != never)]
    async fn shared(&self, never: Error) -> Result<u32, Error> {
        self.script.run()
    }

    #[retry(when = |error| !self.broken && self.tolerates(error))]
    async fn unique(&mut self) -> Result<u32, Error> {
        let outcome = self.script.run();
        self.broken = self.script.runs() == 2;
        outcome
    }

    #[retry(when = |error: &Error| allowed.contains(error), base_delay = 0)]
    fn blocking(&self, allowed: &[Error]) -> Result<u32, Error> {
        self.script.run()
    }
}

#[tokio::test(start_paused = true)]
async fn when_borrows_self_and_arguments() {
    let client = |failures: [Error; 3]| Client {
        script: Script::of(failures),
        tolerated: vec![Error::Busy, Error::Broken],
        broken: false,
    };
    let failures = || [Error::Busy, Error::Broken, Error::Busy];
    assert_eq!(client(failures()).shared(Error::Status(404)).await, Ok(4));
    assert_eq!(client(failures()).shared(Error::Broken).await, Err(Error::Broken));
    assert_eq!(client(failures()).unique().await, Err(Error::Broken));
    assert_eq!(client(failures()).blocking(&[Error::Broken, Error::Busy]), Ok(4));
    assert_eq!(client(failures()).blocking(&[Error::Busy]), Err(Error::Broken));
}

#[retry(on = _, max_retries = 0)]
async fn never(script: &Script<u32>) -> Result<u32, u32> {
    script.run()
}

#[retry(on = _, max_retries = 1)]
async fn once(script: &Script<u32>) -> Result<u32, u32> {
    script.run()
}

#[retry(on = _, max_retries = 17)]
async fn often(script: &Script<u32>) -> Result<u32, u32> {
    script.run()
}

#[retry(on = _, max_retries = 4, base_delay = 0)]
fn blocking(script: &Script<u32>) -> Result<u32, u32> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn max_retries_counts_attempts_after_the_first_and_the_last_failure_is_returned() {
    let script = Script::of(1..100);
    assert_eq!((never(&script).await, script.runs()), (Err(1), 1));
    let script = Script::of(1..100);
    assert_eq!((once(&script).await, script.runs()), (Err(2), 2));
    let script = Script::of(1..100);
    assert_eq!((often(&script).await, script.runs()), (Err(18), 18));
    let script = Script::of(1..100);
    assert_eq!((blocking(&script), script.runs()), (Err(5), 5));
    assert_eq!(often(&Script::of(1..18)).await, Ok(18));
    assert_eq!(blocking(&Script::of(1..5)), Ok(5));
}

/// Neither `Classify` nor anything else.
struct Opaque(u32);

#[retry(on = Opaque(..3))]
async fn opaque(script: &Script<Opaque>) -> Result<u32, Opaque> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn an_error_type_needs_no_traits_under_on() {
    assert!(matches!(opaque(&Script::of([Opaque(1), Opaque(2)])).await, Ok(3)));
    assert!(matches!(opaque(&Script::of([Opaque(1), Opaque(3)])).await, Err(Opaque(3))));
}

/// What fails is moved to the caller, not copied: its buffer stays where it was.
#[retry(on = _, max_retries = 1, base_delay = 0)]
fn boxed(script: &Script<Box<u32>>) -> Result<u32, Box<u32>> {
    script.run()
}

#[test]
fn the_caller_gets_its_own_last_error() {
    let failures = [Box::new(1), Box::new(2)];
    let last: *const u32 = &raw const *failures[1];
    let error = boxed(&Script::of(failures)).unwrap_err();
    assert_eq!(*error, 2);
    assert!(std::ptr::eq(last, &raw const *error));
}

#[retry(on = _, max_retries = 2)]
async fn option(script: &Script<()>) -> Option<u32> {
    script.run().ok()
}

#[retry(when = |_| script.runs() < 2, base_delay = 0)]
fn option_when(script: &Script<()>) -> Option<u32> {
    script.run().ok()
}

#[tokio::test(start_paused = true)]
async fn none_is_a_failure_where_the_keys_say_so() {
    let script = Script::of([(); 2]);
    assert_eq!((option(&script).await, script.runs()), (Some(3), 3));
    let script = Script::of([(); 9]);
    assert_eq!((option(&script).await, script.runs()), (None, 3));
    let script = Script::of([(); 9]);
    assert_eq!((option_when(&script), script.runs()), (None, 2));
}

#[retry]
async fn io_alias(script: &Script<io::ErrorKind>) -> io::Result<u32> {
    Ok(script.run()?)
}

#[retry(on = error if error.kind() == io::ErrorKind::NotFound, base_delay = 0)]
fn io_alias_on(script: &Script<io::ErrorKind>) -> io::Result<u32> {
    Ok(script.run()?)
}

#[retry(on = _)]
async fn anyhow_alias(script: &Script<Error>) -> anyhow::Result<u32> {
    Ok(script.run()?)
}

#[retry(when = |error| error.downcast_ref::<Error>().is_some_and(|error| error.classify().is_retryable()))]
async fn anyhow_when(script: &Script<Error>) -> anyhow::Result<u32> {
    Ok(script.run()?)
}

#[tokio::test(start_paused = true)]
async fn aliases_of_result() {
    let busy = [io::ErrorKind::TimedOut, io::ErrorKind::ConnectionReset];
    assert_eq!(io_alias(&Script::of(busy)).await.unwrap(), 3);
    let script = Script::of([io::ErrorKind::NotFound]);
    assert_eq!(io_alias(&script).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(script.runs(), 1);
    assert_eq!(io_alias_on(&script).unwrap(), 2);
    assert_eq!(io_alias_on(&Script::of([io::ErrorKind::NotFound])).unwrap(), 2);
    assert_eq!(anyhow_alias(&Script::of(ALL)).await.unwrap(), 6);
    let error = anyhow_when(&Script::of([Error::Busy, Error::Broken])).await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Error::Broken));
}
