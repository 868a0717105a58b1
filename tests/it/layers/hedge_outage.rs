//! Hedges after a quantile in an outage: however races end, no more than their share are hedged, and
//! the estimate follows.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::racers;
#[allow(dead_code, reason = "only `layered` names it")]
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::time::Duration;

use futures::future::join_all;
use layered::Error;
use persevere::hedge::Unlimited;
use persevere::{Budget, Hedge, Verdict, retry};
use racers::{GOOD, Outcome, PERMANENT, Racer, TRANSIENT, judge, milliseconds};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{sleep, timeout};

/// Of a thousand races, one in twenty; and ten in a row.
const MOST: u64 = 1_000 / 20 + 10;

/// Has measured a hundred latencies of 1 to 100 ms.
fn measured() -> Hedge {
    let hedge = Hedge::after_quantile(0.95);
    (1..=100).for_each(|latency| hedge.record(milliseconds(latency)));
    hedge
}

/// One race, all of whose attempts go as `racer`; its caller drops it after 10 s.
async fn race(hedge: &Hedge, (takes, end): Racer) -> Option<Outcome> {
    let attempt = || async move {
        sleep(milliseconds(takes)).await;
        end.map(|()| 1).map_err(|verdict| (verdict, 1))
    };
    timeout(Duration::from_secs(10), hedge.race(attempt, judge, Unlimited)).await.ok()
}

const HANGS: Racer = (3_600_000, GOOD);

#[tokio::test(start_paused = true)]
async fn at_most_one_race_in_twenty_and_ten_more_are_hedged_however_they_end() {
    for racer in [
        HANGS,
        (0, TRANSIENT), // in which each race would be hedged at once
        (5, TRANSIENT),
        (2_000, TRANSIENT), // cut by a timeout, most often
        (2_000, PERMANENT),
        (2_000, Err(Verdict::THROTTLED)),
        (2_000, GOOD),
    ] {
        let hedge = measured();
        for _ in 0..1_000 {
            race(&hedge, racer).await;
        }
        assert!(hedge.started() <= MOST, "{racer:?}: {} of 1000", hedge.started());
        assert!(hedge.started() >= 10 || racer.1 == PERMANENT, "{racer:?}: {}", hedge.started());
    }
}

#[tokio::test(start_paused = true)]
async fn of_races_that_are_all_in_flight_ten_are_hedged() {
    let hedge = measured();
    join_all((0..1_000).map(|_| race(&hedge, HANGS))).await;
    assert_eq!(hedge.started(), 10);
    // Their ends have earned no more than that again.
    join_all((0..1_000).map(|_| race(&hedge, HANGS))).await;
    assert!(hedge.started() <= 20, "{}", hedge.started());
}

#[tokio::test(start_paused = true)]
async fn in_a_race_that_is_hedged_all_its_attempts_may_start() {
    let hedge = measured().with_max(3);
    for _ in 0..1_000 {
        race(&hedge, (0, TRANSIENT)).await;
    }
    assert!((3 * 10..=3 * MOST).contains(&hedge.started()), "{}", hedge.started());
    assert_eq!(hedge.started() % 3, 0);
}

#[tokio::test(start_paused = true)]
async fn the_estimate_follows_into_the_outage_and_out_of_it() {
    let hedge = measured();
    for _ in 0..200 {
        race(&hedge, HANGS).await;
    }
    assert!(hedge.delay() >= Some(Duration::from_secs(10)), "{:?}", hedge.delay());
    let before = hedge.started();
    for _ in 0..5_000 {
        race(&hedge, (20, GOOD)).await;
    }
    assert!(hedge.delay() <= Some(milliseconds(20) * 33 / 32), "{:?}", hedge.delay());
    assert_eq!(hedge.started(), before);
}

#[tokio::test(start_paused = true)]
async fn quick_failures_do_not_make_good_calls_late() {
    let hedge = measured();
    for _ in 0..10_000 {
        race(&hedge, (1, TRANSIENT)).await;
    }
    assert!(hedge.delay() >= Some(milliseconds(90)), "{:?}", hedge.delay());
}

/// Which of the races in a long day were hedged, as a list.
#[tokio::test(start_paused = true)]
async fn in_any_row_of_races_no_more_than_their_share_are_hedged() {
    let hedge = measured();
    let mut rng = SmallRng::seed_from_u64(7);
    let mut hedged = Vec::new();
    for _ in 0..30 {
        let racer = [(10, GOOD), (300, GOOD), HANGS, (1, TRANSIENT), (700, TRANSIENT)]
            [rng.random_range(0..5_usize)];
        for _ in 0..rng.random_range(1..200) {
            let before = hedge.started();
            race(&hedge, racer).await;
            hedged.push(hedge.started() > before);
        }
    }
    let places: Vec<usize> = (0..hedged.len()).filter(|race| hedged[*race]).collect();
    assert!(places.len() > 20, "{} show little", places.len());
    for (count, first) in places.iter().enumerate() {
        for (up_to, last) in places.iter().enumerate().skip(count) {
            let in_row = up_to - count + 1;
            assert!(in_row <= 10 + (last - first) / 20, "{in_row} from {first} to {last}");
        }
    }
}

/// A function whose calls have taken 50 ms, and now hang; what counts how often its body is run.
struct Service {
    hangs: Cell<bool>,
    runs: Cell<u32>,
}

impl Service {
    async fn answer(&self) -> Result<(), Error> {
        self.runs.update(|runs| runs + 1);
        if self.hangs.get() {
            pending::<()>().await;
        }
        sleep(milliseconds(50)).await;
        Ok(())
    }

    /// How often the bodies of a thousand calls that hang were run.
    async fn runs_of<F: Future>(call: impl Fn(&'static Self) -> F) -> u64 {
        let service = &*Box::leak(Box::new(Self { hangs: Cell::new(false), runs: Cell::new(0) }));
        for _ in 0..100 {
            call(service).await;
        }
        assert_eq!(service.runs.replace(0), 100);
        service.hangs.set(true);
        for _ in 0..1_000 {
            call(service).await;
        }
        u64::from(service.runs.get())
    }
}

#[tokio::test(start_paused = true)]
async fn functions_that_are_cut_or_dropped_hedge_no_more_either() {
    #[retry(hedge = "p95", timeout = "2s", max_retries = 0)]
    async fn timed_out(service: &Service) -> Result<(), Error> {
        service.answer().await
    }
    #[retry(hedge = "p95", deadline = "2s", max_retries = 0)]
    async fn too_late(service: &Service) -> Result<(), Error> {
        service.answer().await
    }
    #[retry(hedge = "p95", max_retries = 0)]
    async fn dropped(service: &Service) -> Result<(), Error> {
        service.answer().await
    }
    #[retry(hedge = "p95", timeout = "2s", max_retries = 1, base_delay = 0)]
    async fn twice(service: &Service) -> Result<(), Error> {
        service.answer().await
    }

    let within = 1_000 + 10..=1_000 + MOST;
    let runs = Service::runs_of(timed_out).await;
    assert!(within.contains(&runs), "{runs}");
    let runs = Service::runs_of(too_late).await;
    assert!(within.contains(&runs), "{runs}");
    let runs = Service::runs_of(|service| timeout(Duration::from_secs(2), dropped(service))).await;
    assert!(within.contains(&runs), "{runs}");
    // Each attempt is a race.
    let runs = Service::runs_of(twice).await;
    assert!((2_000 + 10..=2_000 + 2_000 / 20 + 10).contains(&runs), "{runs}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_delay_is_bounded_by_a_budget_alone() {
    static RETRIES: Budget = Budget::new(); // 500 tokens, of which a hedge takes 5
    let hedge = Hedge::after(milliseconds(100));
    for _ in 0..1_000 {
        race(&hedge, (200, TRANSIENT)).await;
    }
    assert_eq!(hedge.started(), 1_000);
    let hedge = Hedge::after(milliseconds(100));
    let outcomes = RefCell::new(0);
    for _ in 0..1_000 {
        let attempt = || async {
            sleep(milliseconds(200)).await;
            *outcomes.borrow_mut() += 1;
            Err((Verdict::TRANSIENT, 1))
        };
        let _ = hedge.race(attempt, judge, &RETRIES).await;
    }
    assert_eq!(hedge.started(), 100);
    assert_eq!(outcomes.take(), 1_100);
}
