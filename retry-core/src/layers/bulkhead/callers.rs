//! [`Callers`]: those that wait for a permit, first come, first served.

use std::collections::VecDeque;
use std::task::Waker;

/// The number of places that are kept where nobody waits: 32 KiB.
const KEPT: usize = 1024;

/// To join, to leave, to be first and to bring another waker take the same time, however many wait.
#[derive(Debug)]
pub(super) struct Callers {
    /// By ticket. The first and the last have not left.
    places: VecDeque<Place>,
    next_ticket: u64,
    /// The number of `places` whose callers have left: never more than of those that wait.
    left: usize,
    /// The number of permits that were taken away while they were out: each takes the next that comes back,
    /// as a caller would, and before all callers.
    owed: usize,
}

#[derive(Debug)]
struct Place {
    ticket: u64,
    /// The caller's, unless it has still to be polled.
    waker: Option<Waker>,
    has_left: bool,
}

/// Who has been taken out: a caller, or a permit that was owed.
#[derive(Debug)]
pub(super) struct TakenOut {
    /// Of a caller that has been polled.
    pub(super) waker: Option<Waker>,
}

impl Callers {
    pub(super) const fn new() -> Self {
        Self { places: VecDeque::new(), next_ticket: 0, left: 0, owed: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.left
    }

    /// Whether nobody waits, and nothing is owed.
    pub(super) fn is_empty(&self) -> bool {
        self.owed == 0 && self.places.is_empty()
    }

    /// The ticket of the first; of the next to join, where nobody waits. No lower one waits any more.
    pub(super) fn first(&self) -> u64 {
        self.places.front().map_or(self.next_ticket, |place| place.ticket)
    }

    /// The first permit that comes back is not granted any more.
    #[cfg_attr(
        not(feature = "overrides"),
        allow(dead_code, reason = "nothing is changed from outside")
    )]
    pub(super) fn owe(&mut self) {
        self.owed += 1;
    }

    /// How many permits that are out will not be granted again.
    pub(super) fn owed(&self) -> usize {
        self.owed
    }

    /// Joins at the end. Returns a ticket that no caller had before.
    pub(super) fn join(&mut self, waker: Option<Waker>) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.places.push_back(Place { ticket, waker, has_left: false });
        ticket
    }

    /// The waker of the caller with that ticket, if it waits.
    pub(super) fn waker(&mut self, ticket: u64) -> Option<&mut Option<Waker>> {
        let position = self.position(ticket)?;
        self.places.get_mut(position).map(|place| &mut place.waker)
    }

    /// Takes out who gets the next permit: what is owed, or else the first caller.
    pub(super) fn pop(&mut self) -> Option<TakenOut> {
        if let Some(left) = self.owed.checked_sub(1) {
            self.owed = left;
            return Some(TakenOut { waker: None });
        }
        let first = self.places.pop_front()?;
        self.trim();
        Some(TakenOut { waker: first.waker })
    }

    /// Takes out the caller with that ticket, if it waits.
    pub(super) fn leave(&mut self, ticket: u64) -> Option<TakenOut> {
        let position = self.position(ticket)?;
        let place = self.places.get_mut(position)?;
        place.has_left = true;
        let waker = place.waker.take();
        self.left += 1;
        self.trim();
        if self.left > self.places.len() / 2 {
            self.places.retain(|place| !place.has_left);
            self.left = 0;
        }
        Some(TakenOut { waker })
    }

    /// Where the caller with that ticket is, if it waits.
    fn position(&self, ticket: u64) -> Option<usize> {
        // Tickets follow each other, but for those whose places have been taken out.
        let ahead = usize::try_from(ticket.checked_sub(self.places.front()?.ticket)?).ok()?;
        let has = |at: usize| self.places.get(at).is_some_and(|place| place.ticket == ticket);
        let position = if has(ahead) {
            ahead
        } else {
            self.places.binary_search_by_key(&ticket, |place| place.ticket).ok()?
        };
        (!self.places.get(position)?.has_left).then_some(position)
    }

    /// Takes out those at either end that have left.
    fn trim(&mut self) {
        if self.left > 0 {
            while self.places.front().is_some_and(|place| place.has_left) {
                self.places.pop_front();
                self.left -= 1;
            }
            while self.places.back().is_some_and(|place| place.has_left) {
                self.places.pop_back();
                self.left -= 1;
            }
        }
        if self.places.is_empty() && self.places.capacity() > KEPT {
            self.places.shrink_to(KEPT); // lets go of the memory of a peak
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// The queue against a list of tickets, over random steps.
    #[test]
    fn callers_go_in_the_order_they_came_but_for_those_that_left() {
        for seed in 0..200 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let (mut callers, mut model) = (Callers::new(), Vec::new());
            let (mut all, mut owed) = (Vec::new(), 0);
            let joins = rng.random_range(0.2..0.7);
            for _ in 0..300 {
                if rng.random_bool(0.05) {
                    callers.owe();
                    owed += 1;
                } else if rng.random_bool(joins) {
                    let ticket = callers.join(None);
                    assert!(!all.contains(&ticket), "seed {seed}");
                    model.push(ticket);
                    all.push(ticket);
                } else if rng.random_bool(0.3) {
                    let has_first = if owed > 0 {
                        owed -= 1;
                        true
                    } else {
                        (!model.is_empty()).then(|| model.remove(0)).is_some()
                    };
                    assert_eq!(callers.pop().is_some(), has_first, "seed {seed}");
                } else if !all.is_empty() {
                    let ticket = all[rng.random_range(0..all.len())];
                    let at = model.iter().position(|it| *it == ticket);
                    assert_eq!(callers.waker(ticket).is_some(), at.is_some(), "seed {seed}");
                    assert_eq!(callers.leave(ticket).is_some(), at.is_some(), "seed {seed}");
                    at.map(|at| model.remove(at));
                }
                assert_eq!(callers.len(), model.len(), "seed {seed}");
                assert_eq!(callers.owed(), owed, "seed {seed}");
                assert_eq!(callers.is_empty(), model.is_empty() && owed == 0, "seed {seed}");
                let first = callers.places.front().map(|place| place.ticket);
                assert_eq!(first, model.first().copied(), "seed {seed}");
            }
        }
    }

    #[test]
    fn behind_one_that_waits_for_long_those_that_left_take_no_memory() {
        let mut callers = Callers::new();
        let [first, mut last] = [callers.join(None), callers.join(None)];
        for _ in 0..100_000 {
            let next = callers.join(None);
            assert!(callers.leave(last).is_some());
            last = next;
        }
        assert_eq!(callers.len(), 2);
        assert!(callers.places.capacity() < 16, "{} places", callers.places.capacity());
        assert!(callers.waker(first).is_some() && callers.waker(last).is_some());
    }

    #[test]
    fn the_memory_of_a_peak_is_given_back() {
        let mut callers = Callers::new();
        for _ in 0..10 * KEPT {
            callers.join(None);
        }
        while callers.pop().is_some() {}
        assert!(callers.places.capacity() <= KEPT, "{} places", callers.places.capacity());
    }
}
