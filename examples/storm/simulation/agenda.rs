//! Virtual time: nothing waits, and the clock jumps from event to event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use persevere::Budget;

/// A moment of virtual time, counted from the simulation's start.
pub(crate) type Moment = Duration;

/// The moment as an `Instant`, which the layers take.
pub(crate) fn instant(moment: Moment) -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(|| {
        let start = Instant::now();
        // Layers divide time into slots from the first moment that any of them sees. If that differed
        // between runs, slots would begin at different moments of virtual time.
        Budget::ratio(0.0).at(start).begin();
        start
    });
    *START + moment
}

/// The events to come, the earliest first.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    planned: u64,
}

/// Events of the same moment happen in the order in which they were planned.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry<E> {
    at: Moment,
    number: u64,
    event: E,
}

impl<E: Ord> Agenda<E> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: Moment, event: E) {
        self.heap.push(Reverse(Entry { at, number: self.planned, event }));
        self.planned += 1;
    }

    /// The next event and its moment, which becomes the present.
    pub(crate) fn next(&mut self) -> Option<(Moment, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}
