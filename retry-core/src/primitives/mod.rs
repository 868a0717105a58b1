//! Small building blocks that know nothing of retries: lists, locks, numbers, random draws, texts.

pub(crate) mod append_list;
pub(crate) mod beginning;
pub(crate) mod bounded;
pub(crate) mod brief;
pub(crate) mod entered;
pub(crate) mod nanoseconds;
pub(crate) mod numbers;
pub(crate) mod one_line;
pub(crate) mod random;
pub(crate) mod span_text;
pub(crate) mod striped;
#[cfg(any(feature = "overrides", feature = "serde"))]
pub(crate) mod suggest;
pub(crate) mod sync;
pub(crate) mod tally;
