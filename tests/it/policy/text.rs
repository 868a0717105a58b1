//! Policies in one line of text, as an environment variable has them.

use std::time::Duration;

use persevere::{Jitter, PartialPolicy, Policy};

fn refused(text: &str) -> String {
    text.parse::<Policy>().unwrap_err().to_string()
}

#[test]
fn a_presets_name_is_a_policy() {
    assert_eq!("default".parse(), Ok(Policy::DEFAULT));
    assert_eq!(" aggressive ".parse(), Ok(Policy::AGGRESSIVE));
    assert_eq!("policy:conservative".parse(), Ok(Policy::CONSERVATIVE));
}

#[test]
fn settings_win_over_the_preset_in_any_order() {
    let expected = Policy::AGGRESSIVE
        .with_max_retries(2)
        .with_max_delay(Duration::from_secs(90))
        .with_exponential_base(3.0)
        .with_jitter(Jitter::Proportional(0.125));
    let settings = "max_retries:2;max_delay:1m30s;exponential_base:3;jitter:12.5%";
    assert_eq!(format!("aggressive;{settings}").parse(), Ok(expected));
    assert_eq!(format!("{settings} ; policy : aggressive").parse(), Ok(expected));
}

#[test]
fn a_mistake_is_one_sentence() {
    assert_eq!(
        refused("agressive"),
        "there is no policy `agressive`; did you mean `aggressive`? (there are `default`, \
         `aggressive`, `conservative`, `interactive`, `reconnect`, `poll` and `none`; or write a list \
         of waits, `[1s, 5s, 30s]`)"
    );
    assert_eq!(refused("max_retries=2"), "`max_retries=2` is not a setting: write `max_retries:2`");
    assert_eq!(refused("max_retries"), "`max_retries` has no value: write `max_retries:…`");
    assert_eq!(refused("max_retries:1;max_retries:2"), "`max_retries` is set twice: write it once");
    assert_eq!(refused("default;aggressive"), "`policy` is set twice: write it once");
    let missing = "a setting is missing: write a policy's name or `setting:value` (there are ";
    assert!(refused("").starts_with(missing));
    assert!(refused("aggressive;").starts_with(missing));
    assert!(refused("max_retries:many").starts_with("`max_retries` is a whole number"));
    assert!(refused("jitter:-5%").starts_with("a jitter is between 0 % and 100 %"));
    assert!(refused("jitter:NaN%").contains("is not a jitter"));
    assert!(refused("jitter:1e1%").contains("is not a jitter"));
    assert!(refused("base_delay:-1").starts_with("`base_delay` is a duration"));
    assert!(refused("exponential_base:inf").starts_with("`exponential_base` is a finite number"));
}

#[test]
fn a_partial_policy_is_shown_as_it_is_read() {
    let texts = [
        "aggressive",
        "reconnect",
        "none",
        "max_retries:2",
        "max_retries:unlimited",
        "base_delay:1m30s;jitter:7%",
        "reset_after:1m",
        "reset_after:never",
        "[1s,500ms];max_retries:9;max_delay:5m;jitter:full;reset_after:never",
    ];
    for text in texts {
        assert_eq!(text.parse::<PartialPolicy>().unwrap().to_string(), text);
    }
}

#[test]
fn a_list_of_waits_is_a_policy() {
    const STEPS: Policy = Policy::waits(&[Duration::from_secs(1), Duration::from_millis(1500)]);
    for text in ["[1s,1.5]", "[ 1s , 1500ms ]", "policy:[1,1.5]"] {
        assert_eq!(text.parse(), Ok(STEPS), "{text}");
    }
    let settings = "max_retries:unlimited;[1s,1.5];jitter:full;max_delay:10s;reset_after:1min";
    let expected = STEPS
        .with_unlimited_retries()
        .with_jitter(Jitter::Full)
        .with_max_delay(Duration::from_secs(10))
        .with_reset_after(Duration::from_mins(1));
    assert_eq!(settings.parse(), Ok(expected));
    let written = PartialPolicy::from(expected).to_string();
    assert_eq!(written.parse(), Ok(PartialPolicy::from(expected)), "{written}");
}

#[test]
fn a_bad_list_and_a_bad_reset_are_one_sentence() {
    assert_eq!(
        refused("[]"),
        "`policy` is a list without a wait: write one, as in `[1s]`, or `none` for no retries"
    );
    assert!(refused("[1s,soon]").ends_with("a number of seconds, and not `soon`"));
    let long = format!("[{}1s]", "1s,".repeat(64));
    assert!(refused(&long).contains("a list of 65 waits, and one has 64 at most"));
    assert_eq!(
        refused("[1s];base_delay:2s"),
        "a list of waits has no `base_delay` and no `exponential_base`: remove them, or the list"
    );
    assert!(refused("reset_after:0s").starts_with("a `reset_after` of zero would count every"));
    assert!(refused("reset_after:often").starts_with("`reset_after` is a duration such as"));
    assert!(refused("max_retries:endless").ends_with("; or `unlimited`"));
}
