//! Policies from outside: by function name, at start-up or while the program runs.
//!
//! A policy in the code is the author's guess. In an outage, or a test environment, somebody else
//! knows better: an [`Overrides`] is a table of names and what is different there, and
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
//! entry is a pattern, `=`, and settings separated by `;`, as [`PartialPolicy`] has them:
//!
//! ```text
//! PERSEVERE="payments::*=aggressive,search::query=max_retries:2;base_delay:1s,*=max_delay:30s"
//! ```
//!
//! In a file that the application reads by `serde` (feature `serde`), such as by `toml`, `config`
//! or `figment`, it is a map from patterns to policies:
//!
//! ```toml
//! [retry]
//! "payments::*" = "aggressive"
//! "search::query" = { max_retries = 2, base_delay = "1s" }
//! ```
//!
//! A setting replaces that of the function's own policy, and a preset's name all five. Which
//! failures are retried is the code's own affair, and so are the schedules of `throttled` and
//! `Attempt::retry_with`; how many retries there are is not, whichever schedule waits.
//!
//! # Patterns
//!
//! A pattern is compared with the whole name that the function's events have: `module::path::function`
//! from the crate's name on, or what `name = …` says. `*` stands for any letters, `::` too, also
//! none; everything else for itself: `*::query` is any function `query`, `shop::*` all of the crate
//! `shop`. (Names may have any other letter in them, so there is no `?` and no `[…]`.)
//!
//! One entry holds for a function, the closest:
//!
//! 1. the one that is its name;
//! 2. else the longest pattern that matches, `*` not counted;
//! 3. of two of a length, the one that comes first in the alphabet.
//!
//! # Bounds
//!
//! A table comes from outside and may be meant for all functions, so it does not take everything
//! that code does. What is more is refused, in a sentence that names the entry, the setting, its
//! value and the bound:
//!
//! | what | bound | why |
//! |---|---|---|
//! | `max_retries` | 1000 | so no call retries for ever because of a table; code may say more |
//! | `base_delay`, `max_delay` | 720 h, which are 30 days | longer than a queue keeps a task |
//! | either under 1 ms | with `max_retries` in the same entry | the function's own number may be without end |
//! | a pattern | 1024 bytes, none of them a control's | it is shown in lines |
//! | a table | 65,536 entries; as text 8 MiB | each failing function is compared with all |
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
//! From a call's next failure on, in calls under way too: the retries already made count. The first
//! attempt of a call needs no policy. Nothing is taken over if a table is bad: it cannot be made,
//! the error says which entry is wrong and what to write instead, and what was in force stays.
//!
//! A misspelt pattern is no error when it is installed, since functions are known only once they
//! have failed: [`Installed::unmatched`] tells later.
//!
//! # What it costs
//!
//! The happy path does not know of it, but for functions with a `context`, which ask at their first
//! attempt. A failure costs an atomic load while no table is installed, and with one, a function
//! finds its entry once and remembers it, closures without an attribute's site each time: a name by a
//! few comparisons, else one for each pattern with a `*`. Reading a table of `n` entries takes
//! `n log n`.

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
