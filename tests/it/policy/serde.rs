//! Policies in TOML, JSON and YAML.

#[allow(dead_code, reason = "policies are all that is drawn here")]
use crate::support::arbitrary;

use std::time::Duration;

use arbitrary::policy;
use persevere::{Jitter, PartialPolicy, Policy};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// What an application's configuration has in it.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Config {
    retry: Policy,
}

fn from_toml(text: &str) -> Result<Policy, String> {
    toml::from_str::<Config>(text).map(|config| config.retry).map_err(|error| error.to_string())
}

const QUICK: Policy = Policy::AGGRESSIVE
    .with_max_retries(3)
    .with_base_delay(Duration::from_millis(250))
    .with_jitter(Jitter::Full);

#[test]
fn toml_holds_a_policy() {
    let text = r#"
        [retry]
        policy = "aggressive"
        max_retries = 3
        base_delay = "250ms"
        jitter = "full"
    "#;
    assert_eq!(from_toml(text), Ok(QUICK));
}

#[test]
fn json_holds_a_policy() {
    let text = r#"{"retry": {"jitter": "full", "max_retries": 3, "base_delay": 0.25, "policy": "aggressive"}}"#;
    assert_eq!(serde_json::from_str::<Config>(text).unwrap().retry, QUICK);
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::from_value::<Config>(value).unwrap().retry, QUICK);
}

#[test]
fn yaml_holds_a_policy() {
    let text = "
retry:
  policy: aggressive
  max_retries: 3
  base_delay: 250ms
  jitter: full
";
    assert_eq!(serde_saphyr::from_str::<Config>(text).unwrap().retry, QUICK);
}

#[test]
fn a_text_is_a_policy_too() {
    assert_eq!(from_toml(r#"retry = "conservative""#), Ok(Policy::CONSERVATIVE));
    assert_eq!(
        from_toml(r#"retry = "aggressive;max_retries:3;base_delay:250ms;jitter:full""#),
        Ok(QUICK)
    );
    assert_eq!(
        serde_saphyr::from_str::<Config>("retry: aggressive").unwrap().retry,
        Policy::AGGRESSIVE
    );
}

#[test]
fn what_is_left_out_is_the_default() {
    assert_eq!(from_toml("[retry]"), Ok(Policy::DEFAULT));
    assert_eq!(from_toml("retry.max_retries = 1"), Ok(Policy::DEFAULT.with_max_retries(1)));
}

#[test]
fn numbers_are_seconds_and_texts_may_be_numbers() {
    let minute = Policy::DEFAULT.with_max_delay(Duration::from_mins(1));
    assert_eq!(from_toml("retry.max_delay = 60"), Ok(minute));
    assert_eq!(from_toml("retry.max_delay = 60.0"), Ok(minute));
    assert_eq!(from_toml(r#"retry.max_delay = "1min""#), Ok(minute));
    assert_eq!(from_toml(r#"retry.max_delay = "60""#), Ok(minute)); // as an environment has it
    assert_eq!(from_toml(r#"retry.max_retries = "5""#), Ok(Policy::DEFAULT));
    assert_eq!(from_toml("retry.exponential_base = 2"), Ok(Policy::DEFAULT));
}

#[test]
fn a_mistake_is_one_sentence() {
    const UNIT: &str =
        "`base_delay` of 500 may be milliseconds or seconds: write `500ms` or `500s`";
    let cases = [
        ("retry.base_delay = 500", UNIT),
        ("retry.base_delay = \"500\"", UNIT),
        ("retry = \"base_delay:500\"", UNIT),
        (
            "retry.max_retrys = 3",
            "there is no setting `max_retrys`; did you mean `max_retries`? (there are `policy`, \
             `max_retries`, `base_delay`, `max_delay`, `exponential_base`, `jitter` and \
             `reset_after`)",
        ),
        (
            r#"retry = "agressive""#,
            "there is no policy `agressive`; did you mean `aggressive`? (there are `default`, ",
        ),
        (
            "retry.max_retries = -1",
            "`max_retries` is a whole number from 0 to 4294967295, and not `-1`: the retries that \
             may follow the first attempt; or `unlimited`",
        ),
        (
            "retry.max_retries = 1.5",
            "`max_retries` is a whole number from 0 to 4294967295, and not `1.5`: the retries that \
             may follow the first attempt; or `unlimited`",
        ),
        (
            r#"retry.base_delay = "2 parsecs""#,
            "`base_delay` is a duration such as `250ms`, `2s`, `1m30s`, or a number of seconds, \
             and not `2 parsecs`",
        ),
        (
            "retry.max_delay = -3",
            "`max_delay` is a duration such as `250ms`, `2s`, `1m30s`, or a number of seconds, \
             and not `-3`",
        ),
        (
            "retry.exponential_base = 0.5",
            "`exponential_base` is a finite number of at least 1.0, and not `0.5`: the factor \
             from one wait to the next",
        ),
        (
            "retry.exponential_base = nan",
            "`exponential_base` is a finite number of at least 1.0, and not `NaN`: the factor \
             from one wait to the next",
        ),
        (
            r#"retry.jitter = "125%""#,
            "a jitter is between 0 % and 100 % of the wait, and not `125%`",
        ),
        (
            r#"retry.jitter = "ful""#,
            "`ful` is not a jitter; did you mean `full`? (write `none`, `25%`, `full`, `equal` or \
             `decorrelated`)",
        ),
        (
            "retry.jitter = 0.25",
            "a number is not a jitter: write a text, such as \"25%\" or \"full\"",
        ),
        ("retry.policy = 3", "there is no policy `3` (there are `default`, "),
        ("retry.policy = []", "`policy` is a list without a wait"),
        (
            r#"retry.policy = ["1s", "soon"]"#,
            "a wait in the list of `policy` is a duration such as `250ms`, `2s`, `1m30s`, or a number \
             of seconds, and not `soon`",
        ),
        ("retry.policy = [[1]]", "and not `[…]`"),
        ("retry.max_retries = [1]", "invalid type: sequence, expected a text or a number"),
        ("retry = { policy = [1], base_delay = 1 }", "a list of waits has no `base_delay`"),
        ("retry.max_retries = true", "a text or a number for `max_retries`"),
        ("retry = 3", "a policy's name, such as \"aggressive\", or a table of its settings"),
    ];
    for (text, sentence) in cases {
        let error = from_toml(text).unwrap_err();
        assert!(error.contains(sentence), "{text}: {error}");
    }
}

#[test]
fn a_partial_policy_keeps_what_was_left_out() {
    let partial: PartialPolicy = serde_json::from_str(r#"{"max_delay": "1s"}"#).unwrap();
    assert_eq!(partial, PartialPolicy::new().with_max_delay(Duration::from_secs(1)));
    assert_eq!(serde_json::to_string(&partial).unwrap(), r#"{"max_delay":"1s"}"#);
}

#[test]
fn it_is_written_as_people_write_it() {
    let json = serde_json::to_string(&Policy::DEFAULT).unwrap();
    let written = r#"{"max_retries":5,"base_delay":"2s","max_delay":"5m","exponential_base":2.0,"jitter":"25%"}"#;
    assert_eq!(json, written);
}

#[test]
fn a_list_of_waits_is_a_policy_too() {
    const STEPS: Policy = Policy::waits(&[Duration::from_secs(1), Duration::from_secs(5)]);
    assert_eq!(from_toml(r#"retry = ["1s", 5]"#), Ok(STEPS));
    assert_eq!(from_toml(r#"retry = { policy = ["1s", 5.0] }"#), Ok(STEPS));
    assert_eq!(from_toml(r#"retry = "[1s, 5s]""#), Ok(STEPS));
    let patient = STEPS.with_unlimited_retries().with_reset_after(Duration::from_mins(1));
    let text = r#"
        [retry]
        policy = ["1s", "5s"]
        max_retries = "unlimited"
        reset_after = "1min"
    "#;
    assert_eq!(from_toml(text), Ok(patient));
    let json = serde_json::to_string(&patient).unwrap();
    let written = r#"{"policy":["1s","5s"],"max_retries":"unlimited","max_delay":"5m","jitter":"none","reset_after":"1m"}"#;
    assert_eq!(json, written);
    assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), patient);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(policy in policy()) {
        let config = Config { retry: policy };
        let text = toml::to_string(&config).unwrap();
        prop_assert_eq!(&toml::from_str::<Config>(&text).unwrap(), &config, "{}", text);
        let text = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Config>(&text).unwrap(), &config, "{}", text);
        let text = serde_saphyr::to_string(&config).unwrap();
        prop_assert_eq!(&serde_saphyr::from_str::<Config>(&text).unwrap(), &config, "{}", text);
        let text = PartialPolicy::from(policy).to_string();
        prop_assert_eq!(text.parse(), Ok(policy), "{}", text);
    }
}
