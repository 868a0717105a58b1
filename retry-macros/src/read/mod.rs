//! What stands in an attribute: its keys, and their values, each with its type and its place.
//!
//! `keys` is the table of all keys, `attribute` says which attribute has which of them, and reads
//! one; the others read values.

mod attribute;
mod duration;
mod entry;
mod foreign;
mod hedge;
mod keys;
mod layer;
mod matcher;
mod nameless;
mod policy;
mod schedule;
#[cfg(feature = "tasks")]
mod task;
mod values;

#[cfg(feature = "tasks")]
pub(crate) use self::attribute::TASK;
pub(crate) use self::attribute::{RETRY, RETRY_ON_IMPL, Read, attribute};
pub(crate) use self::hedge::{Hedge, Late};
pub(crate) use self::matcher::Matcher;
pub(crate) use self::schedule::{Base, Jitter, Preset, Retries, Schedule};
#[cfg(feature = "tasks")]
pub(crate) use self::task::{Priority, TaskValues};
pub(crate) use self::values::{Keyed, OF_UPSTREAM, PolicyFields, Setting, Values};
