//! `on = [A, B]` and `unless`: types looked for in erased errors and in chains of sources.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::error::Error;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Classify, Jitter, Policy, retry};

use self::waited::{note, note_later, waited_secs};

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("timed out")]
struct TimedOut;

#[derive(Debug, Clone, Copy, thiserror::Error, Classify)]
#[error("rate limited")]
#[retry(throttled, after = wait)]
struct RateLimited {
    wait: Option<Duration>,
}

/// Found by its type, it is retried, whatever it says itself.
#[derive(Debug, Clone, Copy, thiserror::Error, Classify)]
#[error("says that it is permanent")]
#[retry(permanent)]
struct Pessimist;

/// Says that it is transient, and is excluded by its type.
#[derive(Debug, Clone, Copy, thiserror::Error, Classify)]
#[error("excluded")]
#[retry(transient)]
struct Excluded;

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("in neither list")]
struct Other;

/// A concrete error with a source.
#[derive(Debug, thiserror::Error)]
#[error("layer")]
struct Layer<S: Error + 'static>(#[source] S);

const GENTLE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::from_secs(1));

/// Nothing here takes a timer.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What the error of one attempt led to: the wait for the only retry, if there was one.
const GIVEN_UP: &[u64] = &[];
const TRANSIENT: &[u64] = &[5];
const THROTTLED: &[u64] = &[1];
const AFTER_7_S: &[u64] = &[7];

/// Runs the async and the blocking function below with that error type; both must agree.
#[rustfmt::skip] // it would indent the attributes further each time
macro_rules! waits_of {
    ($error:ty, $make:expr) => {{
        #[retry(
            on = [TimedOut, RateLimited, Pessimist],
            unless = [Excluded],
            policy = "conservative",
            max_retries = 1,
            throttled = GENTLE,
            sleep = note_later
        )]
        async fn later(make: &dyn Fn() -> $error) -> Result<(), $error> {
            Err(make())
        }

        #[retry(
            on = [TimedOut, RateLimited, Pessimist],
            unless = [Excluded],
            policy = "conservative",
            max_retries = 1,
            throttled = GENTLE,
            sleep = note
        )]
        fn now(make: &dyn Fn() -> $error) -> Result<(), $error> {
            Err(make())
        }

        let make: &dyn Fn() -> $error = &$make;
        let failed = block_on(later(make)).is_err();
        let later = waited_secs();
        assert!(now(make).is_err() && failed);
        assert_eq!(waited_secs(), later, "blocking and async");
        later
    }};
}

#[test]
fn anyhow_errors_with_and_without_context() {
    use anyhow::Context as _;
    let fails = |error: Result<(), anyhow::Error>| error.unwrap_err();
    assert_eq!(waits_of!(anyhow::Error, || TimedOut.into()), TRANSIENT);
    assert_eq!(waits_of!(anyhow::Error, || Other.into()), GIVEN_UP);
    assert_eq!(waits_of!(anyhow::Error, || anyhow::anyhow!("only words")), GIVEN_UP);
    assert_eq!(
        waits_of!(anyhow::Error, || fails(Err(TimedOut).context("fetching").context("evaluating"))),
        TRANSIENT
    );
    assert_eq!(
        waits_of!(anyhow::Error, || fails(Err(Layer(TimedOut)).context("fetching"))),
        TRANSIENT
    );
    assert_eq!(
        waits_of!(anyhow::Error, || fails(Err(Layer(Excluded)).context("fetching"))),
        GIVEN_UP
    );
}

#[test]
fn eyre_reports() {
    use eyre::WrapErr as _;
    let fails = |error: Result<(), eyre::Report>| error.unwrap_err();
    assert_eq!(waits_of!(eyre::Report, || TimedOut.into()), TRANSIENT);
    assert_eq!(waits_of!(eyre::Report, || Other.into()), GIVEN_UP);
    assert_eq!(
        waits_of!(eyre::Report, || fails(Err(TimedOut).wrap_err("fetching").wrap_err("again"))),
        TRANSIENT
    );
    assert_eq!(waits_of!(eyre::Report, || eyre::eyre!("only words")), GIVEN_UP);
}

#[test]
fn boxed_and_shared_errors() {
    assert_eq!(waits_of!(Box<dyn Error>, || TimedOut.into()), TRANSIENT);
    assert_eq!(waits_of!(Box<dyn Error>, || "only words".into()), GIVEN_UP);
    assert_eq!(waits_of!(Box<dyn Error + Send>, || Box::new(Layer(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(Box<dyn Error + Send + Sync>, || TimedOut.into()), TRANSIENT);
    assert_eq!(waits_of!(Box<dyn Error + Send + Sync>, || Excluded.into()), GIVEN_UP);
    assert_eq!(waits_of!(Arc<dyn Error>, || Arc::new(TimedOut)), TRANSIENT);
    assert_eq!(waits_of!(Arc<dyn Error + Send + Sync>, || Arc::new(Layer(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(Arc<dyn Error + Send + Sync>, || Arc::new(Other)), GIVEN_UP);
    assert_eq!(waits_of!(Rc<dyn Error>, || Rc::new(TimedOut)), TRANSIENT);
}

#[test]
fn concrete_errors_and_what_is_behind_pointers_to_them() {
    assert_eq!(waits_of!(TimedOut, || TimedOut), TRANSIENT);
    assert_eq!(waits_of!(Other, || Other), GIVEN_UP);
    assert_eq!(waits_of!(Layer<TimedOut>, || Layer(TimedOut)), TRANSIENT);
    assert_eq!(waits_of!(Layer<Other>, || Layer(Other)), GIVEN_UP);
    assert_eq!(waits_of!(Box<TimedOut>, || Box::new(TimedOut)), TRANSIENT);
    assert_eq!(waits_of!(Arc<Layer<TimedOut>>, || Arc::new(Layer(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(Layer<Box<TimedOut>>, || Layer(Box::new(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(Layer<Arc<TimedOut>>, || Layer(Arc::new(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(Layer<Box<Excluded>>, || Layer(Box::new(Excluded))), GIVEN_UP);
    let limited = || RateLimited { wait: Some(Duration::from_secs(7)) };
    assert_eq!(waits_of!(Layer<Box<RateLimited>>, || Layer(Box::new(limited()))), AFTER_7_S);
}

#[test]
fn an_io_error_is_seen_through() {
    assert_eq!(waits_of!(io::Error, || io::Error::other(TimedOut)), TRANSIENT);
    assert_eq!(waits_of!(io::Error, || io::Error::other(Layer(TimedOut))), TRANSIENT);
    assert_eq!(waits_of!(io::Error, || io::Error::other(Excluded)), GIVEN_UP);
    assert_eq!(waits_of!(io::Error, || io::ErrorKind::TimedOut.into()), GIVEN_UP);
    assert_eq!(
        waits_of!(anyhow::Error, || Layer(io::Error::other(Layer(TimedOut))).into()),
        TRANSIENT
    );
}

/// An error with `depth` sources, the last of them `root`.
fn deep(depth: usize, root: impl Error + Send + Sync + 'static) -> Box<dyn Error + Send + Sync> {
    #[derive(Debug, thiserror::Error)]
    #[error("deep")]
    struct Deep(#[source] Box<dyn Error + Send + Sync>);
    (0..depth).fold(Box::new(root), |source, _| Box::new(Deep(source)))
}

#[test]
fn chains_are_searched_to_their_end() {
    type Boxed = Box<dyn Error + Send + Sync>;
    for depth in [0, 1, 2, 50] {
        assert_eq!(waits_of!(Boxed, move || deep(depth, TimedOut)), TRANSIENT, "{depth}");
        assert_eq!(waits_of!(Boxed, move || deep(depth, Other)), GIVEN_UP, "{depth}");
    }
}

#[test]
fn exclusion_wins() {
    /// Both types are in the chain.
    #[derive(Debug, thiserror::Error)]
    #[error("both")]
    struct Both(#[source] Layer<TimedOut>);
    #[derive(Debug, thiserror::Error, Classify)]
    #[error("a verdict of its own")]
    #[retry(transient)]
    struct Optimist(#[source] Excluded);
    #[retry(on = [TimedOut], unless = [Layer<TimedOut>], base_delay = 0)]
    fn by_outer(calls: &mut u32) -> Result<(), Both> {
        *calls += 1;
        Err(Both(Layer(TimedOut)))
    }
    #[retry(unless = [Excluded], base_delay = 0)]
    fn over_classify(calls: &mut u32) -> Result<(), Optimist> {
        *calls += 1;
        Err(Optimist(Excluded))
    }
    #[retry(on = [TimedOut], unless = error if error.to_string().contains("for good"), base_delay = 0)]
    async fn by_pattern(calls: &mut u32, context: &'static str) -> anyhow::Result<()> {
        *calls += 1;
        Err(anyhow::Error::from(TimedOut).context(context))
    }
    let mut calls = 0;
    assert!(by_outer(&mut calls).is_err());
    assert!(over_classify(&mut calls).is_err());
    assert_eq!(calls, 2, "one attempt each");
    let run = |context| {
        let mut calls = 0;
        let failed = block_on(by_pattern(&mut calls, context)).is_err();
        (failed, calls)
    };
    assert_eq!(run("for good"), (true, 1));
    assert_eq!(run("for now"), (true, 6));
}

#[test]
fn a_pattern_may_include_where_types_exclude() {
    #[retry(on = _, unless = [Excluded, TimedOut], base_delay = 0)]
    fn all_but(calls: &mut u32, error: &Rc<dyn Error>) -> Result<(), Rc<dyn Error>> {
        *calls += 1;
        Err(Rc::clone(error))
    }
    let attempts = |error: Rc<dyn Error>| {
        let mut calls = 0;
        assert!(all_but(&mut calls, &error).is_err());
        calls
    };
    assert_eq!(attempts(Rc::new(Layer(Excluded))), 1);
    assert_eq!(attempts(Rc::new(TimedOut)), 1);
    assert_eq!(attempts(Rc::new(Other)), 6);
}

#[test]
fn the_error_found_says_how_long_to_wait() {
    let limited = |seconds: Option<u64>| RateLimited { wait: seconds.map(Duration::from_secs) };
    assert_eq!(waits_of!(anyhow::Error, || limited(Some(7)).into()), AFTER_7_S);
    assert_eq!(waits_of!(anyhow::Error, || limited(None).into()), THROTTLED);
    assert_eq!(
        waits_of!(Box<dyn Error>, || Box::new(Layer(io::Error::other(limited(Some(7)))))),
        AFTER_7_S
    );
    assert_eq!(waits_of!(Layer<RateLimited>, || Layer(limited(None))), THROTTLED);
    // The list decides whether to retry, not the error found.
    assert_eq!(waits_of!(anyhow::Error, || Pessimist.into()), TRANSIENT);
}

#[test]
fn when_must_agree_with_the_list() {
    const STEADY: Policy = Policy::CONSERVATIVE.with_jitter(Jitter::None).with_max_retries(1);
    #[retry(on = [RateLimited], when = |_| agrees, policy = STEADY, throttled = GENTLE, sleep = note)]
    fn both(agrees: bool, wait: Option<Duration>) -> anyhow::Result<()> {
        Err(RateLimited { wait }.into())
    }
    let waits = |agrees, wait: Option<u64>| {
        assert!(both(agrees, wait.map(Duration::from_secs)).is_err());
        waited_secs()
    };
    assert_eq!(waits(true, None), THROTTLED);
    assert_eq!(waits(true, Some(7)), AFTER_7_S);
    assert_eq!(waits(false, Some(7)), GIVEN_UP);
}
