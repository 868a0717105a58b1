//! What the attribute says of a function's schedule in its documentation is what happens.
//!
//! The sentences are in `retry-macros/src/tests/documentation_rows.rs`. A unit test of the macros checks that these are
//! the ones they write; here, functions with the same keys fail until they are given up, and each
//! number in the sentence is compared with the waits that the runtime asked for.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::time::Duration;

use persevere::retry;

use self::waited::{note, waited};

fn waits_of(fails: fn() -> Result<(), ()>) -> Vec<f64> {
    assert_eq!(fails(), Err(()));
    waited().iter().map(Duration::as_secs_f64).collect()
}

macro_rules! rows {
    ($(($($schedule:tt)*) ($($jitter:tt)*) => $sentence:literal;)*) => {
        #[test]
        fn sentences_are_true() {
            $({
                #[retry($($schedule)* jitter = "none", on = _, sleep = note)]
                fn plain() -> Result<(), ()> {
                    Err(())
                }
                #[retry($($schedule)* $($jitter)* on = _, sleep = note)]
                fn jittered() -> Result<(), ()> {
                    Err(())
                }
                check($sentence, &waits_of(plain), || waits_of(jittered));
            })*
        }
    };
}

include!("../../../retry-macros/src/tests/documentation_rows.rs");

/// Checks `sentence` against the waits of the schedule without jitter, and with it.
fn check(sentence: &str, plain: &[f64], jittered: impl Fn() -> Vec<f64>) {
    let said = sentence.strip_prefix("Retried ").and_then(|said| said.strip_suffix('.'));
    let said = said.expect(sentence);
    let (times, said) = said.split_once(": waits ").expect(sentence);
    assert_eq!(plain.len(), count(times), "{sentence}");
    if let Some(range) = said.strip_prefix("between ") {
        let range = range.strip_suffix(", by decorrelated jitter").expect(sentence);
        let (from, to) = range.split_once(" and ").expect(sentence);
        each(sentence, plain, jittered, |_| (span(from).0, span(to).0));
        return;
    }
    let (waits, said) = said.split_once(" at most ").expect(sentence);
    let (total, spread) = said.split_once(" of waiting in all").expect(sentence);
    match waits.strip_suffix(" …") {
        Some(waits) => {
            assert!(plain.len() > 3, "{sentence}");
            same(sentence, waits, &plain[..3]);
        }
        None => same(sentence, waits.strip_suffix(',').expect(sentence), plain),
    }
    same(sentence, total, &[plain.iter().sum()]);
    match spread {
        "" => each(sentence, plain, jittered, |wait| (wait, wait)),
        ", of which full jitter takes any part" => {
            each(sentence, plain, jittered, |wait| (0.0, wait));
        }
        ", of which equal jitter takes up to half" => {
            each(sentence, plain, jittered, |wait| (wait / 2.0, wait));
        }
        _ => {
            let percent = spread.strip_prefix(", to which jitter adds up to ");
            let percent = percent.and_then(|percent| percent.strip_suffix(" %"));
            let percent: f64 = percent.and_then(|percent| percent.parse().ok()).expect(sentence);
            each(sentence, plain, jittered, |wait| (wait, wait * (1.0 + percent / 100.0)));
        }
    }
}

fn count(times: &str) -> usize {
    match times {
        "once" => 1,
        "twice" => 2,
        more => {
            let number = more.strip_prefix("up to ").and_then(|more| more.strip_suffix(" times"));
            number.and_then(|number| number.parse().ok()).expect(more)
        }
    }
}

/// Each wait lies in the range that the jitter makes of the plain one, and they do not all lie at
/// the same place in it.
fn each(
    sentence: &str,
    plain: &[f64],
    jittered: impl Fn() -> Vec<f64>,
    range: impl Fn(f64) -> (f64, f64),
) {
    const EXACT: f64 = 1e-8;
    for _ in 0..50 {
        let jittered = jittered();
        assert_eq!(jittered.len(), plain.len(), "{sentence}");
        for (wait, plain) in jittered.iter().zip(plain) {
            let (from, to) = range(*plain);
            assert!((from - EXACT..=to + EXACT).contains(wait), "{wait} s: {sentence}");
        }
    }
    let (from, to) = range(plain[0]);
    let firsts: Vec<f64> = (0..50).map(|_| jittered()[0]).collect();
    let spread = firsts.iter().any(|first| (first - firsts[0]).abs() > EXACT);
    assert_eq!(spread, to - from > EXACT, "{sentence}");
}

/// The spans in `said` are these numbers of seconds, as exactly as they are spelt.
fn same(sentence: &str, said: &str, seconds: &[f64]) {
    let said: Vec<&str> = said.split(", ").collect();
    assert_eq!(said.len(), seconds.len(), "{sentence}");
    for (said, seconds) in said.into_iter().zip(seconds) {
        let (spelt, precision) = span(said);
        assert!((spelt - seconds).abs() <= precision, "{said} is {seconds} s: {sentence}");
    }
}

/// Reads a span such as `2.25 s` or `1 min 53 s`: its seconds, and how far they may be off.
fn span(text: &str) -> (f64, f64) {
    let words: Vec<&str> = text.split(' ').collect();
    let mut sum = (0.0, 0.0);
    for pair in words.chunks(2) {
        let [number, unit] = pair else { panic!("{text}") };
        let number: f64 = number.parse().expect(text);
        let (seconds, precision) = match *unit {
            "ms" => (1e-3, 5e-6),
            "s" if words.len() == 2 => (1.0, 5e-3),
            "s" => (1.0, 0.5),
            "min" if words.len() == 2 || words[1] == "min" => (60.0, 0.5),
            "min" | "h" => (if *unit == "h" { 3600.0 } else { 60.0 }, 60.0),
            other => panic!("{other} in {text}"),
        };
        sum = (sum.0 + number * seconds, precision);
    }
    sum
}
