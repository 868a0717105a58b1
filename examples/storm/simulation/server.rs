//! A server of limited capacity that does not know who still waits for an answer.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp};

use super::agenda::Moment;

/// A request: an attempt of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) call: u32,
    /// Counted from 1.
    pub(crate) attempt: u32,
}

/// A number of workers before one queue: first come, first served.
#[derive(Debug)]
pub(crate) struct Server {
    idle: u32,
    queue: VecDeque<Request>,
    /// Beyond this number of requests in the queue, it turns others away.
    longest_queue: usize,
    /// The time during which the workers stand still.
    outage: Range<Moment>,
    /// How long a request takes, in seconds.
    work: Exp<f64>,
    rng: SmallRng,
}

impl Server {
    /// `capacity` is in requests a second, of all workers together.
    pub(crate) fn new(workers: u32, capacity: f64, outage: Range<Moment>, seed: u64) -> Self {
        let work = Exp::new(capacity / f64::from(workers)).expect("a capacity above 0");
        let rng = SmallRng::seed_from_u64(seed);
        let queue = VecDeque::new();
        Self { idle: workers, queue, longest_queue: usize::MAX, outage, work, rng }
    }

    pub(crate) fn with_longest_queue(self, longest_queue: usize) -> Self {
        Self { longest_queue, ..self }
    }

    /// Whether it turns away a request that comes now.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.longest_queue
    }

    /// Receives a request; returns when it will be done, if a worker takes it at once.
    pub(crate) fn receive(&mut self, request: Request, now: Moment) -> Option<Moment> {
        if self.idle == 0 {
            self.queue.push_back(request);
            return None;
        }
        self.idle -= 1;
        Some(self.done_at(now))
    }

    /// Frees a worker; returns the request that it takes next, and when that will be done.
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
            done + end.saturating_sub(begun.max(start)) // the work pauses for that time
        } else {
            done
        }
    }
}
