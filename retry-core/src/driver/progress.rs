//! [`Progress`]: how far a call has come, as numbers.

use std::time::Duration;

use crate::engine::ByKind;
use crate::layers::budget::Cause;

/// How far a call has come: what a row keeps from one attempt to the next.
///
/// It begins as [`Progress::NONE`]; what was stored is set field by field, so that a later release
/// may have more of them. With the feature `serde` it is a map of numbers, in which spans are
/// milliseconds: `{"retries": 2, "delay_ms": 4000, "waited_ms": 6000}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Retries decided on, that which is due or runs included.
    pub retries: u32,
    /// The last wait that was decided on, jitter included: a decorrelated wait is drawn after it.
    pub delay: Duration,
    /// The sum of all waits that were decided on.
    pub waited: Duration,
    /// What the retry follows for which the budget gave a permit; `None` if no budget was asked.
    pub granted: Option<Cause>,
    /// How many attempts one attempt of this call makes, by what was noticed of retries within it: 1
    /// if nothing was.
    pub attempts_within: u32,
    /// The retries by the kind of failure that they followed, of kinds that have a limit of their own.
    pub by_kind: ByKind,
}

impl Progress {
    /// That of a call without a failed attempt.
    pub const NONE: Self = Self {
        retries: 0,
        delay: Duration::ZERO,
        waited: Duration::ZERO,
        granted: None,
        attempts_within: 1,
        by_kind: ByKind::NONE,
    };
}

impl Default for Progress {
    /// [`Progress::NONE`].
    fn default() -> Self {
        Self::NONE
    }
}
