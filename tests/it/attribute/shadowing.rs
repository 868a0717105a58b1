//! Items and methods in scope that have the names of the prelude's, the standard library's or our
//! own are not what the expansion uses.
#![deny(warnings, clippy::pedantic)]

use crate::support::scripted;

use std::cell::RefCell;
use std::fmt::Display;
use std::time::Duration;

use persevere::{Event, retry};
use scripted::Script;

/// Items and types that shadow the prelude, the standard library and our own names.
mod shadowed {
    #![allow(dead_code, reason = "they stand in the way")]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod persevere {}
    pub(super) mod tokio {}

    pub(super) enum Option {
        Some,
        None,
        Ok,
        Err,
    }
    #[allow(unused_imports, reason = "they stand in the way")]
    use Option::{Err, None, Ok, Some};

    pub(super) type Result<T> = ::std::result::Result<T, Error>;
    pub(super) struct Vec;
    pub(super) struct String;
    pub(super) struct Box;
    pub(super) trait Default {}
    pub(super) trait Clone {}
    pub(super) trait Copy {}
    pub(super) trait Sized {}
    pub(super) trait Send {}
    pub(super) trait Fn {}
    pub(super) trait FnOnce {}
    pub(super) trait Future {}
    pub(super) struct Retry;
    pub(super) struct Policy;
    pub(super) struct Verdict;
    pub(super) struct Duration;
    pub(super) struct Probe;
    pub(super) static SITE: u32 = 1;

    pub(super) fn attempt() {}
    pub(super) fn parts_of() {}
    pub(super) fn hook() {}
    pub(super) fn drop() {}

    macro_rules! concat {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }
    concat!();
    module_path!();

    #[derive(Debug, PartialEq, ::persevere::Classify)]
    pub(super) enum Error {
        #[retry(transient)]
        Busy,
        #[retry(throttled, after = 0)]
        Slow(::std::time::Duration),
        #[retry(when = |code, _| *code > 499)]
        Status(u16, u16),
        #[retry(forward)]
        Rejected(::persevere::Rejection),
    }

    impl ::std::convert::From<::persevere::Rejection> for Error {
        fn from(rejection: ::persevere::Rejection) -> Self {
            Self::Rejected(rejection)
        }
    }

    #[::persevere::retry(
        timeout = "2s",
        deadline = "1h",
        throttled = "aggressive",
        unless = Error::Status(404, _),
        on_ok = 0,
        context = reported,
        on_retry = |event| log.push(event.attempt()),
        on_give_up = async |_| {},
        fallback = ::std::result::Result::Err
    )]
    pub(super) async fn asynchronous(
        script: &super::Script<Error>,
        mut first: u32,
        log: &mut ::std::vec::Vec<u32>,
    ) -> Result<u32> {
        first += script.run()?;
        ::std::result::Result::Ok(if reported.is_first() { 0 } else { first })
    }

    #[::persevere::retry(
        base_delay = 0,
        clone(second),
        id = second.len(),
        on_success = |event| log.push(event.attempt())
    )]
    pub(super) fn blocking(
        script: &super::Script<Error>,
        second: ::std::vec::Vec<u32>,
        log: &mut ::std::vec::Vec<u32>,
    ) -> Result<u32> {
        script.run().map(|run| run + second.into_iter().sum::<u32>())
    }

    static PLACES: ::persevere::Bulkhead = ::persevere::Bulkhead::new(1);

    #[::persevere::retry(
        bulkhead = PLACES,
        hedge(after = "p95", max = 2),
        timeout = "2s",
        deadline = "1h",
        on_ok = 0,
        clone(second)
    )]
    pub(super) async fn layered(
        script: &super::Script<Error>,
        second: ::std::vec::Vec<u32>,
    ) -> Result<u32> {
        script.run().map(|run| run + second.into_iter().sum::<u32>())
    }

    #[::persevere::retry(on = [::std::io::Error], base_delay = 0)]
    pub(super) fn erased(script: &super::Script<::std::io::Error>) -> ::anyhow::Result<u32> {
        ::std::result::Result::Ok(script.run()?)
    }
}

/// Methods that everything has, named as those that the expansion calls.
mod methods_of_everything {
    use super::{Display, Duration, Event, RefCell, Script, retry};

    /// By reference, as the expansion's own are.
    trait ByReference {
        fn text(&self) -> u32 {
            1
        }
        fn hint(&self) -> u32 {
            2
        }
        fn error(&self) -> u32 {
            3
        }
        fn answer(&mut self) -> u32 {
            4
        }
    }
    impl<T: ?Sized> ByReference for T {}

    /// By value, which method calls try first.
    #[allow(clippy::wrong_self_convention, reason = "the form under test")]
    trait ByValue: Sized {
        fn take(self) -> u32 {
            5
        }
        fn is_some(self) -> u32 {
            6
        }
        fn is_none(self) -> u32 {
            7
        }
        fn cut(self) -> u32 {
            8
        }
        fn after(self) -> u32 {
            9
        }
        fn retries(self) -> u32 {
            10
        }
        fn succeeds(self) -> u32 {
            11
        }
        fn gives_up(self) -> u32 {
            12
        }
        fn next(self) -> u32 {
            13
        }
        fn failed(self) -> u32 {
            14
        }
        fn id(self) -> u32 {
            15
        }
        fn as_ref(self) -> u32 {
            16
        }
    }
    impl<T> ByValue for T {}

    #[derive(Debug, thiserror::Error, persevere::Classify)]
    #[error("failed with {0}")]
    #[retry(transient)]
    pub(super) struct Failed(pub(super) u32);

    impl From<persevere::Rejection> for Failed {
        fn from(_: persevere::Rejection) -> Self {
            Self(0)
        }
    }

    #[allow(clippy::unused_async, reason = "the form under test")]
    async fn notify(log: &RefCell<Vec<String>>, event: &Event<'_>) {
        log.borrow_mut().push(event.to_string());
    }

    #[retry(
        on = Failed(1..),
        on_ok = 2,
        timeout = "2s",
        deadline = "1h",
        jitter = "none",
        name = "f",
        id = id,
        context = reported,
        on_retry = async |event| notify(log, event).await,
        on_give_up = |event| log.borrow_mut().push(event.to_string()),
        on_success = async |event| notify(log, event).await,
        fallback = async |error| Err(error)
    )]
    pub(super) async fn asynchronous(
        script: &Script<Failed>,
        log: &RefCell<Vec<String>>,
        id: impl Display + Sync,
    ) -> Result<u32, Failed> {
        let sum =
            7.text() + 7.hint() + 7.error() + reported.number().answer() + 7.take() + 7.is_some();
        script.run().map(|run| if run < 3 { run } else { run * 100 + sum })
    }

    #[retry(on = Failed(1..), hedge(after = "p95", max = 2), timeout = "2s", bulkhead = PLACES)]
    pub(super) async fn layered(script: &Script<Failed>) -> Result<u32, Failed> {
        script.run()
    }

    static PLACES: persevere::Bulkhead = persevere::Bulkhead::new(1);

    #[retry(
        on = [Failed],
        base_delay = 0,
        deadline = Duration::from_mins(1),
        id = script.runs(),
        on_success = |event| log.borrow_mut().push(event.attempt().to_string())
    )]
    pub(super) fn blocking(
        script: &Script<Failed>,
        log: &RefCell<Vec<String>>,
    ) -> Result<u32, Failed> {
        let sum = 7.is_none() + 7.cut() + 7.after() + 7.retries() + 7.succeeds() + 7.gives_up();
        let more = 7.next() + 7.failed() + 7.id() + 7.as_ref();
        script.run().map(|run| run * 1_000 + sum + more)
    }
}

#[tokio::test(start_paused = true)]
async fn items_that_shadow_are_not_used() {
    use shadowed::Error;
    let (script, mut log) = (Script::of([]), Vec::new());
    assert_eq!(shadowed::asynchronous(&script, 40, &mut log).await, Ok(42));
    let script = Script::of([Error::Slow(Duration::from_secs(1)), Error::Status(404, 0)]);
    assert_eq!(shadowed::asynchronous(&script, 0, &mut log).await, Err(Error::Status(404, 0)));
    assert_eq!(log, [1, 1]);
    let script = Script::of([Error::Busy, Error::Status(500, 0)]);
    assert_eq!(shadowed::blocking(&script, vec![4, 3], &mut log), Ok(10));
    assert_eq!(log, [1, 1, 3]);
    let script = Script::of([Error::Busy]);
    assert_eq!(shadowed::layered(&script, vec![4, 3]).await, Ok(9));
    let script = Script::of([std::io::ErrorKind::NotFound.into()]);
    assert_eq!(shadowed::erased(&script).ok(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn methods_of_everything_are_not_called() {
    use methods_of_everything::{Failed, asynchronous, blocking, layered};
    let log = RefCell::new(Vec::new());
    let script = Script::of([Failed(4)]);
    assert_eq!(asynchronous(&script, &log, "x").await.ok(), Some(321));
    assert_eq!(
        log.take(),
        [
            "f[x]: attempt 1 of 6 failed: failed with 4; retrying in 2 s",
            "f[x]: attempt 2 of 6 returned a value to wait on; retrying in 4 s",
            "f[x]: attempt 3 of 6 succeeded after 6 s of waiting",
        ]
    );
    assert_eq!(blocking(&Script::of([Failed(1), Failed(2)]), &log).ok(), Some(3_115));
    assert_eq!(log.take(), ["3"]);
    assert_eq!(layered(&Script::of([Failed(4)])).await.ok(), Some(2));
}
