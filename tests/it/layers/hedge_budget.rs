//! `Hedge`: what it asks of a budget and reports to it, and that it returns every permit.

use crate::support::racers;

use std::cell::RefCell;
use std::task::{Context, Waker};
use std::time::Duration;

use persevere::hedge::HedgeBudget;
use persevere::{Budget, Bulkhead, Hedge, Verdict};
use racers::{GOOD, Outcome, PERMANENT, Racer, Racers, TRANSIENT, judge, milliseconds};
use tokio::time::{sleep, timeout};

/// Late after 200 ms.
const fn hedge() -> Hedge {
    Hedge::after(Duration::from_millis(200))
}

/// A budget that notes every report.
struct Ledger<'a> {
    allows: u32,
    entries: &'a RefCell<Vec<String>>,
}

/// Given back when it is dropped.
struct Entry<'a>(u32, &'a RefCell<Vec<String>>);

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(format!("{} dropped", self.0));
    }
}

impl<'a> HedgeBudget for Ledger<'a> {
    type Permit = Entry<'a>;

    fn try_acquire(&mut self) -> Option<Entry<'a>> {
        let entry = self.entries.borrow().len();
        self.entries.borrow_mut().push("asked".to_owned());
        self.allows = self.allows.checked_sub(1)?;
        Some(Entry(u32::try_from(entry).unwrap(), self.entries))
    }

    fn succeeded(&mut self, entry: Entry<'a>) {
        self.entries.borrow_mut().push(format!("{} succeeded", entry.0));
    }

    fn failed(&mut self, entry: Entry<'a>, verdict: Verdict) {
        let class = verdict.class().as_str();
        self.entries.borrow_mut().push(format!("{} failed, {class}", entry.0));
    }
}

/// A race on a budget: its outcome, when it ends, and the reports to the budget.
async fn race_on(allows: u32, script: &[Racer]) -> (Outcome, u64, Vec<String>) {
    let (racers, entries) = (Racers::of(script), RefCell::default());
    let budget = Ledger { allows, entries: &entries };
    let hedge = hedge().with_max(2);
    let outcome = hedge.race(|| racers.start(), judge, budget).await;
    let elapsed = racers.elapsed();
    assert_eq!(racers.alive(), 0);
    (outcome, elapsed, entries.take())
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_those_in_flight_alone() {
    let refused = race_on(0, &[(900, GOOD)]).await;
    assert_eq!(refused, (Ok(1), 900, vec!["asked".into()])); // once
    let script = [(900, GOOD), (300, GOOD)];
    let (outcome, elapsed, reported) = race_on(1, &script).await;
    assert_eq!((outcome, elapsed), (Ok(2), 500));
    assert_eq!(reported, ["asked", "asked", "0 succeeded", "0 dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_last_failure_ends_the_race() {
    let (outcome, elapsed, reported) = race_on(0, &[(50, TRANSIENT)]).await;
    assert_eq!((outcome, elapsed), (Err((Verdict::TRANSIENT, 1)), 50));
    assert_eq!(reported, ["asked"]);
}

#[tokio::test(start_paused = true)]
async fn the_budget_learns_how_each_extra_attempt_ends() {
    // The second fails and the third wins.
    let (_, _, reported) = race_on(9, &[(900, GOOD), (50, TRANSIENT), (10, GOOD)]).await;
    let failed = "0 failed, transient";
    assert_eq!(reported, ["asked", failed, "0 dropped", "asked", "3 succeeded", "3 dropped"]);
    // The first wins: the second is neither.
    let (_, _, reported) = race_on(9, &[(300, GOOD), (500, GOOD)]).await;
    assert_eq!(reported, ["asked", "0 dropped"]);
    // A first attempt needs no permit.
    assert_eq!(race_on(9, &[(100, GOOD)]).await.2, [""; 0]);
    let (_, _, reported) = race_on(9, &[(900, GOOD), (50, PERMANENT)]).await;
    assert_eq!(reported, ["asked", "0 failed, permanent", "0 dropped"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_loser_cost_a_budget_of_retries_is_spent() {
    static RETRIES: Budget = Budget::new();
    let racers = Racers::of(&[(300, GOOD), (500, GOOD)]);
    let hedge = hedge();
    let mut race = Box::pin(hedge.race(|| racers.start(), judge, &RETRIES));
    assert!(timeout(milliseconds(250), &mut race).await.is_err());
    assert_eq!(RETRIES.available().to_string(), "495 of 500 tokens");
    assert_eq!(race.await, Ok(1));
    assert_eq!(RETRIES.available().to_string(), "495 of 500 tokens");
}

#[tokio::test(start_paused = true)]
async fn dropped_at_every_poll_it_drops_all() {
    // Unpolled; the first; with a second; with a third; the second has failed.
    let script = [(900, GOOD), (400, TRANSIENT), (900, GOOD), (900, GOOD)];
    for (polls, alive) in [0, 1, 2, 3, 3].into_iter().enumerate() {
        let (racers, entries) = (Racers::of(&script), RefCell::default());
        let hedge = hedge().with_max(3);
        let budget = Ledger { allows: 9, entries: &entries };
        let mut race = Box::pin(hedge.race(|| racers.start(), judge, budget));
        for _ in 0..polls {
            let polled = race.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            sleep(milliseconds(200)).await;
        }
        assert_eq!(racers.alive(), alive, "{polls} polls");
        drop(race);
        assert_eq!(racers.alive(), 0, "{polls} polls");
        let asked = entries.borrow().iter().filter(|entry| *entry == "asked").count();
        let dropped = entries.borrow().iter().filter(|entry| entry.ends_with("dropped")).count();
        assert_eq!(asked, dropped, "{polls} polls"); // every permit is returned, or its end reported
        sleep(Duration::from_hours(1)).await;
        assert_eq!(racers.started().len(), asked + usize::from(polls > 0), "{polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bulkhead_may_be_the_budget() {
    let extra = Bulkhead::new(1);
    let (first, second) = ([(900, GOOD), (400, GOOD)], [(900, GOOD)]);
    let (first, second) = (Racers::of(&first), Racers::of(&second));
    let hedge = hedge();
    let budget = || extra.try_acquire().ok();
    let outcomes = tokio::join!(
        biased;
        hedge.race(|| first.start(), judge, budget),
        hedge.race(|| second.start(), judge, budget), // refused, the permit is taken
    );
    assert_eq!(outcomes, (Ok(2), Ok(1)));
    assert_eq!((second.elapsed(), extra.available()), (900, 1));
}
