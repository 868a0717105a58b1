//! Policies and time limits from outside: by the name of a function or an upstream, at start-up or while the
//! program runs.
//!
//! A policy in the code is the author's guess. In an outage, or in a test environment, an operator
//! knows better: an [`Overrides`] is a table of names and the settings that change there, and
//! [`overrides()`] puts it into force.
//!
//! ```
//! use persevere::overrides::{Overrides, overrides};
//! use persevere::Policy;
//!
//! let mut attempts = 0;
//! let mut search = || {
//!     attempts = 0;
//!     let outcome = Policy::DEFAULT
//!         .retry_blocking(|| {
//!             attempts += 1;
//!             None::<u8>
//!         })
//!         .on(|_| true)
//!         .name("search::query")
//!         .sleep(|_| ())
//!         .call();
//!     (outcome, attempts)
//! };
//! assert_eq!(search(), (None, 6));
//!
//! let table: Overrides = "payments::*=aggressive, search::query=max_retries:2".parse()?;
//! overrides().install(table);
//! assert_eq!(search(), (None, 3));
//!
//! overrides().clear();
//! assert_eq!(search(), (None, 6));
//! # Ok::<(), persevere::InvalidPolicy>(())
//! ```
//!
//! # The table
//!
//! As text, in a file or in the environment variable `PERSEVERE`, entries are separated by `,`. An
//! entry is a pattern, `=`, and settings separated by `;`, in the syntax of [`Settings`]: those of a
//! [`PartialPolicy`], and `timeout`, `deadline` and `until`.
//!
//! ```text
//! PERSEVERE="payments::*=aggressive,search::query=max_retries:2;timeout:2s,@bank=off;until:+30m"
//! ```
//!
//! In a file that the application reads with `serde` (feature `serde`), for example by `toml`, `config`
//! or `figment`, it is a map from patterns to the same settings:
//!
//! ```toml
//! [retry]
//! "payments::*" = "aggressive"
//! "search::query" = { max_retries = 2, timeout = "2s" }
//! "@bank" = "off;until:2026-12-31T18:00:00Z"
//! ```
//!
//! A setting replaces one of the function's own policy; a preset's name replaces all; `off` is no retries,
//! and all else as it was. A table does not change which failures are retried, nor the schedules of
//! `throttled` and `Attempt::retry_with`. The number of retries is always the table's, whichever schedule
//! waits.
//!
//! # Time limits
//!
//! `timeout` and `deadline` replace those that the code has; `timeout:none` removes one. A function without
//! a `timeout` gets none from a table, since nothing in it could cut an attempt, and a function without a
//! `deadline` gets none either. A call on an upstream can get a timeout, even if the code has none. A closure
//! without a limit has no code for limits, so a table cannot give it one. A task's own `timeout` and `deadline`
//! stay as they are written.
//!
//! # Sizes of an upstream's layers
//!
//! An entry for an upstream may change how much its layers let through, for all of its callers:
//!
//! ```text
//! @payments=max_concurrent:8;max_queue:0;per_second:20;burst:5, @mails=breaker:force_open;until:+10m
//! ```
//!
//! | layer | setting | how it changes |
//! |---|---|---|
//! | bulkhead | `max_concurrent` | calls that run keep their permits: where there are fewer now, those that come back are not granted again; where there are more, those that wait get them. Of an adaptive bulkhead, it is the highest limit |
//! | | `max_queue` | those that wait stay |
//! | rate | `per_second` or `per_minute`, `burst` | the turns that were taken are still taken, and a pause ends when it did; those that wait are given the turns of the new rate, or are refused if these come too late |
//! | circuit breaker | `breaker:off`, `force_open`, `force_closed` | as by [`disable`](crate::CircuitBreaker::disable), [`force_open`](crate::CircuitBreaker::force_open) and [`force_closed`](crate::CircuitBreaker::force_closed) |
//!
//! A size changes when the table is installed; calls do not read the table for it. So the table reaches the
//! upstreams that are [listed](crate::upstreams()): by [`Upstream::list`](crate::Upstream::list) at start-up, or
//! from their first failure on. Once no entry sets a size, the code's size is back. A circuit that a table has
//! forced is then closed, with an empty window, unless something else has changed its state since. An entry that
//! has a size and `until` ends in time even if nothing fails: a thread sees to it, which starts with the first
//! such entry (not on wasm). Where upstreams share a layer, each of its sizes is that of the first upstream in
//! the list that has one. A size for a layer that the upstream does not have changes nothing, and a warning says
//! so.
//!
//! These stay as in the code:
//!
//! - `max_wait`, which bulkheads and rates both have, so that an entry could not say whose it means;
//! - the thresholds and windows of a circuit breaker, and budgets: each call is counted by them, so that a
//!   change would judge the calls before it by another rule. Force the circuit, or switch retries `off`;
//! - layers of upstreams that [own](crate::Upstream::owning) them and are no statics: one name stands for many,
//!   which are made while the program runs;
//! - everything in a [scope](Overrides::scope), since its calls share the layers with all others.
//!
//! ```
//! use persevere::overrides::overrides;
//! use persevere::{Budget, Bulkhead, Upstream};
//!
//! static PLACES: Bulkhead = Bulkhead::new(64);
//! static PAYMENTS: Upstream =
//!     Upstream::new("payments", &Budget::UNLIMITED).with_bulkhead(&PLACES);
//!
//! PAYMENTS.list(); // in `main`
//! overrides().install("@payments=max_concurrent:8".parse()?);
//! assert_eq!((PLACES.limit(), PLACES.available()), (8, 8));
//! overrides().clear();
//! assert_eq!(PLACES.limit(), 64);
//! # Ok::<(), persevere::InvalidPolicy>(())
//! ```
//!
//! # Chaos
//!
//! With the feature `chaos`, an entry may break attempts on purpose, `search::*=chaos:20%return(503)`: the module
//! `chaos` says how. The environment variable cannot have it.
//!
//! # Until when
//!
//! A setting that nobody takes back may cause the next incident. From its `until` on, an entry counts as
//! removed: what is below it is in force again, and the log says so once, at INFO.
//! `until` is a time in UTC, `2026-12-31T18:00:00Z`, or a span from the installation, `+30m`, which a
//! restart begins anew. An entry that had ended before its table was installed is no error, but left out
//! with a warning.
//!
//! # Patterns
//!
//! A pattern is compared with the function's complete name in events: `module::path::function` with
//! the crate's name first, or the value of `name = …`. `*` matches any characters, `::` included, or
//! none; every other character matches itself. So `*::query` matches every function `query`, and
//! `shop::*` the whole crate `shop`. (Names may contain any other character, so `?` and `[…]` have no
//! special meaning.)
//!
//! A pattern that begins with `@` is compared with the names of [upstreams](crate::Upstream), and reaches
//! every call on those that it matches, also of functions that have settings of their own: `@payments=off`.
//! An upstream's name stays when functions move to other modules. No other pattern matches an upstream.
//!
//! # Which entry wins
//!
//! All entries that match a call apply, setting by setting. Where two set the same,
//!
//! 1. **the later layer wins**: a table that is [laid over](Overrides::overlaid) another, as that of the
//!    environment over that of a file; and over the table in force, that of a [scope](Overrides::scope);
//! 2. within a layer, the entry that equals the function's name, then the one that equals its upstream's;
//! 3. otherwise **the longer pattern**, `*` not counted; of two of the same length, the first in
//!    alphabetical order.
//!
//! So whoever comes last has the last word, however general their pattern is: `*=off` in the environment
//! switches retrying off, also where a file has an entry for one function.
//!
//! ```
//! use persevere::overrides::Overrides;
//!
//! let file: Overrides = "payments::charge=max_retries:6;base_delay:30ms,*=max_delay:10s".parse()?;
//! let table = file.overlaid("*=off".parse()?);
//! assert_eq!(
//!     table.get("payments::charge").unwrap().to_string(),
//!     "max_retries:0;base_delay:30ms;max_delay:10s"
//! );
//! assert_eq!(table.get("mail::send").unwrap().to_string(), "max_retries:0;max_delay:10s");
//! # Ok::<(), persevere::InvalidPolicy>(())
//! ```
//!
//! [`Installed::explain`] lists what is in force for a function or an upstream: each setting with the entry
//! and the [source](Source) that it comes from.
//!
//! # For a part of the program
//!
//! [`Overrides::scope`] puts a table into force for what one future calls, over every other table: for a
//! tenant's requests, or in a test, where [`Overrides::scope_blocking`] does the same for a closure. Calls
//! within calls have it, across each `.await`; tasks that are spawned have it if they are [carried](carry).
//! Outside of the scope nothing changes.
//!
//! # Bounds
//!
//! A table comes from outside and may apply to all functions, so its values have tighter bounds than
//! those in code. A value beyond a bound is an error that names the entry, the setting, the value and
//! the bound:
//!
//! | what | bound | why |
//! |---|---|---|
//! | `max_retries` | 1000 | no call retries for ever because of a table; code may set more |
//! | `base_delay`, `max_delay`, `timeout`, `deadline`, `until:+…` | 720 h, or 30 days | longer than a queue keeps a task |
//! | `max_concurrent` | 65,536, and at least 1 | a bulkhead is smaller |
//! | `max_queue`, `per_second`, `per_minute`, `burst` | 1,000,000 | no process has more |
//! | either delay below 1 ms | only with `max_retries` in the same entry | the function's own number may be unlimited |
//! | a pattern | 1024 bytes, without control characters | it appears in log lines |
//! | a table | 65,536 entries; as text 8 MiB | each failing function is compared with all patterns, once |
//!
//! ```
//! use persevere::overrides::Overrides;
//!
//! let hammers = "*=max_retries:4294967295;base_delay:0s".parse::<Overrides>();
//! assert!(hammers.unwrap_err().to_string().ends_with(
//!     "`max_retries` of `*` is 4294967295, and in a table it is 1000 at most"
//! ));
//! ```
//!
//! # When it takes effect
//!
//! A policy takes effect at a call's next failure, in calls in flight as well, and the retries already made
//! count; the first attempt of a call needs no policy. A `timeout` takes effect with a function's next attempt,
//! and with a closure's next call; a `deadline`, with the next call. A bad table changes nothing: parsing it
//! fails, the error names the entry and what to write instead, and the current table stays in force.
//!
//! Installing a misspelt pattern is not an error, since functions are known only once they have
//! failed: [`Installed::unmatched`] lists such patterns later.
//!
//! # What it costs
//!
//! The success path does not read the table, except in functions with a `context`, which look at their
//! first attempt, and with time limits. Without a table or a scope, that and a failure cost an atomic load.
//! With one, a caller's first failure compares its name with each pattern that has a `*`; what was found is
//! kept, and looked up at its further failures: some 100 ns more than without a table, with 5,000 entries as
//! well (`cargo run --release -p benches --features overrides --bin overrides`).
//! Parsing a table of `n` entries takes time in `n log n`.

mod bounds;
#[cfg(feature = "chaos")]
mod breaking;
#[cfg(feature = "serde")]
mod by_serde;
mod coalesced;
#[cfg(not(target_family = "wasm"))]
mod ending;
mod explained;
mod in_force;
mod installed;
mod layer;
#[cfg(not(target_family = "wasm"))]
mod lookout;
mod pattern;
mod replaced;
mod report;
mod resize;
mod resolver;
mod scope;
mod settings;
mod sizes;
mod spellings;
mod table;
mod text;

#[cfg(feature = "chaos")]
#[doc(hidden)]
pub use self::breaking::is_any as is_any_breaking;
pub use self::explained::{Explained, Explanation};
pub(crate) use self::in_force::{are_any, of};
pub use self::installed::{Installed, Unmatched, overrides};
pub use self::layer::Source;
pub(crate) use self::scope::set_aside;
pub use self::scope::{Carried, Scoped, carry};
pub use self::settings::Settings;
pub use self::table::Overrides;
pub use crate::policy::partial::Forced;
#[cfg(doc)]
use crate::policy::partial::PartialPolicy;
