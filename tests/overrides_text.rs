//! Tables of overrides as text and in files: what is read, what is written, what is refused.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use persevere::overrides::Overrides;
use persevere::{PartialPolicy, Policy};
use proptest::prelude::*;

const SEARCH: PartialPolicy =
    PartialPolicy::new().with_max_retries(2).with_base_delay(Duration::from_secs(1));

fn expected() -> Overrides {
    let table = Overrides::new().with("payments::*", Policy::AGGRESSIVE).unwrap();
    table.with("search::query", SEARCH).unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<Overrides>().unwrap_err().to_string()
}

#[test]
fn a_line_of_text_is_a_table() {
    let line = "payments::*=aggressive,search::query=max_retries:2;base_delay:1s";
    assert_eq!(line.parse(), Ok(expected()));
    let spaced =
        "\n payments::* = aggressive ,\n search::query = max_retries: 2; base_delay: 1s,\n";
    assert_eq!(spaced.parse(), Ok(expected()));
    assert_eq!(" ".parse(), Ok(Overrides::new()));
}

#[test]
fn toml_json_and_yaml_are_tables() {
    #[derive(serde::Deserialize)]
    struct Config {
        retry: Overrides,
    }
    let text = r#"
        [retry]
        "payments::*" = "aggressive"
        "search::query" = { max_retries = 2, base_delay = "1s" }
    "#;
    assert_eq!(toml::from_str::<Config>(text).unwrap().retry, expected());
    let text = r#"{"retry": {"search::query": {"max_retries": 2, "base_delay": 1}, "payments::*": {"policy": "aggressive"}}}"#;
    assert_eq!(serde_json::from_str::<Config>(text).unwrap().retry, expected());
    let text = "
retry:
  payments::*: aggressive
  search::query:
    max_retries: 2
    base_delay: 1s
";
    assert_eq!(serde_saphyr::from_str::<Config>(text).unwrap().retry, expected());
    let text = r#"retry = "payments::*=aggressive,search::query=max_retries:2;base_delay:1s""#;
    assert_eq!(toml::from_str::<Config>(text).unwrap().retry, expected());
}

#[test]
fn what_is_written_in_a_file_is_read_again() {
    let text = serde_json::to_string(&expected()).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&text).unwrap(), expected());
    let text = toml::to_string(&expected()).unwrap();
    assert_eq!(toml::from_str::<Overrides>(&text).unwrap(), expected());
}

#[test]
fn a_mistake_names_the_entry_and_what_to_write() {
    let known = "(there are `policy`, `max_retries`, `base_delay`, `max_delay`, \
                 `exponential_base` and `jitter`)";
    assert_eq!(
        refused("a=aggressive,search::query=max_retrys:2"),
        format!(
            "`search::query=max_retrys:2`: there is no setting `max_retrys`; did you mean \
             `max_retries`? {known}"
        )
    );
    assert_eq!(
        refused("a=agressive"),
        "`a=agressive`: there is no policy `agressive`; did you mean `aggressive`? (there are \
         `default`, `aggressive` and `conservative`)"
    );
    assert_eq!(
        refused("search::query"),
        "`search::query`: an entry has a pattern and a policy: write `function=policy` or \
         `function=setting:value`"
    );
    let instead = "`max_retries=2` is not a setting: write `max_retries:2`";
    assert_eq!(refused("a=max_retries=2"), format!("`a=max_retries=2`: {instead}"));
    assert_eq!(
        refused("=aggressive"),
        "`=aggressive`: a pattern is missing: write a function's name, or `*` for all functions"
    );
    assert_eq!(refused("a=default,a=aggressive"), "`a=aggressive`: `a` has two entries: write one");
    assert_eq!(
        refused("a="),
        format!("`a=`: a setting is missing: write a policy's name or `setting:value` {known}")
    );
    assert!(refused("a=default,,b=default").starts_with("``: an entry has a pattern and a policy"));
}

#[test]
fn a_mistake_in_a_file_names_the_entry_too() {
    let cases = [
        (
            r#""search::query" = { max_retrys = 2 }"#,
            "`search::query`: there is no setting `max_retrys`; did you mean `max_retries`?",
        ),
        (
            r#""search::query" = "agressive""#,
            "`search::query`: there is no policy `agressive`; did you mean `aggressive`?",
        ),
        (
            r#""search::query" = { jitter = "120%" }"#,
            "`search::query`: a jitter is between 0 % and 100 % of the wait, and not `120%`",
        ),
        (r#""search::query" = 2"#, "or a table of its settings for `search::query`"),
        (
            r#""search::query" = { max_retries = [] }"#,
            "a text or a number for `max_retries` of `search::query`",
        ),
        (r#""" = "default""#, "a pattern is missing"),
    ];
    for (text, sentence) in cases {
        let error = toml::from_str::<Overrides>(text).unwrap_err().to_string();
        assert!(error.contains(sentence), "{text}: {error}");
    }
    let error = serde_json::from_str::<Overrides>(r#"{"a": "default", "a": "default"}"#);
    assert!(error.unwrap_err().to_string().starts_with("`a` has two entries: write one"));
}

#[test]
fn what_the_environment_says_goes_over_what_a_file_says() {
    let file: Overrides = "a=aggressive,b=max_retries:1".parse().unwrap();
    let environment: Overrides = "b=base_delay:1s,c=default".parse().unwrap();
    let both = file.overlaid(environment);
    assert_eq!(both.to_string(), "a=aggressive,b=base_delay:1s,c=default");
}

proptest! {
    #[test]
    fn what_is_shown_is_read_again(
        entries in proptest::collection::btree_map("[a-z*: <>\\[\\]]{0,6}[a-z*]", 0..20_u32, 0..6)
    ) {
        let table = entries.into_iter().try_fold(Overrides::new(), |table, (pattern, retries)| {
            table.with(pattern.trim(), PartialPolicy::new().with_max_retries(retries))
        });
        prop_assume!(table.is_ok()); // two patterns may be alike when trimmed
        let table = table.unwrap();
        prop_assert_eq!(table.to_string().parse(), Ok(table));
    }
}
