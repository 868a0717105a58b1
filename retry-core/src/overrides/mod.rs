//! Policies from outside: by function name, at start-up or while the program runs.
//!
//! A policy in the code is the author's guess. In an outage, or in a test environment, an operator
//! knows better: an [`Overrides`] is a table of function names and the settings that change there,
//! and [`overrides()`] puts it into force.
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
//! entry is a pattern, `=`, and settings separated by `;`, in the syntax of [`PartialPolicy`]:
//!
//! ```text
//! PERSEVERE="payments::*=aggressive,search::query=max_retries:2;base_delay:1s,*=max_delay:30s"
//! ```
//!
//! In a file that the application reads with `serde` (feature `serde`), for example by `toml`, `config`
//! or `figment`, it is a map from patterns to policies:
//!
//! ```toml
//! [retry]
//! "payments::*" = "aggressive"
//! "search::query" = { max_retries = 2, base_delay = "1s" }
//! ```
//!
//! A setting replaces one of the function's own policy; a preset's name replaces all; `off` is no retries,
//! and all else as it was. A table does not change which failures are retried, nor the schedules of
//! `throttled` and `Attempt::retry_with`. The number of retries is always the table's, whichever schedule
//! waits.
//!
//! # Patterns
//!
//! A pattern is compared with the function's complete name in events: `module::path::function` with
//! the crate's name first, or the value of `name = …`. `*` matches any characters, `::` included, or
//! none; every other character matches itself. So `*::query` matches every function `query`, and
//! `shop::*` the whole crate `shop`. (Names may contain any other character, so `?` and `[…]` have no
//! special meaning.)
//!
//! # Which entry wins
//!
//! All entries that match a function apply, setting by setting. Where two set the same,
//!
//! 1. **the later layer wins**: a table that is [laid over](Overrides::overlaid) another, as that of the
//!    environment over that of a file;
//! 2. within a layer, the entry that equals the function's name;
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
//! # Bounds
//!
//! A table comes from outside and may apply to all functions, so its values have tighter bounds than
//! those in code. A value beyond a bound is an error that names the entry, the setting, the value and
//! the bound:
//!
//! | what | bound | why |
//! |---|---|---|
//! | `max_retries` | 1000 | no call retries for ever because of a table; code may set more |
//! | `base_delay`, `max_delay` | 720 h, or 30 days | longer than a queue keeps a task |
//! | either below 1 ms | only with `max_retries` in the same entry | the function's own number may be unlimited |
//! | a pattern | 1024 bytes, without control characters | it appears in log lines |
//! | a table | 65,536 entries; as text 8 MiB | each failing function is compared with all entries |
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
//! At a call's next failure, also in calls in flight; the retries already made count. The first attempt
//! of a call needs no policy. A bad table changes nothing: parsing it fails, the error names the entry
//! and what to write instead, and the current table stays in force.
//!
//! Installing a misspelt pattern is not an error, since functions are known only once they have
//! failed: [`Installed::unmatched`] lists such patterns later.
//!
//! # What it costs
//!
//! The success path does not read the table, except in functions with a `context`, which look at their
//! first attempt. Without a table, a failure costs an atomic load. With one, an annotated function
//! looks up its entry once and remembers it; a closure looks it up at each failure. A lookup takes a
//! few comparisons for a name, then one for each pattern with a `*`. Parsing a table of `n` entries
//! takes time in `n log n`.

mod bounds;
#[cfg(feature = "serde")]
mod by_serde;
mod in_force;
mod installed;
mod pattern;
mod table;
mod text;

pub(crate) use self::in_force::of;
pub use self::installed::{Installed, Unmatched, overrides};
pub use self::table::Overrides;
#[cfg(doc)]
use crate::policy::partial::PartialPolicy;
