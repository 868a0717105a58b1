//! The latencies that a hedge measures, and the calls that it hedges.

#[path = "../../src/layers/hedge/latencies.rs"]
mod latencies;
#[path = "../../src/layers/hedge/share.rs"]
mod share;
#[path = "../../src/layers/hedge/trigger.rs"]
mod trigger;

use std::time::Duration;

use self::latencies::{Latencies, Latency, Quantile};
use self::share::Share;
use self::trigger::Measured;
use crate::two_threads;

/// Each in a bucket of its own, of four.
const SHORT: Latency = Latency::Exactly(Duration::from_micros(1));
const LONG: Latency = Latency::Exactly(Duration::from_micros(3));
const LONGER: Latency = Latency::LongerThan(Duration::from_micros(3));

/// Makes a histogram with a short latency, and touches each of its atomics.
fn short() -> Latencies {
    let latencies = Latencies::new();
    latencies.record(SHORT);
    assert_eq!(latencies.quantile(0.5, 0), Quantile::Below(2));
    latencies
}

#[test]
fn what_is_counted_while_the_others_fade_is_not_lost() {
    two_threads(
        short,
        |latencies, thread| match thread {
            0 => latencies.fade(),
            _ => latencies.record(LONG),
        },
        |latencies, _| {
            // The short one weighs half, the long one half or all: a third of both, or the half.
            assert_eq!(latencies.quantile(0.3, 0), Quantile::Below(2));
            assert_eq!(latencies.quantile(0.6, 0), Quantile::Below(4));
        },
    );
}

#[test]
fn an_estimate_sees_one_that_is_counted_meanwhile_or_does_not() {
    two_threads(
        short,
        |latencies, thread| match thread {
            0 => latencies.quantile(0.9, 0),
            _ => {
                latencies.record(LONGER);
                Quantile::AtLeast(4)
            }
        },
        |latencies, [seen, after]| {
            assert!([Quantile::Below(2), after].contains(&seen));
            assert_eq!(latencies.quantile(0.9, 0), after);
        },
    );
}

/// Makes a histogram that lacks two latencies.
fn measured() -> Measured {
    let mut measured = Measured::new(0.9);
    measured.set_min_samples(1);
    measured.record(SHORT);
    assert_eq!(measured.estimate(), Some(Duration::from_micros(2)));
    measured.set_min_samples(3);
    measured
}

#[test]
fn an_estimate_is_of_all_that_were_enough_for_it() {
    two_threads(
        measured,
        |measured, thread| {
            measured.record(if thread == 0 { SHORT } else { LONG });
            measured.estimate()
        },
        |measured, seen| {
            let of_all = Some(Duration::from_micros(4));
            assert_eq!(measured.estimate(), of_all);
            assert!(seen.contains(&of_all)); // by the last of the two
        },
    );
}

#[test]
fn the_last_permit_is_granted_once() {
    two_threads(
        || {
            let share = Share::beyond(0.5);
            assert_eq!((0..9).filter(|_| share.try_take(0)).count(), 9);
            share
        },
        |share, _| share.try_take(0),
        |share, given| {
            assert_eq!(given.iter().filter(|given| **given).count(), 1);
            assert!(!share.try_take(1));
            assert!(share.try_take(2)); // one for two races
        },
    );
}
