//! [`Queue`]: the callers that wait for turns, in their order.

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;

use super::spacing::Spacing;

/// How many turns are kept for a caller that has one, does not know of it, and may never be polled again.
const MOST_TURNS: usize = 256;

/// The callers that wait for a turn, or have one that they do not know of.
pub(super) struct Queue {
    /// By ticket, the first in the queue first.
    pub(super) waiting: BTreeMap<u64, Waiting>,
    /// Those whose turn has come, and who have not been polled since.
    pub(super) due: BTreeMap<u64, Waiting>,
    /// The turns that were taken since the first of those, with their tickets: what the word would be, had
    /// one of them not been taken.
    pub(super) turns: VecDeque<(Option<u64>, u64)>,
    /// The moment in the word before these.
    pub(super) before: u64,
    pub(super) next_ticket: u64,
    /// Whom to wake once the lock is not held any more.
    pub(super) woken: Vec<Waker>,
}

pub(super) struct Waiting {
    pub(super) waker: Option<Waker>,
    /// The last moment at which its turn is of use.
    pub(super) latest: u64,
}

impl Queue {
    pub(super) const EMPTY: Self = Self {
        waiting: BTreeMap::new(),
        due: BTreeMap::new(),
        turns: VecDeque::new(),
        before: 0,
        next_ticket: 0,
        woken: Vec::new(),
    };

    /// Takes a turn, for the caller with that ticket if it waits.
    pub(super) fn take(
        &mut self,
        spacing: Spacing,
        paid_off: &mut u64,
        now: u64,
        ticket: Option<u64>,
    ) {
        if self.due.is_empty() || *paid_off <= now {
            // Whether earlier ones were taken makes no difference any more.
            self.turns.clear();
            self.before = *paid_off;
        } else if self.turns.len() == MOST_TURNS {
            let first = self.turns.pop_front();
            self.before = first.map_or(*paid_off, |(_, at)| spacing.after_turn(self.before, at));
        }
        self.turns.push_back((ticket, now));
        *paid_off = spacing.after_turn(*paid_off, now);
    }

    /// The turns with those tickets were not taken.
    pub(super) fn give_back(
        &mut self,
        spacing: Spacing,
        paid_off: &mut u64,
        is_one: impl Fn(u64) -> bool,
    ) {
        let number = self.turns.len();
        self.turns.retain(|(taken, _)| !taken.is_some_and(&is_one));
        if self.turns.len() < number {
            let turns = self.turns.iter();
            let without =
                turns.fold(self.before, |paid_off, (_, at)| spacing.after_turn(paid_off, *at));
            *paid_off = without.min(*paid_off);
        }
    }

    /// The turns that have come are those of the first in the queue, polled or not.
    pub(super) fn settle(&mut self, spacing: Spacing, paid_off: &mut u64, now: u64) {
        while spacing.turn(*paid_off, 0) <= now {
            let Some((ticket, mut waiting)) = self.waiting.pop_first() else { return };
            self.take(spacing, paid_off, now, Some(ticket));
            self.woken.extend(waiting.waker.take());
            self.due.insert(ticket, waiting);
        }
    }

    /// Those leave the queue whose turn would be of no use to them.
    pub(super) fn refuse_those_too_late(&mut self, spacing: Spacing, paid_off: u64) {
        let Self { waiting, woken, .. } = self;
        let mut ahead = 0;
        waiting.retain(|_, waiting| {
            let is_of_use = spacing.turn(paid_off, ahead) <= waiting.latest;
            ahead += u64::from(is_of_use);
            woken.extend(waiting.waker.take_if(|_| !is_of_use));
            is_of_use
        });
    }

    /// How many callers wait.
    pub(super) fn len(&self) -> u64 {
        self.waiting.len() as u64
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|(ticket, _)| *ticket)
    }
}
