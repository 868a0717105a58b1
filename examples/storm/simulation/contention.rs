//! Many clients want to change the same row: each reads its version, and writes if nobody else has
//! written since (optimistic concurrency control).
//!
//! The model is that of the AWS article "Exponential Backoff And Jitter" (Marc Brooker, 2015).

use std::time::Duration;

use persevere::engine::{Decision, Failure, History, decide};
use persevere::{Jitter, Policy, Verdict};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Normal};

use super::agenda::{Agenda, Moment};

/// A way of waiting before the next attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) name: &'static str,
    policy: Policy,
}

/// 5 ms, doubling up to 2 s, without a limit to retries: as in the article's program.
const WAITS: Policy = Policy::DEFAULT
    .with_max_retries(u32::MAX)
    .with_base_delay(Duration::from_millis(5))
    .with_max_delay(Duration::from_secs(2));

impl Backoff {
    pub(crate) const NONE: Self =
        Self::of("no wait", WAITS.with_base_delay(Duration::ZERO).with_jitter(Jitter::None));
    pub(crate) const EXPONENTIAL: Self =
        Self::of("exponential, no jitter", WAITS.with_jitter(Jitter::None));
    pub(crate) const PROPORTIONAL: Self = Self::of("proportional jitter, 25 %", WAITS);
    pub(crate) const EQUAL: Self = Self::of("equal jitter", WAITS.with_jitter(Jitter::Equal));
    pub(crate) const FULL: Self = Self::of("full jitter", WAITS.with_jitter(Jitter::Full));
    pub(crate) const DECORRELATED: Self =
        Self::of("decorrelated jitter", WAITS.with_jitter(Jitter::Decorrelated));

    pub(crate) const EACH: [Self; 6] = [
        Self::NONE,
        Self::EXPONENTIAL,
        Self::PROPORTIONAL,
        Self::EQUAL,
        Self::FULL,
        Self::DECORRELATED,
    ];

    const fn of(name: &'static str, policy: Policy) -> Self {
        Self { name, policy }
    }
}

/// The cost until every client has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Race {
    /// The number of writes, those that came too late included.
    pub(crate) calls: u32,
    pub(crate) time: Duration,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Read { client: usize },
    Write { client: usize, version: u32 },
}

/// A race: all clients begin at once, and each writes once.
pub(crate) fn run(backoff: &Backoff, clients: usize, seed: u64) -> Race {
    let mut seeds = SmallRng::seed_from_u64(seed);
    let mut network = Network { rng: SmallRng::from_rng(&mut seeds) };
    let mut decisions = SmallRng::from_rng(&mut seeds);
    let mut histories = vec![History::NEW; clients];
    let mut agenda = Agenda::new();
    let mut race = Race { calls: 0, time: Duration::ZERO };
    let mut current = 0;
    for client in 0..clients {
        agenda.plan(network.delay(), Event::Read { client });
    }
    while let Some((now, event)) = agenda.next() {
        match event {
            Event::Read { client } => {
                let there_and_back = network.delay() + network.delay();
                agenda.plan(now + there_and_back, Event::Write { client, version: current });
            }
            Event::Write { client, version } => {
                race.calls += 1;
                let answered: Moment = now + network.delay();
                if version == current {
                    current += 1;
                    race.time = race.time.max(answered);
                    continue;
                }
                let history = &mut histories[client];
                let failure = Failure::new(&backoff.policy, Verdict::TRANSIENT);
                if let Decision::Retry(delay) = decide(&failure, history, &mut decisions) {
                    *history = history.with_retry(delay);
                    agenda.plan(answered + delay + network.delay(), Event::Read { client });
                }
            }
        }
    }
    race
}

struct Network {
    rng: SmallRng,
}

impl Network {
    /// A message's time one way: 10 ms, with a variance of 4 ms².
    fn delay(&mut self) -> Duration {
        let milliseconds = Normal::new(10.0, 2.0).expect("finite numbers");
        let one_way: f64 = milliseconds.sample(&mut self.rng);
        Duration::from_secs_f64(one_way.abs() / 1_000.0)
    }
}

/// The average of several races.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Average {
    pub(crate) calls: f64,
    pub(crate) time: Duration,
}

/// The number of races, with seeds from 0.
const RACES: u32 = 20;

/// The average of [`RACES`] races between `clients` clients.
pub(crate) fn average(backoff: &Backoff, clients: usize) -> Average {
    let races = (0..RACES).map(|seed| run(backoff, clients, u64::from(seed)));
    let (calls, time) = races
        .fold((0, Duration::ZERO), |(calls, time), race| (calls + race.calls, time + race.time));
    Average { calls: f64::from(calls) / f64::from(RACES), time: time / RACES }
}
