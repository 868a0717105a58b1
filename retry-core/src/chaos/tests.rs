//! The grammar, and what is drawn, beside models that are simpler than the code.

use std::time::Duration;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::*;

/// An action as the grammar has it.
#[derive(Clone, Debug)]
struct Written {
    percent: Option<u32>,
    most: Option<u32>,
    act: &'static str,
}

const ACTS: [(&str, Option<Injected>); 4] = [
    ("off", None),
    ("return", Some(Injected::Fault(Fault::TRANSIENT))),
    ("sleep(250ms)", Some(Injected::Delay(Duration::from_millis(250)))),
    ("sleep(2s)", Some(Injected::Delay(Duration::from_secs(2)))),
];

fn written() -> impl Strategy<Value = Written> {
    let act = prop::sample::select(ACTS.map(|(act, _)| act).to_vec());
    (prop::option::of(1..100_u32), prop::option::of(1..4_u32), act)
        .prop_map(|(percent, most, act)| Written { percent, most, act })
}

/// Actions of which each comes to be asked.
fn sequence() -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec(written(), 1..5).prop_map(|mut actions| {
        let before_last = actions.len() - 1;
        for action in &mut actions[..before_last] {
            if action.percent.is_none() {
                action.most.get_or_insert(1);
            }
        }
        actions
    })
}

fn text(actions: &[Written]) -> String {
    let texts = actions.iter().map(|Written { percent, most, act }| {
        let percent = percent.map_or_else(String::new, |percent| format!("{percent}%"));
        let most = most.map_or_else(String::new, |most| format!("{most}*"));
        format!("{percent}{most}{act}")
    });
    texts.collect::<Vec<String>>().join("->")
}

/// What is done to each attempt: in a list, an action that has acted is crossed off.
fn by_definition(actions: &[Written], attempts: usize, seed: u64) -> Vec<Option<Injected>> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut left: Vec<u32> = actions.iter().map(|it| it.most.unwrap_or(u32::MAX)).collect();
    let mut one = || {
        for (action, left) in actions.iter().zip(&mut left) {
            if *left == 0 {
                continue;
            }
            let is_drawn =
                action.percent.is_none_or(|percent| random.random_bool(f64::from(percent) / 100.0));
            if is_drawn {
                *left -= 1;
                return ACTS.iter().find(|(act, _)| *act == action.act)?.1;
            }
        }
        None
    };
    (0..attempts).map(|_| one()).collect()
}

proptest! {
    #[test]
    fn it_draws_as_the_definition(actions in sequence(), seed: u64) {
        let chaos = Chaos::read(&text(&actions)).unwrap();
        let mut random = SmallRng::seed_from_u64(seed);
        let drawn: Vec<_> = (0..32).map(|_| chaos.draw(&mut random)).collect();
        prop_assert_eq!(drawn, by_definition(&actions, 32, seed));
    }

    #[test]
    fn anew_it_draws_the_same_again(actions in sequence(), seed: u64) {
        let chaos = Chaos::read(&text(&actions)).unwrap();
        let draw = |chaos: &Chaos| -> Vec<_> {
            let mut random = SmallRng::seed_from_u64(seed);
            (0..16).map(|_| chaos.draw(&mut random)).collect()
        };
        let first = draw(&chaos);
        prop_assert_eq!(draw(&chaos.anew()), first);
    }

    #[test]
    fn what_is_written_is_read_again(actions in sequence(), spaces in " {0,2}") {
        let text = text(&actions);
        let spread = text.replace("->", &format!("{spaces}->{spaces}"));
        let chaos = Chaos::read(&spread).unwrap();
        prop_assert_eq!(chaos.to_string(), text);
        prop_assert_eq!(Chaos::read(&chaos.to_string()).unwrap(), chaos);
    }

    #[test]
    fn any_share_is_written_as_it_was_read(percent in 0.000_001..100_f64) {
        let chaos = Chaos::read(&format!("{percent}%return")).unwrap();
        prop_assert_eq!(Chaos::read(&chaos.to_string()).unwrap(), chaos);
    }

    #[test]
    fn any_text_is_answered(text in "[0-9%*()>a-z. -]{0,24}|\\PC{0,16}") {
        if let Err(sentence) = Chaos::read(&text) {
            prop_assert!(sentence.contains("write") || sentence.contains("there are")
                || sentence.contains("the most") || sentence.contains("at most")
                || sentence.contains("did you mean"), "{}", sentence);
        }
    }
}

#[test]
fn a_share_is_that_share() {
    let chaos = Chaos::read("20%return").unwrap();
    let mut random = SmallRng::seed_from_u64(7);
    let hit = (0..10_000).filter(|_| chaos.draw(&mut random).is_some()).count();
    assert!((1_850..2_150).contains(&hit), "{hit}");
}

#[test]
fn units_and_names_are_written_in_one_way() {
    let same = |text: &str| Chaos::read(text).unwrap().to_string();
    assert_eq!(same("sleep(200)"), "sleep(200ms)");
    assert_eq!(same("sleep( 1m 30s )"), "sleep(1m30s)");
    assert_eq!(same("100%return(transient)"), "return");
    assert_eq!(same("0.5%return(out_of_stock)"), "0.5%return(out_of_stock)");
}

#[test]
fn a_mistake_is_answered() {
    let answers = [
        (
            "",
            "an action of `chaos` is missing: write one such as `20%return(timeout)`, with `->` before the next",
        ),
        (
            "3*return->",
            "an action of `chaos` is missing: write one such as `20%return(timeout)`, with `->` before the next",
        ),
        (
            "retrun",
            "`chaos` has no action `retrun`; did you mean `return`? (there are `return`, `sleep` and `off`)",
        ),
        ("explode", "`chaos` has no action `explode` (there are `return`, `sleep` and `off`)"),
        ("panic(no)", "`chaos` has no `panic`, since a panic is not retried: write `return(name)`"),
        (
            "pause",
            "`chaos` has no `pause`, since it might never end: write `sleep(1h)`, which a timeout cuts",
        ),
        (
            "delay(5)",
            "`chaos` has no `delay`, since it would keep a thread busy: write `sleep(200ms)`",
        ),
        (
            "120%return",
            "`120%` is no share of attempts: write a number above 0, and 100 at most, before the `%`",
        ),
        (
            "0%return",
            "`0%` is no share of attempts: write a number above 0, and 100 at most, before the `%`",
        ),
        (
            "NaN%return",
            "`NaN%` is no share of attempts: write a number above 0, and 100 at most, before the `%`",
        ),
        (
            "0*return",
            "`0*` is no number of attempts: write a whole number of at least 1 before the `*`, behind the share: `20%3*return`",
        ),
        (
            "3*20%return",
            "`3*20%` is no share of attempts: write a number above 0, and 100 at most, before the `%`",
        ),
        ("return(timeout", "`return(timeout` has no `)` at its end: write it"),
        (
            "return(time out)",
            "`time out` is no name of a fault: write at most 64 of the letters a to z, digits, `_`, `-` and `.`, such as `timeout` or `503`",
        ),
        (
            "return(tiemout)",
            "there is no fault `tiemout`; did you mean `timeout`? A name of your own must differ more from those that are known",
        ),
        ("off(1)", "`off` has no argument: write `off`"),
        ("sleep", "`sleep` has no time: write `sleep(200ms)`"),
        (
            "sleep(soon)",
            "`sleep(soon)` has no time: write a duration such as `200ms` or `2s`, or a number of milliseconds",
        ),
        ("sleep(0)", "`sleep(0)` does nothing: write a time above 0, or `off`"),
        ("sleep(31days)", "`sleep(31days)` is too long: in a table a time is 720 h at most"),
        (
            "return->sleep(1s)",
            "`chaos` never comes to `sleep(1s)`, since `return` acts on every attempt: write a share or a count before it, such as `20%` or `3*`",
        ),
    ];
    for (text, answer) in answers {
        assert_eq!(Chaos::read(text).unwrap_err(), answer);
    }
    let many = ["1*return"; 17].join("->");
    assert_eq!(Chaos::read(&many).unwrap_err(), "`chaos` has 17 actions, and 16 are the most");
}

#[cfg(feature = "http")]
#[test]
fn a_status_is_one_of_a_failure() {
    use crate::classify::{Classify as _, Verdict};

    let verdict = |name: &str| Fault::read(name).unwrap().classify();
    assert_eq!(verdict("503"), Verdict::TRANSIENT);
    assert_eq!(verdict("429"), Verdict::THROTTLED);
    assert_eq!(verdict("404"), Verdict::PERMANENT);
    let answer = Fault::read("200").unwrap_err();
    assert!(answer.contains("from 400 to 599"), "{answer}");
}
