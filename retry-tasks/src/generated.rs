//! What the expansions of `#[task]` and `#[derive(Provide)]` name: what that of `#[retry]` names, and
//! more. Not public API: it may change in any release, so that the facade calls it by its version.

mod blocking;
mod classified;
mod earlier;
mod stored;

use std::fmt::Display;

pub use core::primitive::{bool, str, u32};
pub use std::clone::Clone;
pub use std::convert::From;
pub use std::fmt;
pub use std::marker::{Send, Sync};
pub use std::result::Result;
pub use std::string::String;
pub use std::sync::Arc;

use persevere_core::EventKind;
pub use persevere_core::driver::Driver;
pub use persevere_core::generated::*;
pub use persevere_core::task::{Key, KeyUntil, Payload, Priority, Task};
pub use persevere_core::{Bulkhead, CircuitBreaker, Event, Upstream};
pub use serde;

pub use self::blocking::blocking;
pub use self::classified::{TaskError, classified};
pub use self::earlier::{Earlier, Read, ReadAsIs, ReadAsTask};
pub use self::stored::{Stored, stored};
pub use crate::provide::Provide;
pub use crate::worker::failure::Failure;
pub use crate::worker::run::Run;

/// `budget = …`, its type pinned down where the user wrote it.
pub const fn shared_budget(budget: &'static Budget) -> &'static Budget {
    budget
}

/// `unique = …`
pub fn key<K: Display + ?Sized>(key: &K) -> Key {
    Key { text: key.to_string(), until: KeyUntil::Ended }
}

/// `id = …`
pub fn written(text: &Text<'_>) -> String {
    text.to_string()
}

/// The `Debug` of arguments, which shows none of them.
///
/// # Errors
///
/// The formatter's.
pub fn hidden(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    f.debug_struct(name).finish_non_exhaustive()
}

/// Whether the event is one that `on_success` hears of.
pub fn is_late_success(event: &Event<'_>) -> bool {
    matches!(event.kind(), EventKind::LateSuccess)
}
