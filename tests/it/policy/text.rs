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
         `aggressive` and `conservative`)"
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
    for text in ["aggressive", "max_retries:2", "base_delay:1m30s;jitter:7%"] {
        assert_eq!(text.parse::<PartialPolicy>().unwrap().to_string(), text);
    }
}
