//! Delays after a quantile: how near the estimate is, how it follows change, and what races count.

use crate::support::racers;

use std::collections::VecDeque;
use std::future::pending;
use std::thread;
use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::{Hedge, Verdict};
use proptest::prelude::*;
use racers::{GOOD, PERMANENT, Racer, Racers, TRANSIENT, judge, milliseconds};

/// The least of `latencies` that no less than such a share of their weight does not exceed.
fn exact(quantile: f64, mut latencies: Vec<(Duration, f64)>) -> Duration {
    latencies.sort_by_key(|(latency, _)| *latency);
    let total: f64 = latencies.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    for (latency, weight) in &latencies {
        below += weight;
        if below >= quantile * total {
            return *latency;
        }
    }
    latencies.last().unwrap().0
}

/// Never below; above by a thirty-second or a microsecond at most.
fn assert_near(estimate: Duration, exact: Duration) -> Result<(), TestCaseError> {
    let most = exact + (exact / 32).max(Duration::from_micros(1));
    prop_assert!(estimate >= exact && estimate <= most, "{estimate:?} for {exact:?}");
    Ok(())
}

/// From a nanosecond to an hour, as many in each decade.
fn latency() -> impl Strategy<Value = Duration> {
    (-9.0..3.5_f64).prop_map(|decade| Duration::from_secs_f64(10_f64.powf(decade)))
}

proptest! {
    #[test]
    fn the_estimate_is_within_its_bounds(
        latencies in prop::collection::vec(latency(), 1..16),
        quantile in 0.01..0.99_f64,
    ) {
        let count = u32::try_from(latencies.len() * 32).unwrap();
        let hedge = Hedge::after_quantile(quantile).with_min_samples(count);
        // Each 32 times, so that the last one makes the estimate anew.
        for latency in &latencies {
            (0..32).for_each(|_| hedge.record(*latency));
        }
        let weighed = latencies.iter().map(|latency| (*latency, 1.0)).collect();
        assert_near(hedge.delay().unwrap(), exact(quantile, weighed))?;
    }

    #[test]
    fn also_when_the_older_ones_fade(
        seeds in prop::collection::vec(latency(), 1..40),
        quantile in 0.05..0.95_f64,
        steps in 20..90_usize,
    ) {
        let hedge = Hedge::after_quantile(quantile).with_min_samples(32);
        let mut weighed: Vec<(Duration, f64)> = Vec::new();
        for (count, latency) in (1..=steps * 32).zip(seeds.iter().cycle()) {
            hedge.record(*latency);
            weighed.push((*latency, 1.0));
            if count % 512 == 0 {
                for (_, weight) in &mut weighed {
                    *weight /= 2.0;
                }
            }
        }
        // At most 2880 samples, so halved five times: all weights are whole 256ths.
        assert_near(hedge.delay().unwrap(), exact(quantile, weighed))?;
    }
}

#[test]
fn there_is_no_estimate_before_there_are_enough() {
    for (quantile, enough) in [(0.5, 20), (0.9, 50), (0.95, 100), (0.99, 500)] {
        let hedge = Hedge::after_quantile(quantile);
        for _ in 1..enough {
            hedge.record(milliseconds(1));
            assert_eq!(hedge.delay(), None);
        }
        hedge.record(milliseconds(1));
        assert!(hedge.delay().is_some());
    }
}

/// How many samples at `to` it takes, after many at `from`, until the estimate is near `to`.
fn followed_after(from: u64, to: u64) -> u32 {
    let hedge = Hedge::after_quantile(0.95);
    (0..5_120).for_each(|_| hedge.record(milliseconds(from)));
    let near = |latency: u64| milliseconds(latency)..=milliseconds(latency) * 33 / 32;
    assert!(near(from).contains(&hedge.delay().unwrap()));
    for samples in 1..10_000 {
        hedge.record(milliseconds(to));
        if near(to).contains(&hedge.delay().unwrap()) {
            return samples;
        }
    }
    panic!("it does not follow")
}

#[test]
fn the_estimate_follows_change() {
    // What came before weighs as much as 512, and 27 are a twentieth of 539.
    assert!((27..=64).contains(&followed_after(10, 100)), "{}", followed_after(10, 100));
    // What came before is less than a twentieth in the fifth half-life.
    assert!((1_500..=2_560).contains(&followed_after(100, 10)), "{}", followed_after(100, 10));
}

#[test]
fn counting_loses_nothing_between_threads() {
    static HEDGE: Hedge = Hedge::after_quantile(0.75).with_min_samples(4 * 50);
    // Three of four are quick; every one of them has to be counted for that.
    thread::scope(|scope| {
        for latency in [1, 1, 1, 1_000] {
            scope.spawn(move || (0..50).for_each(|_| HEDGE.record(milliseconds(latency))));
        }
    });
    let delay = HEDGE.delay().unwrap();
    assert!(delay <= milliseconds(1) * 33 / 32, "{delay:?}");
}

/// Runs each script as a race.
async fn races(hedge: &Hedge, scripts: impl IntoIterator<Item = Vec<Racer>>) -> VecDeque<u64> {
    let mut ends = VecDeque::new();
    for script in scripts {
        let racers = Racers::of(&script);
        let _ = hedge.race(|| racers.start(), judge, Unlimited).await;
        ends.push_back(racers.elapsed());
    }
    ends
}

#[tokio::test(start_paused = true)]
async fn before_that_there_is_one_attempt_whatever_it_ends_as() {
    let hedge = Hedge::after_quantile(0.95);
    let slow = [vec![(60_000, GOOD)], vec![(5, TRANSIENT)], vec![(5, PERMANENT)]];
    assert_eq!(races(&hedge, slow).await, [60_000, 5, 5]); // a second attempt would panic
    assert_eq!(hedge.started(), 0);
}

/// Whether `delay` is that latency, or the end of its bucket.
fn is_near(delay: Option<Duration>, latency: u64) -> bool {
    let near = milliseconds(latency)..=milliseconds(latency) * 33 / 32;
    delay.is_some_and(|delay| near.contains(&delay))
}

#[tokio::test(start_paused = true)]
async fn a_failure_counts_as_longer_than_it_took() {
    let good = || [vec![(10, GOOD)], vec![(20, GOOD)], vec![(30, GOOD)]];
    for (failure, median) in [(1, 20), (900, 30)] {
        for verdict in [TRANSIENT, PERMANENT, Err(Verdict::THROTTLED)] {
            let hedge = Hedge::after_quantile(0.5).with_min_samples(3);
            races(&hedge, [vec![(failure, verdict)], vec![(failure, verdict)]]).await;
            assert_eq!(hedge.delay(), None, "three have to be good");
            races(&hedge, good()).await;
            assert!(is_near(hedge.delay(), median), "{:?}", hedge.delay());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_race_that_is_dropped_counts_as_longer_than_it_was_in_flight() {
    for (dropped, median) in [(1, 20), (900, 30)] {
        let hedge = Hedge::after_quantile(0.5).with_min_samples(3);
        for _ in 0..2 {
            let racers = Racers::of(&[(60_000, GOOD)]);
            let race = hedge.race(|| racers.start(), judge, Unlimited);
            assert!(tokio::time::timeout(milliseconds(dropped), race).await.is_err());
        }
        drop(hedge.race(pending::<racers::Outcome>, judge, Unlimited)); // it has not begun
        races(&hedge, [vec![(10, GOOD)], vec![(20, GOOD)], vec![(30, GOOD)]]).await;
        assert!(is_near(hedge.delay(), median), "{:?}", hedge.delay());
    }
}

#[tokio::test(start_paused = true)]
async fn a_race_that_another_attempt_ends_counts_as_longer_too() {
    // Of two latencies, the longer is the 99th percentile.
    let hedge = Hedge::after_quantile(0.99).with_min_samples(1);
    hedge.record(milliseconds(100));
    races(&hedge, [vec![(60_000, GOOD), (400, PERMANENT)]]).await;
    assert!(hedge.delay() > Some(milliseconds(500)), "{:?}", hedge.delay());
}

#[tokio::test(start_paused = true)]
async fn an_overtaken_attempt_counts_for_as_long_as_it_was_in_flight() {
    // Of two latencies, the longer is the 99th percentile.
    let hedge = || Hedge::after_quantile(0.99).with_min_samples(1);
    let late_after_100 = hedge();
    late_after_100.record(milliseconds(100));
    // The second attempt wins at 140 and a little.
    races(&late_after_100, [vec![(60_000, GOOD), (40, GOOD)]]).await;
    let delay = late_after_100.delay().unwrap();
    assert!((milliseconds(140)..milliseconds(160)).contains(&delay), "{delay:?}");
    // The first has failed by then: what the second took is not what a first would have taken.
    let late_after_10 = hedge();
    late_after_10.record(milliseconds(10));
    races(&late_after_10, [vec![(5, TRANSIENT), (4_000, GOOD)]]).await;
    assert!(late_after_10.delay().unwrap() < milliseconds(11));
}

#[tokio::test(start_paused = true)]
async fn a_race_that_is_kept_after_its_end_counts_until_then() {
    let hedge = Hedge::after_quantile(0.99).with_min_samples(1);
    hedge.record(milliseconds(100));
    let racers = Racers::of(&[(60_000, GOOD), (40, GOOD)]);
    let mut race = Box::pin(hedge.race(|| racers.start(), judge, Unlimited));
    assert_eq!(race.as_mut().await, Ok(2));
    tokio::time::sleep(Duration::from_hours(1)).await;
    drop(race);
    assert!(hedge.delay() < Some(milliseconds(160)), "{:?}", hedge.delay());
}

#[tokio::test(start_paused = true)]
async fn the_second_attempt_starts_at_the_quantile() {
    let hedge = Hedge::after_quantile(0.95);
    (1..=100).for_each(|latency| hedge.record(milliseconds(latency)));
    let racers = Racers::of(&[(500, GOOD), (500, GOOD)]);
    let _ = hedge.race(|| racers.start(), judge, Unlimited).await;
    // Of 1 to 100 ms, the 95th percentile is 95 ms, and its bucket ends at 96.256.
    assert_eq!(racers.started(), [0, 97]); // tokio's timer rounds up
    assert_eq!(hedge.delay(), Some(Duration::from_micros(96_256)));
}
