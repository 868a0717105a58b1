//! Three services in a row, each of which retries its calls to the next, and a database that is
//! down below them.

use std::time::Duration;

use persevere::engine::Decision;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp};

use super::agenda::{Agenda, Moment};
use super::call::{Call, Caller, Error};
use super::strategy::Strategy;

/// The number of services above the database.
const DEPTH: usize = 3;

/// The time until the database's failure arrives.
const ANSWER: Duration = Duration::from_millis(10);

/// Calls a second.
const RATE: f64 = 20.0;

/// The protection against multiplying retries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    pub(crate) name: &'static str,
    /// The layers of each service's calls to the next.
    strategy: Strategy,
    /// The deadline of the whole call, propagated from service to service.
    deadline: Option<Duration>,
    /// Whether a service treats the failure of another that has retried in vain as permanent, so that
    /// only the one next to the fault retries.
    lowest_only: bool,
}

impl Protection {
    pub(crate) const NONE: Self =
        Self { name: "none", strategy: Strategy::FULL, deadline: None, lowest_only: false };
    pub(crate) const DEADLINE: Self =
        Self { name: "deadline of 10 s", deadline: Some(Duration::from_secs(10)), ..Self::NONE };
    pub(crate) const TOKEN_BUCKET: Self =
        Self { name: "token bucket each", strategy: Strategy::TOKEN_BUCKET, ..Self::NONE };
    pub(crate) const RATIO: Self =
        Self { name: "ratio 10 % each", strategy: Strategy::RATIO, ..Self::NONE };
    pub(crate) const BREAKER: Self =
        Self { name: "breaker each", strategy: Strategy::BREAKER, ..Self::NONE };
    pub(crate) const LOWEST_ONLY: Self =
        Self { name: "lowest service alone retries", lowest_only: true, ..Self::NONE };
    pub(crate) const ALL: Self = Self {
        name: "deadline, ratio, lowest alone",
        lowest_only: true,
        strategy: Strategy::RATIO,
        ..Self::DEADLINE
    };

    pub(crate) const EACH: [Self; 7] = [
        Self::NONE,
        Self::DEADLINE,
        Self::TOKEN_BUCKET,
        Self::RATIO,
        Self::BREAKER,
        Self::LOWEST_ONLY,
        Self::ALL,
    ];
}

/// The cost of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Toll {
    begun: Moment,
    /// The requests that the database received for it.
    pub(crate) requests: u32,
    /// How long the caller waited for the failure.
    pub(crate) took: Duration,
}

/// The cost of each of `calls` calls while the database is down, in the order in which they began.
pub(crate) fn run(protection: &Protection, calls: u32, seed: u64) -> Vec<Toll> {
    let services: [Caller; DEPTH] = std::array::from_fn(|_| protection.strategy.caller());
    let mut seeds = SmallRng::seed_from_u64(seed);
    let mut arrivals = SmallRng::from_rng(&mut seeds);
    let pause = Exp::new(RATE).expect("a rate above 0");
    let mut run = Run {
        protection,
        services: &services,
        decisions: SmallRng::from_rng(&mut seeds),
        stacks: Vec::new(),
        tolls: Vec::new(),
        agenda: Agenda::new(),
    };
    let mut at = Moment::ZERO;
    for call in 0..calls as usize {
        run.stacks.push(Vec::with_capacity(DEPTH));
        run.tolls.push(Toll { begun: at, requests: 0, took: Duration::ZERO });
        run.agenda.plan(at, Event::Attempt { call });
        at += Duration::from_secs_f64(pause.sample(&mut arrivals));
    }
    run.play();
    run.tolls
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The lowest service working on that call makes an attempt.
    Attempt { call: usize },
    /// The database fails.
    Answer { call: usize },
}

struct Run<'c> {
    protection: &'c Protection,
    services: &'c [Caller; DEPTH],
    decisions: SmallRng,
    /// For each call, the calls of each service to the next, the lowest last.
    stacks: Vec<Vec<Call<'c>>>,
    tolls: Vec<Toll>,
    agenda: Agenda<Event>,
}

impl Run<'_> {
    fn play(&mut self) {
        while let Some((now, event)) = self.agenda.next() {
            match event {
                Event::Attempt { call } => self.attempt(call, now),
                Event::Answer { call } => self.fail(call, Error::Down, now),
            }
        }
    }

    /// Goes down through the services not yet working on the call, to the database.
    fn attempt(&mut self, number: usize, now: Moment) {
        let deadline = self.protection.deadline.map(|span| self.tolls[number].begun + span);
        let stack = &mut self.stacks[number];
        loop {
            match stack.last_mut().map(|call| call.try_send(now)) {
                Some(Err(refused)) => return self.fail(number, refused, now),
                Some(Ok(None)) if stack.len() == DEPTH => break,
                // No service here has a rate.
                Some(Ok(Some(wait))) => {
                    return self.agenda.plan(now + wait, Event::Attempt { call: number });
                }
                _ => stack.push(Call::begin(&self.services[stack.len()], deadline, now)),
            }
        }
        self.tolls[number].requests += 1;
        self.agenda.plan(now + ANSWER, Event::Answer { call: number });
    }

    /// Goes up through the services, to the first that retries.
    fn fail(&mut self, number: usize, mut error: Error, now: Moment) {
        let stack = &mut self.stacks[number];
        while let Some(call) = stack.last_mut() {
            if let Decision::Retry(delay) = call.failed(error, now, &mut self.decisions) {
                return self.agenda.plan(now + delay, Event::Attempt { call: number });
            }
            stack.pop();
            error = if self.protection.lowest_only { Error::RetriedBelow } else { Error::Down };
        }
        let toll = &mut self.tolls[number];
        toll.took = now.saturating_sub(toll.begun);
    }
}
