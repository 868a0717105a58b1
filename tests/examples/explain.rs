//! `persevere::explain`, and the example of that name around it.

#[path = "../../examples/explain/answer.rs"]
mod answer;
#[path = "../../examples/explain/arguments.rs"]
mod arguments;
#[path = "../../examples/explain/picture.rs"]
mod picture;

use std::fs;
use std::time::Duration;

use persevere::{Jitter, Policy, explain};
use proptest::prelude::*;

use self::answer::Failure;

fn answer(command: &str) -> Result<String, Failure> {
    answer::to(command.split_whitespace().map(str::to_owned))
}

fn shown(command: &str) -> String {
    answer(command).expect(command)
}

#[test]
fn the_readme_shows_what_the_example_prints() {
    let readme = include_str!("../../README.md");
    let begin = "$ cargo run --example explain -- aggressive\n";
    let start = readme.find(begin).expect("the command stands in the README") + begin.len();
    let length = readme[start..].find("```").expect("the block ends");
    assert_eq!(readme[start..start + length], shown("aggressive"));
}

#[test]
fn the_picture_is_what_the_example_draws() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/explain-aggressive.svg");
    assert_eq!(shown(&format!("aggressive --svg {path}")), format!("drawn: {path}\n"));
    let drawn = fs::read_to_string(path).expect("it was drawn");
    assert!(drawn == include_str!("../../docs/explain-aggressive.svg"), "draw it anew, into docs/");
}

const EQUAL: &str = "\
default max_retries=3 base_delay=200ms jitter=equal: up to 3 retries, 200 ms × 2ᵏ, at most 5 min, equal jitter

retry  wait             0                                800 ms    waited in all
    1  100 ms – 200 ms  █████░░░░░                               100 ms – 200 ms
    2  200 ms – 400 ms  ██████████░░░░░░░░░░                     300 ms – 600 ms
    3  400 ms – 800 ms  ████████████████████░░░░░░░░░░░░░░░░░░░   700 ms – 1.4 s

At worst 4 attempts, and 1.4 s of waiting between them.
";

#[test]
fn a_policy_is_drawn_with_its_jitter() {
    assert_eq!(shown("max_retries=3 base_delay=200ms jitter=equal"), EQUAL);
}

#[test]
fn many_retries_are_shown_by_the_first_and_the_last() {
    let shown = shown("conservative max_retries=23 max_delay=20s");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[22].starts_with("   20  20 s  █") && lines[22].ends_with(" 6 min 15 s"),
        "{shown}"
    );
    assert_eq!(lines[23], "    …  2 more retries");
    assert!(
        lines[24].starts_with("   23  20 s  █") && lines[24].ends_with(" 7 min 15 s"),
        "{shown}"
    );
    assert!(shown.ends_with("\nAt worst 24 attempts, and 7 min 15 s of waiting between them.\n"));
}

/// Waits that never end are added up without being visited one by one.
#[test]
fn retrying_for_ever_is_explained_at_once() {
    let forever = Policy::CONSERVATIVE.with_max_retries(u32::MAX);
    let worst: Duration = forever.schedule().take(7).sum::<Duration>() // 5 s to 300 s
        + forever.max_delay() * (u32::MAX - 7);
    let last = format!("{} h ", worst.as_secs() / 3_600);
    assert!(explain(&forever).to_string().contains(&last), "{}", explain(&forever));
}

#[test]
fn the_longest_decorrelated_wait_follows_the_longest_one() {
    let policy = Policy::CONSERVATIVE.with_jitter(Jitter::Decorrelated);
    let ends: Vec<u64> = policy.delay_ranges().map(|range| range.end().as_secs()).collect();
    assert_eq!(ends, [15, 45, 135]);
    assert!(explain(&policy).to_string().ends_with("and 3 min 15 s of waiting between them."));
}

#[test]
fn no_retries_and_no_waits_are_explained_too() {
    let only = shown("max_retries=0");
    assert!(only.ends_with("\nOne attempt, and no waiting.\n"), "{only}");
    let at_once = shown("base_delay=0");
    assert!(at_once.ends_with("\nAt worst 6 attempts, and 0 s of waiting between them.\n"));
    assert!(!at_once.contains(['█', '░']), "{at_once}");
}

#[test]
fn without_arguments_all_presets_are_shown() {
    let each = ["default", "aggressive", "conservative"].map(shown);
    assert_eq!(shown(""), each.join("\n\n"));
    assert!(shown("").lines().all(|line| line.chars().count() <= 80), "{}", shown(""));
}

#[test]
fn help_names_every_key() {
    let help = shown("--help");
    for key in ["max_retries", "base_delay", "max_delay", "exponential_base", "jitter", "--svg"] {
        assert!(help.contains(key), "{key}");
    }
}

#[test]
fn a_policy_in_a_line_of_text_is_explained_too() {
    let as_fields = shown("aggressive max_retries=2 jitter=full");
    let as_text = shown("aggressive;max_retries:2;jitter:full");
    let table = |shown: &str| shown.split_once(": ").map(|(_, table)| table.to_owned());
    assert_eq!(table(&as_text), table(&as_fields));
}

/// What is wrong with a policy is said by its own `FromStr`.
#[test]
fn a_wrong_command_line_is_answered_in_a_sentence() {
    let wrong = |command: &str| {
        let failure = answer(command).expect_err(command);
        assert_eq!(failure.exit_code(), 2, "{command}");
        failure.to_string()
    };
    for (command, beginning) in [
        ("agressive", "there is no policy `agressive`; did you mean `aggressive`? (there are "),
        ("sturdy", "there is no policy `sturdy` (there are "),
        ("max_retrys=3", "there is no setting `max_retrys`; did you mean `max_retries`? ("),
        ("base_delay", "`base_delay` has no value: write "),
        ("base_delay=soon", "`base_delay` is a duration such as `250ms`, "),
        ("base_delay=-1", "`base_delay` is a duration such as `250ms`, "),
        ("max_retries=-1", "`max_retries` is a whole number from 0 to 4294967295, and not `-1`"),
        ("exponential_base=0.5", "`exponential_base` is a finite number of at least 1.0, and not "),
        ("jitter=fulll", "`fulll` is not a jitter; did you mean `full`? (write "),
        ("jitter=120%", "a jitter is between 0 % and 100 % of the wait, and not `120%`"),
        ("jitter=full jitter=none", "`jitter` is set twice: write it once"),
    ] {
        let sentence = wrong(command);
        assert!(sentence.starts_with(beginning), "{command}: {sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
    }
    for (command, sentence) in [
        (
            "max_delay=1s",
            "`max_delay` (1s) is below `base_delay` (2s): raise the one or lower the other",
        ),
        ("--svgg", "there is no option `--svgg` (there are `--svg` and `--help`)"),
        ("default --svg", "`--svg` wants the file to draw into: `--svg policy.svg`"),
        (
            "default aggressive --svg both.svg",
            "a picture shows one policy: name one, or draw a file for each",
        ),
    ] {
        assert_eq!(wrong(command), sentence);
    }
}

#[test]
fn a_picture_that_cannot_be_drawn_is_another_failure() {
    for command in ["max_retries=0 --svg none.svg", "default --svg /no/such/folder/default.svg"] {
        assert_eq!(answer(command).expect_err(command).exit_code(), 1, "{command}");
    }
}

proptest! {
    /// Whatever the policy: no panic, no endless loop, no line wider than asked for where it fits.
    #[test]
    fn every_policy_is_explained(
        max_retries in prop_oneof![0..40_u32, any::<u32>()],
        [base, max] in any::<[Duration; 2]>(),
        exponential_base in prop_oneof![Just(1.0), 1.0..1.001, 1.0..10.0, Just(1e300)],
        jitter in prop_oneof![
            Just(Jitter::None),
            (0.0..=1.0).prop_map(Jitter::Proportional),
            Just(Jitter::Full),
            Just(Jitter::Equal),
            Just(Jitter::Decorrelated),
        ],
    ) {
        let policy = Policy::DEFAULT
            .with_max_retries(max_retries)
            .with_base_delay(base)
            .with_max_delay(max)
            .with_exponential_base(exponential_base)
            .with_jitter(jitter);
        let shown = format!("{:160}", explain(&policy));
        prop_assert!(shown.lines().skip(1).all(|line| line.chars().count() <= 160), "{}", shown);
        prop_assert_eq!(shown.lines().next(), Some(&*policy.to_string()));
    }

    /// What is drawn is what is waited.
    #[test]
    fn every_wait_lies_in_its_range(seed: u64, decorrelated: bool) {
        use rand::SeedableRng as _;
        let jitter = if decorrelated { Jitter::Decorrelated } else { Jitter::Full };
        let policy = Policy::AGGRESSIVE.with_jitter(jitter);
        let waits = policy.delays(rand::rngs::SmallRng::seed_from_u64(seed));
        prop_assert!(waits.zip(policy.delay_ranges()).all(|(wait, range)| range.contains(&wait)));
    }
}
