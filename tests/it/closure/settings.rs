//! Whatever stands beside a call's policy, in its own type: what is seen of it is the same where that has
//! nothing to do.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::future::{IntoFuture, ready};
use std::time::Duration;

use persevere::{Budget, Event, EventKind, Policy};
use proptest::prelude::*;
use tokio::time::Instant;

use crate::support::classes::Error;
use crate::support::paused;

const STEADY: Policy = Policy::CONSERVATIVE.with_max_retries(3);

/// What a hook hears: the kind, the attempt, the sum of the waits, the error, and who calls.
type Heard = (EventKind, u32, Duration, Option<String>, &'static str);

/// All that is to be seen of a call: what it returns, the number of its attempts, its time, and its events.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Result<u8, Error>,
    attempts: usize,
    took: Duration,
    heard: Vec<Heard>,
}

#[derive(Clone, Copy, Debug)]
enum Beside {
    Nothing,
    ABudget,
    AnId,
}

/// Outcomes one after the other, the last one for ever.
struct Script<'a> {
    outcomes: &'a [Result<u8, Error>],
    attempts: RefCell<usize>,
    heard: RefCell<Vec<Heard>>,
}

impl Script<'_> {
    fn attempt(&self) -> Result<u8, Error> {
        let attempt = self.attempts.replace_with(|attempts| *attempts + 1);
        self.outcomes[attempt.min(self.outcomes.len() - 1)]
    }

    fn hear(&self, event: &Event<'_>) {
        let (kind, attempt, waited) = (event.kind(), event.attempt(), event.waited());
        let error = event.error().map(ToString::to_string);
        self.heard.borrow_mut().push((kind, attempt, waited, error, event.function()));
    }
}

async fn see(outcomes: &[Result<u8, Error>], beside: Beside, blocks: bool) -> Seen {
    let script = Script { outcomes, attempts: RefCell::default(), heard: RefCell::default() };
    let started = Instant::now();
    let hear = |event: &Event<'_>| script.hear(event);
    let slept = RefCell::new(Duration::ZERO);
    macro_rules! ended {
        ($call:expr, $end:ident) => {{
            let call = $call.on_ok(|value| *value == 0).on_retry(hear).on_give_up(hear);
            let call = call.on_success(hear).fallback(|_| Ok(200));
            match beside {
                Beside::Nothing => $end!(call),
                Beside::ABudget => $end!(call.budget(&Budget::UNLIMITED)),
                Beside::AnId => $end!(call.id("x")),
            }
        }};
    }
    macro_rules! awaited {
        ($call:expr) => {
            $call.into_future().await
        };
    }
    macro_rules! called {
        ($call:expr) => {
            $call.sleep(|wait| *slept.borrow_mut() += wait).call()
        };
    }
    let outcome = if blocks {
        ended!(STEADY.retry_blocking(|| script.attempt()), called)
    } else {
        ended!(STEADY.retry(|| ready(script.attempt())), awaited)
    };
    let took = started.elapsed() + slept.take();
    Seen { outcome, attempts: script.attempts.take(), took, heard: script.heard.take() }
}

fn outcome() -> impl Strategy<Value = Result<u8, Error>> {
    prop_oneof![
        3 => any::<u32>().prop_map(|number| Err(Error::Busy(number))),
        2 => (0..60_u64).prop_map(|wait| Err(Error::Limited(Some(Duration::from_secs(wait))))),
        2 => Just(Ok(0)), // retried
        1 => Just(Err(Error::Broken)),
        1 => (1..=9_u8).prop_map(Ok),
    ]
}

proptest! {
    #[test]
    fn a_call_is_the_same_whatever_idle_settings_it_has(
        outcomes in proptest::collection::vec(outcome(), 1..6),
    ) {
        let runtime = paused::runtime();
        runtime.block_on(async {
            let expected = see(&outcomes, Beside::Nothing, false).await;
            for beside in [Beside::Nothing, Beside::ABudget, Beside::AnId] {
                for blocks in [false, true] {
                    let seen = see(&outcomes, beside, blocks).await;
                    prop_assert_eq!(&seen, &expected, "{:?}, blocks: {}", beside, blocks);
                }
            }
            Ok(())
        })?;
    }
}
