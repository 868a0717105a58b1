//! Names: whatever the user calls things, the expansion neither takes nor gives one.
#![allow(clippy::needless_pass_by_value, clippy::unused_async, reason = "the forms under test")]

use persevere::retry;

/// Ends the first two attempts of a thread, so that each case goes through the whole loop.
mod flaky {
    use std::cell::Cell;

    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }

    /// Fails twice, then gives how often it was called, and starts afresh.
    pub(super) fn call() -> Result<u32, Busy> {
        let calls = CALLS.get() + 1;
        CALLS.set(calls % 3);
        if calls < 3 { Err(Busy) } else { Ok(calls) }
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(super) struct Busy;

    impl From<persevere::Rejection> for Busy {
        fn from(_: persevere::Rejection) -> Self {
            Self
        }
    }

    impl persevere::Classify for Busy {
        fn classify(&self) -> persevere::Verdict {
            persevere::Verdict::TRANSIENT
        }
    }
}

use flaky::Busy;

/// The expansion's own names, all of them, as arguments and as variables.
macro_rules! names {
    ($id:ident; $($argument:ident)*; $($variable:ident)*) => {
        #[allow(clippy::too_many_arguments, reason = "one for each name")]
        #[retry(on = _, base_delay = 0)]
        fn named_blocking($($argument: u32),*) -> Result<u32, Busy> {
            $(let $variable = 10;)*
            Ok(flaky::call()? $(+ $argument)* $(+ $variable)*)
        }

        #[allow(clippy::too_many_arguments, reason = "one for each name")]
        #[retry(context = attempt, id = $id, deadline = "1h")]
        async fn named($($argument: u32),*) -> Result<u32, Busy> {
            $(let $variable = 10;)*
            Ok(flaky::call()? $(+ $argument)* $(+ $variable)* + attempt.retries())
        }

        #[test]
        fn no_name_is_taken_from_a_blocking_function() {
            let names = 0 $(+ one(stringify!($argument)))*;
            let variables = 0 $(+ one(stringify!($variable)))*;
            assert_eq!(named_blocking($(one(stringify!($argument))),*), Ok(3 + names + 10 * variables));
        }

        #[tokio::test(start_paused = true)]
        async fn no_name_is_taken_from_an_async_function() {
            let names = 0 $(+ one(stringify!($argument)))*;
            let variables = 0 $(+ one(stringify!($variable)))*;
            let sum = named($(one(stringify!($argument))),*).await;
            assert_eq!(sum, Ok(3 + names + 10 * variables + 2));
        }
    };
}

const fn one(_name: &str) -> u32 {
    1
}

names! {
    __error;
    __retry __outcome __next __error __own0 __kept0 __apart __whole __decision __ended __call
    __policy __throttled __verdict __goes_on __value __rest __timeline __earlier __slept __sleep
    retry attempt policy state outcome next own r#type r#match r#async;
    __attempt __never __matched __found __chain decide settle site event delay r#loop r#fn
}

#[retry(on = _, base_delay = 0)]
fn raw(r#type: &str, r#in: u32) -> Result<u32, Busy> {
    let r#break = r#in;
    Ok(flaky::call()? + r#break + u32::from(r#type.is_empty()))
}

#[retry(on = _, base_delay = 0, clone(r#struct), id = r#struct)]
fn r#dyn(r#struct: String, mut r#use: u32) -> Result<usize, Busy> {
    r#use += 1;
    flaky::call()?;
    Ok(r#struct.into_bytes().len() + r#use as usize)
}

#[test]
fn raw_identifiers() {
    assert_eq!(raw("", 4), Ok(8));
    assert_eq!(r#dyn("ab".to_owned(), 1), Ok(4));
}

/// Everything the prelude offers means something else here.
mod shadowed {
    #![allow(
        dead_code,
        non_snake_case,
        non_upper_case_globals,
        unused_macros,
        clippy::unnecessary_wraps,
        reason = "the names under test"
    )]

    use super::{Busy, flaky};
    use ::persevere::retry;

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod alloc {}
    pub(super) mod persevere {}

    type Result<T> = ::std::result::Result<T, Busy>;
    struct Option;
    struct Box;
    struct String;
    struct Policy;
    struct Duration;
    struct Verdict;
    trait Outcome {}
    trait Future {}
    trait Into {}
    trait Clone {}
    trait Copy {}

    const Some: u8 = 1;
    const None: u8 = 2;
    const fn Ok(value: u32) -> Result<u32> {
        Result::Ok(value)
    }
    const fn Err(error: Busy) -> Result<u32> {
        Result::Err(error)
    }
    const fn attempt() -> u32 {
        5
    }
    const fn drop() {}
    const fn decided() -> u32 {
        7
    }

    macro_rules! concat {
        ($($any:tt)*) => {
            compile_error!("the user's own macro")
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("the user's own macro")
        };
    }

    #[retry(base_delay = 0, max_retries = 3, clone(text), on_retry = |_| drop())]
    pub(super) fn blocking(text: ::std::string::String) -> Result<u32> {
        let length = u32::try_from(text.len()).map_err(|_| Busy)?;
        Ok(flaky::call()? + attempt() + decided() + length)
    }

    #[retry(context = __attempt, deadline = "1h", policy = "aggressive", id = "shadowed")]
    pub(super) async fn waiting() -> Result<u32> {
        if __attempt.is_first() {
            return Err(Busy);
        }
        Ok(flaky::call()? + attempt())
    }

    #[retry(on_ok = 3, base_delay = 0)]
    pub(super) fn polled() -> Result<u32> {
        match flaky::call() {
            Result::Ok(3) if __RETRY.fetch_add(1, ::std::sync::atomic::Ordering::Relaxed) > 0 => {
                Ok(4)
            }
            other => other,
        }
    }

    static __RETRY: ::std::sync::atomic::AtomicU32 = ::std::sync::atomic::AtomicU32::new(0);
    static SITE: u8 = 0;

    #[derive(persevere_derive::Classify)]
    #[retry(transient)]
    struct Derived;

    use ::persevere as persevere_derive;
}

#[tokio::test(start_paused = true)]
async fn names_of_the_prelude_may_mean_something_else() {
    assert_eq!(shadowed::blocking("ab".to_owned()), Ok(3 + 5 + 7 + 2));
    assert_eq!(shadowed::polled(), Ok(4));
    assert_eq!(shadowed::waiting().await, Ok(3 + 5));
}

mod generics {
    use super::{Busy, flaky, retry};

    #[retry(on = _, base_delay = 0)]
    pub(super) fn blocking<T: Copy, F: Fn(T) -> O, O: Into<u32>, E: From<Busy>>(
        value: T,
        function: F,
    ) -> Result<u32, E> {
        Ok(flaky::call()? + function(value).into())
    }

    #[retry(on = _, clone(item))]
    pub(super) async fn waiting<T: Clone, F, O, E>(item: T, function: F) -> Result<O, E>
    where
        F: Fn(T) -> O,
        E: From<Busy>,
    {
        flaky::call()?;
        Ok(function(item))
    }
}

#[tokio::test(start_paused = true)]
async fn generics_of_any_name() {
    assert_eq!(generics::blocking::<_, _, u8, Busy>(2_u8, |value| value), Ok(5));
    let length = generics::waiting::<_, _, _, Busy>("ab".to_owned(), |text| text.len());
    assert_eq!(length.await, Ok(2));
}

/// Names that come from `macro_rules!` keep their own hygiene.
macro_rules! sums {
    ($name:ident($argument:ident) => $body:expr) => {
        #[retry(on = _, base_delay = 0, context = attempt, id = $argument)]
        fn $name($argument: u32, hidden: u32) -> Result<u32, Busy> {
            let local = || attempt.number() + hidden;
            let called = flaky::call()?;
            Ok($body + local() + called)
        }
    };
}

fn local() -> u32 {
    100
}

sums!(from_macro(argument) => argument + local());

#[test]
fn names_from_macro_rules() {
    assert_eq!(from_macro(1, 10), Ok(1 + 100 + (3 + 10) + 3));
}

#[retry(on = _, base_delay = 0)]
fn labels(rows: &[u32]) -> Result<u32, Busy> {
    let mut sum = flaky::call()?;
    'retry: loop {
        for row in rows {
            if *row > 2 {
                break 'retry;
            }
            sum += row;
        }
    }
    Ok(sum)
}

#[test]
fn labels_and_nested_functions() {
    #[retry(on = _, base_delay = 0)]
    fn outer() -> Result<u32, Busy> {
        #[retry(on = _, base_delay = 0)]
        fn attempt() -> Result<u32, Busy> {
            flaky::call()
        }
        const SITE: u32 = 4;
        Ok(attempt()? + SITE)
    }
    assert_eq!(labels(&[1, 2, 3]), Ok(6));
    assert_eq!(outer(), Ok(7));
}
