//! Faults put in on purpose, to see what a program does about them.
//!
//! A policy, a circuit breaker and a fallback are code that runs when something is broken, so in most tests it
//! does not run at all. With the feature `chaos`, a [table of overrides](crate::overrides) may have the setting
//! `chaos`. It breaks attempts of the functions that the entry's pattern matches, and attempts on the upstreams
//! that it matches:
//!
//! ```
//! use persevere::overrides::Overrides;
//! use persevere::testing::{self, Recorder};
//! use persevere::{Policy, Rejection};
//!
//! let recorder = Recorder::new();
//! let _scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
//!
//! let table: Overrides = "search::*=chaos:2*return(timeout)".parse()?;
//! let found = table.scope_blocking(|| {
//!     Policy::DEFAULT.retry_blocking(|| Ok::<_, Rejection>(3)).name("search::query").faults().call()
//! });
//! assert_eq!(found, Ok(3));
//! recorder.assert("3 attempts, waited 2 s then 4 s, succeeded");
//! # Ok::<(), persevere::InvalidPolicy>(())
//! ```
//!
//! # The actions
//!
//! The setting has the grammar of the crate `fail`: actions with `->` between them, each of the form
//! `[frequency%][count*]action[(argument)]`.
//!
//! | action | what it does to an attempt |
//! |---|---|
//! | `return(name)` | it fails with the [fault](Fault) of that name, and the body does not run; `return` alone is a transient failure |
//! | `sleep(200ms)` | it begins that much later; a bare number is milliseconds, as in `fail` |
//! | `off` | nothing: as the only action, it takes back the `chaos` of a layer below; before others, it lets attempts pass |
//!
//! - `20%` acts on a fifth of the attempts, at random. [`testing::seeded`](crate::testing::seeded) makes it the
//!   same ones in every run.
//! - `3*` acts on three attempts and on no more. All attempts that the entry matches share the count, which
//!   begins when the table is installed or the scope begins.
//! - Where an action does not act, the next one is asked: `20%3*return(503)->10%sleep(1s)`.
//!
//! ```
//! use persevere::chaos::Chaos;
//!
//! let chaos: Chaos = "5*off->20%return(503)->sleep(200)".parse()?;
//! assert_eq!(chaos.to_string(), "5*off->20%return(503)->sleep(200ms)");
//!
//! let error = "retrun(503)".parse::<Chaos>().unwrap_err().to_string();
//! assert!(error.contains("did you mean `return`?"));
//! # Ok::<(), persevere::InvalidPolicy>(())
//! ```
//!
//! `fail` has more actions. A panic is not retried, a busy thread and a print show nothing of retries, and a
//! `pause` may never end: for each, the error says what to write instead, such as `sleep(1h)` for a call that
//! hangs until its timeout.
//!
//! # Where it acts
//!
//! Innermost, in place of the body or before it: timeouts, bulkheads, circuit breakers, budgets, rates and hedges
//! see what it does as if the remote service had done it. Of a hedged attempt, each of its bodies is an attempt
//! here. It acts on
//!
//! - functions with `#[retry]`;
//! - closures with a limit, a layer or an upstream, and others that say `.faults()`;
//! - services of `tower` behind an `UpstreamLayer`, and behind a `RetryLayer` by its name, which needs `.faults()` for
//!   more than delays;
//! - requests of a client with the `RetryMiddleware` of `reqwest-middleware`, by its name;
//! - the connections of a stream that reconnects (`stream::reconnect`), by its name;
//! - the attempts of durable tasks. A worker reads the table of its own process, which
//!   [`install`](crate::overrides::Installed::install) puts into force: scopes do not reach its attempts.
//!
//! `return` needs an error type with `From<`[`Rejection`](crate::Rejection)`>`, as a timeout does. A function
//! whose error has it needs nothing more. Where the function returns an `Option`, the fault is `None`; of a stream, it
//! is a connection that ends without an item; of a task, it is a failure that is judged by the fault alone, whatever
//! `on` says, since only its text is kept. With any other error the attempt runs as always, and the log warns of that once, with the function's name.
//!
//! # Where it comes from
//!
//! From a file, from code, or from a [scope](crate::overrides::Overrides::scope), which suits a test best. The
//! environment variable `PERSEVERE` refuses it: nobody should break a program by an environment that was copied.
//! With [`until`](crate::overrides::Settings), it ends by itself.
//!
//! # How it shows
//!
//! Every event of a call in which chaos has acted says so: by [`Event::has_chaos`](crate::Event::has_chaos), in
//! the log by the field `chaos` and by `[chaos]` at the line's end, in metrics by the label `chaos="true"`. So do
//! the events of a call that a layer refuses while chaos is in force for it, since chaos may be the reason. The
//! counter `retry_chaos_total` counts what chaos has done, and
//! [`explain`](crate::overrides::Installed::explain) names the entry.
//!
//! # What it costs
//!
//! Without the feature, nothing: none of its code is compiled. With the feature, and while no table has `chaos`,
//! an attempt loads one atomic.

mod action;
pub(crate) mod count;
mod read;

use std::fmt;
use std::sync::Arc;

use rand::{Rng, RngExt as _};

pub(crate) use self::action::Injected;
use self::action::{Act, Action};
use self::count::Count;
pub use crate::classify::fault::Fault;

/// What breaks attempts: the value of the setting `chaos`.
///
/// See [the module](self) for its grammar. Two values are equal if their actions are, however often these have
/// acted.
#[derive(Clone)]
pub struct Chaos(Arc<Vec<Counted>>);

/// An action, and how often it may act yet.
struct Counted {
    action: Action,
    left: Option<Count>,
}

impl Chaos {
    fn of(actions: impl IntoIterator<Item = Action>) -> Self {
        let counted = |action: Action| Counted { left: action.most.map(Count::new), action };
        Self(Arc::new(actions.into_iter().map(counted).collect()))
    }

    /// The same actions, none of which has acted.
    pub(crate) fn anew(&self) -> Self {
        Self::of(self.actions().copied())
    }

    pub(crate) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.0.iter().map(|counted| &counted.action)
    }

    /// Whether it may do anything to an attempt, unlike `off` alone.
    pub(crate) fn acts(&self) -> bool {
        self.actions().any(|action| action.act != Act::Off)
    }

    /// What happens to an attempt, if anything does.
    pub(crate) fn draw(&self, random: &mut impl Rng) -> Option<Injected> {
        match self.0.iter().find(|counted| counted.acts(random))?.action.act {
            Act::Off => None,
            Act::Return(fault) => Some(Injected::Fault(fault)),
            Act::Sleep(delay) => Some(Injected::Delay(delay)),
        }
    }
}

impl Counted {
    fn acts(&self, random: &mut impl Rng) -> bool {
        if self.left.as_ref().is_some_and(Count::is_used_up) {
            return false; // without a draw
        }
        let share = self.action.percent / 100.0;
        let is_drawn = share >= 1.0 || random.random_bool(share);
        is_drawn && self.left.as_ref().is_none_or(Count::take)
    }
}

impl PartialEq for Chaos {
    fn eq(&self, other: &Self) -> bool {
        self.actions().eq(other.actions())
    }
}

impl fmt::Debug for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chaos").field(&format_args!("{self}")).finish()
    }
}

impl fmt::Display for Chaos {
    /// The text from which the same is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, action) in self.actions().enumerate() {
            if index > 0 {
                f.write_str(read::NEXT)?;
            }
            write!(f, "{action}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
