//! A server that can do only so much, and does not know who still waits for an answer.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp};

use super::agenda::Moment;

/// Which call's which attempt asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) call: u32,
    /// Counted from 1.
    pub(crate) attempt: u32,
}

/// So many workers before one queue: first come, first served, and no limit to its length.
#[derive(Debug)]
pub(crate) struct Server {
    idle: u32,
    queue: VecDeque<Request>,
    /// The workers stand still from then to then.
    outage: Range<Moment>,
    /// How long a request takes, in seconds.
    work: Exp<f64>,
    rng: SmallRng,
}

impl Server {
    /// `capacity` is in requests a second, by all workers together.
    pub(crate) fn new(workers: u32, capacity: f64, outage: Range<Moment>, seed: u64) -> Self {
        let work = Exp::new(capacity / f64::from(workers)).expect("a capacity above 0");
        let rng = SmallRng::seed_from_u64(seed);
        Self { idle: workers, queue: VecDeque::new(), outage, work, rng }
    }

    /// A request comes in; when it will be done, if a worker takes it at once.
    pub(crate) fn receive(&mut self, request: Request, now: Moment) -> Option<Moment> {
        if self.idle == 0 {
            self.queue.push_back(request);
            return None;
        }
        self.idle -= 1;
        Some(self.done_at(now))
    }

    /// A worker is free again; what it takes up next, and when that will be done.
    pub(crate) fn finish(&mut self, now: Moment) -> Option<(Request, Moment)> {
        let Some(next) = self.queue.pop_front() else {
            self.idle += 1;
            return None;
        };
        Some((next, self.done_at(now)))
    }

    fn done_at(&mut self, begun: Moment) -> Moment {
        let done = begun + Duration::from_secs_f64(self.work.sample(&mut self.rng));
        let Range { start, end } = self.outage;
        if begun < end && done > start {
            done + end.saturating_sub(begun.max(start)) // the work stands still for as long
        } else {
            done
        }
    }
}
