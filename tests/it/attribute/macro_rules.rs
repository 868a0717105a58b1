//! Annotated functions that come out of `macro_rules!`, with names, bodies and settings from it.

use crate::support::scripted;

use std::time::Duration;

use persevere::retry;
use scripted::Script;
use tokio::time::Instant;

/// Everything comes from the macro's arguments.
macro_rules! retried {
    (
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty,
        policy: $policy:literal, retries: $retries:expr, base: $base:expr, jitter: $jitter:expr,
        on: $pattern:pat $(if $guard:expr)?, context: $context:ident, id: $id:expr,
        $body:block
    ) => {
        $(#[$attribute])*
        #[retry(
            policy = $policy,
            max_retries = $retries,
            base_delay = $base,
            jitter = $jitter,
            on = $pattern $(if $guard)?,
            context = $context,
            id = $id
        )]
        async fn $name($($argument: $type),*) -> $output $body
    };
}

retried! {
    /// Documented in the macro's call.
    fn all_from_arguments(script: &Script<u32>, extra: u32) -> Result<u32, u32>,
    policy: "aggressive", retries: 4, base: "1s", jitter: "none",
    on: 1 | 3..=5 if extra > 0, context: attempt, id: extra + 1,
    {
        let run = script.run()?;
        Ok(run * 100 + attempt.number() * 10 + extra)
    }
}

retried! {
    fn wildcard(script: &Script<u32>) -> Result<u32, u32>,
    policy: "default", retries: 1, base: Duration::from_secs(3), jitter: "0%",
    on: _, context: attempt, id: "x",
    { if attempt.is_first() { Err(7) } else { script.run() } }
}

/// The argument and the error type are the macro's own; the body comes as an expression.
macro_rules! constant {
    ($($name:ident => $body:expr;)*) => {$(
        #[retry(on = Failed(_), base_delay = 0)]
        fn $name(script: &Script<u32>) -> Result<u32, Failed> {
            let add = $body;
            script.run().map(|run| run + add).map_err(Failed)
        }
    )*};
}

#[derive(Debug, PartialEq)]
struct Failed(u32);

constant! {
    plus_one => 1;
    plus_two => { let one = 1; one + one };
}

/// A macro that hands its arguments on to another.
macro_rules! handed_on {
    ($name:ident, $base:expr, $pattern:pat, $body:block) => {
        retried! {
            fn $name(_script: &Script<u32>) -> Result<u32, u32>,
            policy: "conservative", retries: 2, base: $base, jitter: "none",
            on: $pattern, context: _attempt, id: "x",
            $body
        }
    };
}

handed_on!(from_two_macros, 2, 1..=9, { Err(3) });

#[tokio::test(start_paused = true)]
async fn names_bodies_and_settings_from_macro_rules() {
    let begun = Instant::now();
    assert_eq!(all_from_arguments(&Script::of([1, 4]), 2).await, Ok(332));
    assert_eq!(begun.elapsed(), Duration::from_millis(2_500));
    assert_eq!(all_from_arguments(&Script::of([1, 2]), 2).await, Err(2));
    assert_eq!(all_from_arguments(&Script::of([1]), 0).await, Err(1));
    let begun = Instant::now();
    assert_eq!(wildcard(&Script::of([])).await, Ok(1));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(plus_one(&Script::of([9])), Ok(3));
    let script = Script::of([9; 9]);
    assert_eq!((plus_two(&script), script.runs()), (Err(Failed(9)), 6));
    let begun = Instant::now();
    assert_eq!(from_two_macros(&Script::of([])).await, Err(3));
    assert_eq!(begun.elapsed(), Duration::from_secs(6));
}
