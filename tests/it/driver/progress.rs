//! A call's progress as text.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use persevere::budget::Cause;
use persevere::driver::Progress;
use proptest::prelude::*;
use serde_json::{from_str, from_value, json, to_string, to_value};

fn progress() -> impl Strategy<Value = Progress> {
    let span = || (0..=20 * 86_400_000_000_000_u64).prop_map(Duration::from_nanos);
    let cause = proptest::option::of(prop_oneof![Just(Cause::Failure), Just(Cause::Timeout)]);
    (any::<u32>(), span(), span(), cause, 1..=u32::MAX).prop_map(
        |(retries, delay, waited, granted, attempts_within)| {
            let mut progress = Progress::NONE;
            progress.retries = retries;
            progress.delay = delay;
            progress.waited = waited;
            progress.granted = granted;
            progress.attempts_within = attempts_within;
            progress
        },
    )
}

proptest! {
    #[test]
    fn a_text_has_all_of_it(progress in progress()) {
        let text = to_string(&progress).unwrap();
        prop_assert_eq!(from_str::<Progress>(&text).unwrap(), progress);
    }
}

#[test]
fn it_is_a_map_of_plain_numbers() {
    let mut progress = Progress::NONE;
    assert_eq!(to_value(progress).unwrap(), json!({"retries": 0, "delay_ms": 0, "waited_ms": 0}));
    progress.retries = 2;
    progress.delay = Duration::from_micros(4_000_500);
    progress.waited = Duration::from_secs(6);
    progress.granted = Some(Cause::Timeout);
    progress.attempts_within = 3;
    let numbers = json!({
        "retries": 2,
        "delay_ms": 4000.5,
        "waited_ms": 6000,
        "granted": "timeout",
        "attempts_within": 3,
    });
    assert_eq!(to_value(progress).unwrap(), numbers);
}

#[test]
fn what_is_missing_has_not_happened_and_what_is_unknown_is_passed_over() {
    let read = |value| from_value::<Progress>(value);
    assert_eq!(read(json!({})).unwrap(), Progress::NONE);
    let later = json!({"retries": 1, "granted": "a favour", "colour": {"of": ["the", "sky"]}});
    let mut one = Progress::NONE;
    one.retries = 1;
    assert_eq!(read(later).unwrap(), one);
    for wrong in [json!({"delay_ms": -1}), json!({"retries": "many"}), json!([])] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}
