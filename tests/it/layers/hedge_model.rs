//! `Hedge` beside a model of a race, in whole milliseconds.

use crate::support::paused;
use crate::support::racers;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use persevere::{Class, Hedge, Verdict};
use proptest::prelude::*;
use racers::{GOOD, Outcome, PERMANENT, Racer, Racers, TRANSIENT, judge, milliseconds};
use tokio::time::timeout;

#[derive(Clone, Debug)]
struct Race {
    delay: u64,
    max: u32,
    racers: Vec<Racer>,
    /// What the budget answers; after these, that it allows.
    budget: Vec<bool>,
}

/// What came out of a race, and when attempts were started.
type Reported = (Outcome, u64, Vec<u64>);

fn verdict() -> impl Strategy<Value = Result<(), Verdict>> {
    let after = (0..3_u64).prop_map(Duration::from_secs);
    prop_oneof![
        4 => Just(GOOD),
        6 => Just(TRANSIENT),
        1 => Just(PERMANENT),
        1 => Just(Err(Verdict::THROTTLED)),
        1 => after.clone().prop_map(|after| Err(Verdict::TRANSIENT.with_retry_after(after))),
        1 => after.prop_map(|after| Err(Verdict::THROTTLED.with_retry_after(after))),
    ]
}

fn race() -> impl Strategy<Value = Race> {
    // Few different times, so that much falls together.
    let takes = prop_oneof![1 => Just(0), 6 => (1..12_u64).prop_map(|tens| tens * 10)];
    let delay = prop_oneof![1 => Just(0), 6 => (1..6_u64).prop_map(|tens| tens * 10)];
    let racers = prop::collection::vec((takes, verdict()), 6);
    let budget = prop::collection::vec(prop::bool::weighted(0.8), 0..5);
    (delay, 1..6_u32, racers, budget).prop_map(|(delay, max, racers, budget)| Race {
        delay,
        max,
        racers,
        budget,
    })
}

/// A model of a race, in steps of time.
struct Model<'a> {
    race: &'a Race,
    budget: VecDeque<bool>,
    now: u64,
    started: Vec<u64>,
    /// Index and end.
    in_flight: Vec<(usize, u64)>,
    failed: Vec<(Verdict, u32)>,
    left: u32,
    owed: u32,
}

impl Model<'_> {
    fn start(&mut self) {
        let index = self.started.len();
        self.in_flight.push((index, self.now + self.race.racers[index].0));
        self.started.push(self.now);
    }

    /// Ends what ends now, the older first; the outcome, if one decides the race.
    fn end_due(&mut self) -> Option<Outcome> {
        while let Some(due) = self.in_flight.iter().position(|(_, end)| *end <= self.now) {
            let (index, _) = self.in_flight.remove(due);
            let number = u32::try_from(index).unwrap() + 1;
            let Err(verdict) = self.race.racers[index].1 else { return Some(Ok(number)) };
            let asks_for_wait = verdict.class() == Class::Throttled
                || verdict.retry_after().is_some_and(|after| !after.is_zero());
            if verdict.class() == Class::Permanent {
                return Some(Err((verdict, number)));
            } else if asks_for_wait {
                self.left = 0;
            } else {
                self.owed += 1;
            }
            self.failed.push((verdict, number));
        }
        None
    }

    fn start_owed(&mut self) -> Option<Outcome> {
        while self.owed > 0 && self.left > 0 {
            if !self.budget.pop_front().unwrap_or(true) {
                self.left = 0;
                break;
            }
            self.owed -= 1;
            self.left -= 1;
            self.start();
            if let Some(outcome) = self.end_due() {
                return Some(outcome);
            }
        }
        self.owed = 0;
        None
    }

    fn run(mut self) -> Reported {
        let (mut alarm, mut is_late) = (None, false);
        self.start();
        let outcome = loop {
            if let Some(outcome) = self.end_due() {
                break outcome;
            }
            if is_late && self.owed == 0 {
                self.owed = 1;
            }
            let before = self.started.len();
            if let Some(outcome) = self.start_owed() {
                break outcome;
            }
            if self.race.delay == 0 && !self.in_flight.is_empty() {
                self.owed = self.left;
                if let Some(outcome) = self.start_owed() {
                    break outcome;
                }
            }
            if self.in_flight.is_empty() {
                let restraint = |(verdict, _): &(Verdict, u32)| {
                    (verdict.class() == Class::Throttled, verdict.retry_after())
                };
                break Err(self.failed.into_iter().max_by_key(restraint).unwrap());
            }
            if self.left == 0 {
                alarm = None;
            } else if alarm.is_none() || self.started.len() > before {
                alarm = Some(self.now + self.race.delay);
            }
            let ends = self.in_flight.iter().map(|(_, end)| *end);
            self.now = ends.chain(alarm).min().unwrap();
            is_late = alarm == Some(self.now);
            if is_late {
                alarm = None;
            }
        };
        (outcome, self.now, self.started)
    }
}

impl Race {
    fn expected(&self) -> Reported {
        let model = Model {
            race: self,
            budget: self.budget.clone().into(),
            now: 0,
            started: Vec::new(),
            in_flight: Vec::new(),
            failed: Vec::new(),
            left: self.max,
            owed: 0,
        };
        model.run()
    }

    /// Runs the race, unless it is dropped after that number of milliseconds.
    async fn run(&self, dropped_after: Option<u64>) -> Result<Option<Reported>, TestCaseError> {
        let hedge = Hedge::after(milliseconds(self.delay)).with_max(self.max);
        let racers = Racers::of(&self.racers);
        let answers = RefCell::new(self.budget.iter());
        let (given, held) = (Cell::new(0_u64), Cell::new(0_u32));
        let budget = || {
            let allows = answers.borrow_mut().next().copied().unwrap_or(true);
            allows.then(|| {
                given.update(|given| given + 1);
                held.update(|held| held + 1);
                Held(&held)
            })
        };
        let race = hedge.race(|| racers.start(), judge, budget);
        let limit = dropped_after.map_or(Duration::from_hours(1), milliseconds);
        let outcome = timeout(limit, race).await.ok();
        prop_assert_eq!((racers.alive(), held.get()), (0, 0));
        prop_assert_eq!(racers.started().len() as u64, given.get() + 1);
        prop_assert_eq!(hedge.started(), given.get());
        if let Some(outcome) = outcome {
            prop_assert_eq!(hedge.won() == 1, outcome.is_ok_and(|number| number > 1));
        }
        Ok(outcome.map(|outcome| (outcome, racers.elapsed(), racers.started())))
    }
}

/// A permit that has not been returned.
struct Held<'a>(&'a Cell<u32>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.update(|held| held - 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn races_as_its_model(race in race()) {
        let reported = paused::runtime().block_on(race.run(None))?;
        prop_assert_eq!(reported, Some(race.expected()));
    }

    #[test]
    fn dropped_at_any_time_it_leaves_nothing(race in race(), after in 0..300_u64) {
        let reported = paused::runtime().block_on(race.run(Some(after)))?;
        let expected = race.expected();
        if expected.1 < after {
            prop_assert_eq!(reported, Some(expected));
        }
    }
}
