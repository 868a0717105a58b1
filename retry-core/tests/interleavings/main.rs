//! Every order in which threads can meet in the library's atomics, tried by loom.
//!
//! Its files are compiled here again, with loom's atomics and locks behind `crate::sync` in place
//! of the standard library's. So the library needs no special build, and `cargo test` is enough.

#![allow(dead_code, reason = "each model needs a part of what is compiled")]
#![allow(unreachable_pub, reason = "it is the library's")]

#[path = "../../src/primitives/beginning.rs"]
mod beginning;
#[path = "../../src/primitives/bounded.rs"]
mod bounded;
mod breaker;
mod budget;
mod bulkhead;
mod cancel;
mod chaos;
mod clock;
mod hedge;
#[path = "../../src/events/site/matched.rs"]
mod matched;
#[path = "../../src/primitives/nanoseconds.rs"]
mod nanoseconds;
mod numbers;
#[path = "../../src/primitives/numbers.rs"]
mod numbers_given;
#[path = "../../src/primitives/one_line.rs"]
mod one_line;
mod overrides;
mod rate;
#[path = "../../src/layers/window.rs"]
mod sliding_window;
#[path = "../../src/primitives/span_text.rs"]
mod span_text;
#[path = "../../src/primitives/striped.rs"]
mod striped;
mod switches;
mod sync;
mod tallies;
#[path = "../../src/primitives/tally.rs"]
mod tally;
#[path = "../../src/time/tick.rs"]
mod tick;
mod window;

/// The folders in which the library's files look for each other.
mod primitives {
    pub(crate) use crate::{
        beginning, bounded, nanoseconds, one_line, span_text, striped, sync, tally,
    };
}
mod events {
    pub(crate) mod site {
        pub(crate) use crate::matched;
    }
}
mod time {
    pub(crate) use crate::{clock, tick};
}
mod layers {
    pub(crate) use crate::sliding_window as window;
}

use std::sync::Arc;
use std::time::Duration;

use crate::tick::Tick;

const SECOND: Duration = Duration::from_secs(1);

/// The present of the models.
const NOW: Tick = Tick::from_bits(1 << 63);

/// A moment before every window. A count at that moment touches all counters.
const LONG_AGO: Tick = Tick::from_bits(1 << 62);

/// Tries every order of two threads: `set_up` makes their shared state, both run `act` on it, and
/// `check` tests the result.
fn two_threads<S, T>(
    set_up: impl Fn() -> S + Sync + Send + 'static,
    act: fn(&S, usize) -> T,
    check: fn(&S, [T; 2]),
) where
    S: Send + Sync + 'static,
    T: Send + 'static,
{
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let shared = Arc::new(set_up());
        let other = {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || act(&shared, 1))
        };
        let mine = act(&shared, 0);
        check(&shared, [mine, other.join().expect("it does not panic")]);
    });
}
