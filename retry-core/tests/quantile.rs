//! What a hedge measures, and how many races it lets be hedged, beside what is known from elsewhere.
//!
//! These are no public types, so their files are compiled here a second time.

#![allow(dead_code, unused_imports, reason = "a part of what is compiled is needed")]
#![allow(unreachable_pub, reason = "it is the library's")]

#[path = "../src/layers/hedge/latencies.rs"]
mod latencies;
#[path = "../src/layers/hedge/share.rs"]
mod share;
#[path = "../src/primitives/sync.rs"]
mod sync;
#[path = "../src/layers/hedge/trigger.rs"]
mod trigger;

/// The folder in which the library's files look for this one.
mod primitives {
    pub(crate) use crate::sync;
}

use std::time::Duration;

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::latencies::Latency::{self, Exactly, LongerThan};
use crate::latencies::{Latencies, Quantile};
use crate::share::Share;
use crate::trigger::Measured;

fn of(latencies: impl IntoIterator<Item = Latency>) -> Latencies {
    let of = Latencies::new();
    latencies.into_iter().for_each(|latency| of.record(latency));
    of
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

#[test]
fn a_bucket_ends_at_most_a_thirty_second_later() {
    let powers = (6..32).flat_map(|power| (1 << power) - 3..=(1 << power) + 3);
    for latency in (0..5_000).chain(powers) {
        let Quantile::Below(end) = of([Exactly(micros(latency))]).quantile(0.5, 0) else {
            panic!("it is known")
        };
        assert!(end > latency && end - latency <= (latency / 32).max(1), "{latency} in {end}");
    }
}

#[test]
fn latencies_beyond_the_range_count_as_the_longest() {
    assert_eq!(of([Exactly(Duration::MAX)]).quantile(0.5, 0), Quantile::Below(1 << 32));
    assert_eq!(of([LongerThan(Duration::MAX)]).quantile(0.5, 0), Quantile::AtLeast(1 << 32));
    assert_eq!(of([Exactly(micros(7))]).quantile(0.95, 2), Quantile::AtLeast(8));
    assert_eq!(format!("{:?}", of([])), "Latencies { .. }");
}

#[test]
fn a_single_one_fades_and_is_gone_after_nine_times() {
    for (latency, known) in
        [(Exactly(micros(7)), Quantile::Below(8)), (LongerThan(micros(7)), Quantile::AtLeast(8))]
    {
        let latencies = of([latency]);
        for _ in 0..8 {
            latencies.fade();
            assert_eq!(latencies.quantile(0.5, 0), known);
        }
        latencies.fade();
        assert_eq!(latencies.quantile(0.5, 0), Quantile::AtLeast(0));
    }
}

#[test]
fn the_tail_fades_no_sooner_than_the_rest() {
    // 95 in one bucket, 5 in one each.
    let slow = (1..=5).map(|slow| Exactly(Duration::from_millis(slow)));
    let latencies = of((0..95).map(|_| Exactly(micros(10))).chain(slow));
    for _ in 0..8 {
        assert_eq!(latencies.quantile(0.95, 0), Quantile::Below(11));
        assert!(matches!(latencies.quantile(0.955, 0), Quantile::Below(1_000..)));
        latencies.fade();
    }
}

/// The data that textbooks show the estimator on: weeks of remission under 6-MP, from Freireich and
/// others, "The Effect of 6-Mercaptopurine on the Duration of Steroid-induced Remissions in Acute
/// Leukemia" (Blood 21, 1963). Those who were still well when last seen are longer.
#[test]
fn the_quantile_is_that_of_kaplan_and_meier() {
    let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    let well = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    let exactly = relapsed.map(|weeks| Exactly(micros(weeks)));
    let longer = well.map(|weeks| LongerThan(micros(weeks)));
    let latencies = of(exactly.into_iter().chain(longer));
    // The published curve, as what part has relapsed.
    for (weeks, part) in [
        (6, 1.0 - 0.857),
        (7, 1.0 - 0.807),
        (10, 1.0 - 0.753),
        (13, 1.0 - 0.690),
        (16, 1.0 - 0.627),
        (22, 1.0 - 0.538),
        (23, 1.0 - 0.448),
    ] {
        let reached = Quantile::Below(weeks + 1);
        assert_eq!(latencies.quantile(part - 0.001, 0), reached, "{weeks}");
        assert_ne!(latencies.quantile(part + 0.001, 0), reached, "{weeks}");
    }
    assert_eq!(latencies.quantile(0.6, 0), Quantile::AtLeast(36));
}

/// Many calls are cut, at any time, for reasons of their own. What the estimate has to be is known
/// from how long they would have taken.
#[test]
fn what_is_cut_at_random_does_not_move_the_quantile() {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut whole = Vec::new();
    let latencies = Latencies::new();
    for _ in 0..20_000 {
        // Most cuts come early: quick failures.
        let (takes, cut): (f64, f64) = rng.random();
        let takes = Duration::from_secs_f64(0.05 + 0.1 * takes);
        let cut = Duration::from_secs_f64(0.2 * cut * cut);
        whole.push(takes);
        latencies.record(if takes <= cut { Exactly(takes) } else { LongerThan(cut) });
    }
    whole.sort();
    for (quantile, index) in [(0.5, 10_000), (0.9, 18_000), (0.95, 19_000)] {
        let Quantile::Below(end) = latencies.quantile(quantile, 0) else { panic!("it is known") };
        let off = micros(end).as_secs_f64() / whole[index].as_secs_f64();
        assert!((0.98..1.05).contains(&off), "{quantile}: {off}");
    }
}

/// A hedge after 0.95 that knows a hundred latencies of 1 to 100 ms.
fn measured() -> Measured {
    let measured = Measured::new(0.95);
    (1..=100).for_each(|latency| measured.record(Exactly(Duration::from_millis(latency))));
    assert_eq!(measured.estimate(), Some(micros(96_256)));
    measured
}

#[test]
fn quick_failures_alone_change_next_to_nothing() {
    let measured = measured();
    // Until all others have faded.
    for _ in 0..10_000 {
        measured.record(LongerThan(Duration::from_millis(1)));
        let estimate = measured.estimate().unwrap();
        assert!((95..=101).contains(&estimate.as_millis()), "{estimate:?}");
    }
}

#[test]
fn what_has_nearly_faded_makes_the_estimate_no_earlier() {
    let latencies = of((0..40).map(|_| Exactly(micros(10))));
    assert_eq!(latencies.quantile(0.5, 20), Quantile::Below(11));
    latencies.fade();
    assert_eq!(latencies.quantile(0.5, 20), Quantile::Below(11));
    latencies.fade();
    assert_eq!(latencies.quantile(0.5, 20), Quantile::AtLeast(11));
}

#[test]
fn when_too_many_are_cut_late_the_estimate_is_beyond_them() {
    let measured = measured();
    (0..64).for_each(|_| measured.record(LongerThan(Duration::from_secs(10))));
    assert!(measured.estimate() > Some(Duration::from_secs(10)));
}

#[test]
fn all_that_are_counted_earn_the_share_that_may_be_hedged() {
    let measured = measured();
    let hedged = || (0..100).filter(|_| measured.may_hedge()).count();
    assert_eq!(hedged(), 10);
    (0..19).for_each(|_| measured.record(Exactly(micros(7))));
    assert_eq!(hedged(), 0);
    measured.record(LongerThan(micros(7)));
    assert_eq!(hedged(), 1);
}

#[test]
fn as_many_as_are_set_are_enough() {
    let mut measured = Measured::new(0.95);
    measured.set_min_samples(2);
    measured.record(Exactly(micros(7)));
    assert_eq!(measured.estimate(), None);
    measured.record(Exactly(micros(9)));
    assert_eq!(measured.estimate(), Some(micros(10)));
    measured.record(Exactly(micros(99)));
    assert_eq!(measured.estimate(), Some(micros(10)), "made anew after each second one");
    measured.record(Exactly(micros(30)));
    assert_eq!(measured.estimate(), Some(micros(100)));
}

#[test]
fn those_that_were_cut_do_not_count_as_enough() {
    let measured = Measured::new(0.95);
    (0..10_000).for_each(|_| measured.record(LongerThan(Duration::from_millis(1))));
    assert_eq!(measured.estimate(), None);
    (1..=99).for_each(|_| measured.record(Exactly(Duration::from_millis(50))));
    assert_eq!(measured.estimate(), None);
    measured.record(Exactly(Duration::from_millis(50)));
    assert!(measured.estimate() >= Some(Duration::from_millis(50)));
}

proptest! {
    /// A list of races, each of which asked or not: of any in a row, no more than ten and their share
    /// are let be hedged; and where one is refused, it would have been one too many.
    #[test]
    fn a_share_and_ten_more_may_be_hedged_in_any_row_of_races(
        quantile in prop::sample::select(vec![0.01, 0.5, 0.9, 0.95, 0.99, 0.999]),
        asks in prop::collection::vec(prop::bool::weighted(0.7), 1..600),
    ) {
        let share = Share::beyond(quantile);
        let mut hedged: Vec<u32> = Vec::new();
        let most = |races: u32| 10.0 + (1.0 - quantile) * f64::from(races);
        for (ended, _) in (0..).zip(&asks).filter(|(_, asks)| **asks) {
            let let_be = share.try_take(u64::from(ended));
            hedged.push(ended);
            // The longest rows that end here, from each one that was hedged.
            let mut in_row = (1..=hedged.len()).rev().zip(&hedged);
            let is_too_many = in_row.any(|(count, first)| {
                // The clock's parts are a thousandth of a race.
                f64::from(u32::try_from(count).unwrap()) > most(ended - first) + 0.02
            });
            prop_assert!(!(let_be && is_too_many), "{ended} in {hedged:?}");
            if !let_be {
                let mut in_row = (1..=hedged.len()).rev().zip(&hedged);
                let would_be_too_many = in_row.any(|(count, first)| {
                    f64::from(u32::try_from(count).unwrap()) > most(ended - first) - 0.02
                });
                prop_assert!(would_be_too_many, "{ended} in {hedged:?}");
                hedged.pop();
            }
        }
    }
}

#[test]
fn the_rarest_are_still_let_be_hedged_ten_times_and_no_more() {
    let share = Share::beyond(1.0 - f64::EPSILON);
    for ended in [0, 1, 1 << 20, 1 << 40] {
        let hedged = (0..100).filter(|_| share.try_take(ended)).count();
        assert_eq!(hedged, if ended == 0 { 10 } else { 0 });
    }
    assert!(!share.try_take(u64::MAX >> 20));
}
