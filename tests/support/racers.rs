//! Attempts for races: each has a scripted duration and end, and it is known whether it is still
//! alive.
#![allow(dead_code, reason = "not every file uses all")]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::time::Duration;

use persevere::Verdict;
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

/// What an attempt ends as, and its number, counted from 1.
pub(crate) type Outcome = Result<u32, (Verdict, u32)>;

pub(crate) fn judge(outcome: &Outcome) -> Option<Verdict> {
    outcome.err().map(|(verdict, _)| verdict)
}

pub(crate) fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// One attempt: how many milliseconds it takes, and its failure.
pub(crate) type Racer = (u64, Result<(), Verdict>);

pub(crate) const GOOD: Result<(), Verdict> = Ok(());
pub(crate) const TRANSIENT: Result<(), Verdict> = Err(Verdict::TRANSIENT);
pub(crate) const PERMANENT: Result<(), Verdict> = Err(Verdict::PERMANENT);

/// The attempts of one race, or of several, one after the other.
pub(crate) struct Racers {
    script: Vec<Racer>,
    begun: Instant,
    /// When each was started, in milliseconds.
    started: RefCell<Vec<u64>>,
    alive: Cell<usize>,
}

/// One that has not ended and is not dropped.
struct Alive<'a>(&'a Cell<usize>);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.update(|alive| alive - 1);
    }
}

impl Racers {
    pub(crate) fn of(script: &[Racer]) -> Self {
        Self {
            script: script.to_vec(),
            begun: Instant::now(),
            started: RefCell::default(),
            alive: Cell::new(0),
        }
    }

    /// The next attempt, which starts now.
    pub(crate) fn start(&self) -> impl Future<Output = Outcome> {
        let index = self.started.borrow().len();
        let (takes, end) = *self.script.get(index).expect("no more attempts are scripted");
        self.started.borrow_mut().push(self.elapsed());
        self.alive.update(|alive| alive + 1);
        let alive = Alive(&self.alive);
        async move {
            let _alive = alive;
            if takes > 0 {
                sleep(milliseconds(takes)).await;
            }
            let number = u32::try_from(index).unwrap() + 1;
            end.map(|()| number).map_err(|verdict| (verdict, number))
        }
    }

    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    /// When each was started, in milliseconds.
    pub(crate) fn started(&self) -> Vec<u64> {
        self.started.borrow().clone()
    }

    /// How many have neither ended nor been dropped.
    pub(crate) fn alive(&self) -> usize {
        self.alive.get()
    }
}

/// Any attempt: of each kind of end, and shorter or longer than a hedge's wait.
pub(crate) fn racer() -> impl Strategy<Value = Racer> {
    let throttled = Err(Verdict::THROTTLED);
    let soon = Err(Verdict::TRANSIENT.with_retry_after(Duration::from_secs(1)));
    let end = prop_oneof![
        3 => Just(GOOD),
        6 => Just(TRANSIENT),
        1 => Just(PERMANENT),
        1 => Just(throttled),
        1 => Just(soon),
    ];
    (0..60_u64, end)
}

/// What came of a call, when, and when its attempts were started.
pub(crate) async fn run(
    racers: Racers,
    call: impl AsyncFnOnce(&Racers) -> Outcome,
) -> (Outcome, u64, Vec<u64>) {
    let outcome = call(&racers).await;
    assert_eq!(racers.alive(), 0);
    (outcome, racers.elapsed(), racers.started())
}
