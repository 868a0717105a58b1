//! [`Matched`]: where the overrides have an entry for a site, kept beside it so that they need not
//! search twice.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicU64;

/// The position of an entry in a table of overrides, counted from 1; 0 if the table has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position(u32);

impl Position {
    pub(crate) const NONE: Self = Self(0);

    /// That of the entry at `index`.
    pub(crate) fn of(index: Option<usize>) -> Self {
        let position = index.and_then(|index| u32::try_from(index + 1).ok());
        position.map_or(Self::NONE, Self)
    }

    pub(crate) fn index(self) -> Option<usize> {
        usize::try_from(self.0).ok()?.checked_sub(1)
    }
}

/// What was found last: the table's generation in the upper half, the position in the lower.
#[derive(Debug)]
pub(crate) struct Matched(AtomicU64);

impl Matched {
    /// No table has been searched.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// What was found in the table of that generation; `None` if it has not been searched.
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked")]
    pub(crate) fn in_generation(&self, generation: u32) -> Option<Position> {
        let found = self.0.load(Ordering::Relaxed);
        (found >> u32::BITS == u64::from(generation)).then_some(Position(found as u32))
    }

    pub(crate) fn remember(&self, generation: u32, position: Position) {
        let found = u64::from(generation) << u32::BITS | u64::from(position.0);
        self.0.store(found, Ordering::Relaxed);
    }
}
