//! What hedging does to the tail of latencies, in a simulation with a seed: a service answers
//! quickly, but for one call in twenty-five, which takes twenty times as long.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::{Hedge, Verdict};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

const CALLS: u32 = 5_000;

/// The latencies of calls, and how many attempts they took.
struct Served {
    latencies: Vec<Duration>,
    attempts: u32,
}

impl Served {
    /// In milliseconds.
    fn percentile(&self, percentile: usize) -> u64 {
        let mut latencies = self.latencies.clone();
        latencies.sort();
        let index = latencies.len() * percentile / 100;
        u64::try_from(latencies[index].as_millis()).unwrap()
    }

    fn more_attempts(&self) -> f64 {
        f64::from(self.attempts) / f64::from(CALLS) - 1.0
    }
}

/// Serves calls one after the other; `slower` multiplies the latency of a call.
async fn serve(hedge: Option<&Hedge>, slower: impl Fn(u32) -> f64) -> Served {
    let rng = RefCell::new(SmallRng::seed_from_u64(7));
    let attempts = Cell::new(0);
    let mut latencies = Vec::new();
    for call in 0..CALLS {
        let attempt = || {
            attempts.update(|attempts| attempts + 1);
            let (spread, slow): (f64, f64) = rng.borrow_mut().random();
            let factor = if slow < 0.04 { 20.0 } else { 1.0 };
            let seconds = (0.05 + 0.1 * spread) * factor * slower(call);
            sleep(Duration::from_secs_f64(seconds))
        };
        let begun = Instant::now();
        match hedge {
            Some(hedge) => hedge.race(attempt, |()| None::<Verdict>, Unlimited).await,
            None => attempt().await,
        }
        latencies.push(begun.elapsed());
    }
    Served { latencies, attempts: attempts.get() }
}

#[tokio::test(start_paused = true)]
async fn the_tail_is_cut_for_a_twentieth_more_attempts() {
    let alone = serve(None, |_| 1.0).await;
    let hedge = Hedge::after_quantile(0.95);
    let hedged = serve(Some(&hedge), |_| 1.0).await;
    assert!(alone.percentile(99) >= 2_000, "{} ms alone", alone.percentile(99));
    assert!(hedged.percentile(99) <= 300, "{} ms hedged", hedged.percentile(99));
    assert!(hedged.percentile(50).abs_diff(alone.percentile(50)) <= 2);
    let more = hedged.more_attempts();
    assert!((0.02..0.06).contains(&more), "{more} more attempts");
    assert_eq!(u64::from(hedged.attempts - CALLS), hedge.started());
}

#[tokio::test(start_paused = true)]
async fn it_does_not_learn_from_its_own_success() {
    // From round to round, the delay does not creep down, and no more are hedged.
    let hedge = Hedge::after_quantile(0.9);
    let mut started = Vec::new();
    for _ in 0..4 {
        let before = hedge.started();
        serve(Some(&hedge), |_| 1.0).await;
        started.push(hedge.started() - before);
    }
    // At most a tenth, give or take four standard errors; and more than the slow ones alone.
    for started in started {
        assert!((250..=585).contains(&started), "{started} of {CALLS}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_everything_becomes_slower_hedging_calms_down() {
    // Ten times slower from the middle on: without a new estimate, each call would be hedged.
    let hedge = Hedge::after_quantile(0.95);
    let slower = |call| if call < CALLS / 2 { 1.0 } else { 10.0 };
    let served = serve(Some(&hedge), slower).await;
    let more = served.more_attempts();
    assert!((0.02..0.09).contains(&more), "{more} more attempts");
    let delay = hedge.delay().unwrap();
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&delay), "{delay:?}");
}
