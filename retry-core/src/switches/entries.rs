//! [`Entries`]: what is in force on a thread, or in the process; guards may be dropped in any order.

use crate::primitives::tally::Tally;

/// The outermost first.
pub(super) struct Entries<T> {
    entries: Vec<(Number, T)>,
    /// That of the next one.
    next: Number,
}

/// An entry's own in its list.
pub(super) type Number = u64;

impl<T> Entries<T> {
    pub(super) const fn none() -> Self {
        Self { entries: Vec::new(), next: 0 }
    }

    /// Puts `entry` into force, one of those that `in_force` counts.
    pub(super) fn enter(&mut self, entry: T, in_force: &Tally) -> Number {
        let number = self.next;
        self.next += 1;
        self.entries.push((number, entry));
        in_force.add();
        number
    }

    /// Takes it out of force.
    pub(super) fn leave(&mut self, number: Number, in_force: &Tally) -> Option<T> {
        in_force.remove();
        let index = self.entries.iter().position(|(its, _)| *its == number)?;
        Some(self.entries.remove(index).1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, entry)| entry)
    }
}
