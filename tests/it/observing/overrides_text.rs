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
fn the_commas_of_a_list_of_waits_separate_no_entries() {
    const WAITS: &[Duration] = &[Duration::from_secs(1), Duration::from_secs(5)];
    let table = Overrides::new().with("a", Policy::waits(WAITS).with_max_retries(9)).unwrap();
    let table = table.with("<[u8; 4] as Send>::b", Policy::INTERACTIVE).unwrap();
    let line = "<[u8; 4] as Send>::b=interactive, a=[1s,5s];max_retries:9";
    assert_eq!(line.parse(), Ok(table.clone()));
    assert_eq!(table.to_string().parse(), Ok(table));
    assert_eq!(
        refused("a=reconnect"),
        "`a=reconnect`: `max_retries` of `a` is unlimited, and in a table it is 1000 at most"
    );
    assert!(refused("a=[1s,99999h]").contains("`max_delay` of `a` is 99999 h, and in a table it"));
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
                 `exponential_base`, `jitter`, `reset_after`, `timeout`, `deadline`, `until`, \
                 `max_concurrent`, `max_queue`, `per_second`, `per_minute`, `burst`, `breaker` and \
                 `chaos`)";
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
         `default`, `aggressive`, `conservative`, `interactive`, `reconnect`, `poll` and `none`; or \
         write a list of waits, `[1s, 5s, 30s]`)"
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

/// By all ways of making a table: what each says.
fn refused_in_every_form(pattern: &str, settings: &str, policy: PartialPolicy) -> String {
    let in_code = Overrides::new().with(pattern, policy).unwrap_err().to_string();
    let text = format!("{pattern}={settings}");
    let by_text = refused(&text);
    assert!(by_text.ends_with(&format!("`: {in_code}")), "{by_text}");
    let file = serde_json::to_string(&[(pattern, settings)].into_iter().collect::<Map>()).unwrap();
    let by_serde = serde_json::from_str::<Overrides>(&file).unwrap_err().to_string();
    assert!(by_serde.starts_with(&in_code), "{by_serde}");
    in_code
}

type Map<'a> = std::collections::BTreeMap<&'a str, &'a str>;

#[test]
fn a_table_says_no_more_than_its_bounds() {
    let settings = PartialPolicy::new();
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    assert_eq!(
        refused_in_every_form(
            "*",
            "max_retries:4294967295;base_delay:0s",
            settings.with_max_retries(u32::MAX).with_base_delay(Duration::ZERO)
        ),
        "`max_retries` of `*` is 4294967295, and in a table it is 1000 at most"
    );
    assert_eq!(
        refused_in_every_form("a", "max_retries:1001", settings.with_max_retries(1001)),
        "`max_retries` of `a` is 1001, and in a table it is 1000 at most"
    );
    let ages = hours(1_000_000_000_000_000);
    assert_eq!(
        refused_in_every_form("a", "base_delay:1000000000000000h", settings.with_base_delay(ages)),
        "`base_delay` of `a` is 1000000000000000 h, and in a table it is 720 h at most"
    );
    assert_eq!(
        refused_in_every_form("a", "max_delay:721h", settings.with_max_delay(hours(721))),
        "`max_delay` of `a` is 721 h, and in a table it is 720 h at most"
    );
    let within = format!("{},{}", "a=max_retries:1000;base_delay:0s", "b=base_delay:720h");
    assert!(format!("{within},c=max_delay:30days").parse::<Overrides>().is_ok());
    // A policy of its own may say all that code may.
    let forever = Policy::DEFAULT.with_max_retries(u32::MAX).with_base_delay(ages);
    assert_eq!("max_retries:4294967295;base_delay:1000000000000000h".parse(), Ok(forever));
}

#[test]
fn a_table_takes_no_waits_away_where_a_function_may_retry_for_ever() {
    let settings = PartialPolicy::new();
    let sentence = |name, wait| {
        format!(
            "`{name}` of `*` is {wait}, and a function may retry for ever: write `max_retries` \
             too, or 1 ms at least"
        )
    };
    let zero = settings.with_base_delay(Duration::ZERO);
    assert_eq!(refused_in_every_form("*", "base_delay:0s", zero), sentence("base_delay", "0 s"));
    let short = settings.with_max_delay(Duration::from_micros(999));
    assert_eq!(
        refused_in_every_form(
            "*",
            "base_delay:1s;max_delay:999us",
            short.with_base_delay(Duration::from_secs(1))
        ),
        sentence("max_delay", "under 1 ms")
    );
    for table in ["*=base_delay:0s;max_retries:3", "*=base_delay:1ms", "*=max_delay:1ms"] {
        assert!(table.parse::<Overrides>().is_ok(), "{table}");
    }
}

#[test]
fn a_pattern_is_one_line_and_not_endless() {
    let settings = PartialPolicy::new().with_max_retries(1);
    let refused = |pattern: &str| refused_in_every_form(pattern, "max_retries:1", settings);
    let sentence = "is no pattern, since a line break or a control is in it: write `*` for it";
    assert_eq!(refused("a\nERROR auth: root"), format!(r"`a\nERROR auth: root` {sentence}"));
    assert_eq!(refused("a\u{202e}b"), format!(r"`a\u{{202e}}b` {sentence}"));
    assert_eq!(
        refused(&"a".repeat(1_025)),
        format!(
            "`{}…` has 1025 bytes, and a pattern has 1024 at most: write `*` for a part of it",
            "a".repeat(120)
        )
    );
    assert!(Overrides::new().with("a".repeat(1_024), settings).is_ok());
}

#[test]
fn a_table_has_65536_entries_at_most_in_any_order() {
    // By another order than that of the table: 7 and the number of entries have no common factor.
    let name = |number: u32| format!("shop::f{}", u64::from(number) * 7 % 65_536);
    let entry = |number| format!("{}=max_retries:{}", name(number), number % 1_000);
    let entries: Vec<String> = (0..65_536).map(entry).collect();
    let table: Overrides = entries.join(",").parse().unwrap();
    assert_eq!(table.entries().len(), 65_536);
    for number in [0, 1, 9_999, 65_535] {
        let found = table.get(&name(number)).unwrap().to_string();
        assert_eq!(found, format!("max_retries:{}", number % 1_000));
    }
    assert_eq!(
        refused(&format!("{},*=default", entries.join(","))),
        "`*=default`: `*` is one entry too many, and a table has 65536 at most: write a pattern \
         with `*` for several functions"
    );
    let file = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&file).unwrap(), table);
    let one_more = file.replacen('{', r#"{"*":"default","#, 1);
    let error = serde_json::from_str::<Overrides>(&one_more).unwrap_err().to_string();
    assert!(error.contains("is one entry too many, and a table has 65536 at most"), "{error}");
    assert!(table.clone().with("*", Policy::DEFAULT).is_err());
    assert_eq!(table.clone().overlaid(table.clone()), table);

    assert_eq!(
        refused(&" ".repeat(8_388_609)),
        "this table has 8388609 bytes, and one has 8388608 at most: write patterns with `*` for \
         several functions"
    );
}

#[test]
fn an_error_quotes_the_start_of_what_is_long() {
    assert!(refused("*=max_retries:1001").starts_with("`*=max_retries:1001`: `max_retries` of"));
    let long = "x".repeat(1_000_000);
    let short = "x".repeat(120);
    for text in [
        format!("a={long}"),
        format!("a={long}:1"),
        format!("a=max_retries:{long}"),
        format!("a=base_delay:{long}"),
        format!("a=exponential_base:{long}"),
        format!("a=jitter:{long}"),
        format!("a=jitter:{long}%"),
        format!("a={long}=1"),
        format!("{long}=1"),
        long.clone(),
    ] {
        let error = refused(&text);
        assert!(error.len() < 600, "{} bytes: {error}", error.len());
        assert!(error.contains(&short[..100]), "{error}");
    }
}

#[test]
fn what_the_environment_says_goes_over_what_a_file_says() {
    let file: Overrides = "a=aggressive,b=max_retries:1".parse().unwrap();
    let environment: Overrides = "b=base_delay:1s,c=default".parse().unwrap();
    let both = file.overlaid(environment);
    assert_eq!(both.to_string(), "a=aggressive,b=max_retries:1;base_delay:1s,c=default");
}

fn found(table: &Overrides, function: &str) -> String {
    table.get(function).map_or_else(|| "nothing".to_owned(), |settings| settings.to_string())
}

#[test]
fn the_later_layer_wins_then_the_longer_pattern() {
    let file: Overrides =
        "payments::charge=max_retries:6;base_delay:30ms,*=max_delay:10s".parse().unwrap();
    assert_eq!(
        found(&file, "payments::charge"),
        "max_retries:6;base_delay:30ms;max_delay:10s",
        "all entries that match apply"
    );
    let table = file.clone().overlaid("*=max_retries:0".parse().unwrap());
    assert_eq!(found(&table, "payments::charge"), "max_retries:0;base_delay:30ms;max_delay:10s");
    assert_eq!(found(&table, "mail::send"), "max_retries:0;max_delay:10s");
    assert_eq!(table, file.overlaid("*=off".parse().unwrap()));
    let text = "payments::charge=max_retries:6;base_delay:30ms,*=max_delay:10s,|,*=max_retries:0";
    assert_eq!(table.to_string(), text);
    assert_eq!(text.parse(), Ok(table.clone()));
    let written = serde_json::to_string(&table).unwrap();
    assert!(written.starts_with('['), "{written}");
    assert_eq!(serde_json::from_str::<Overrides>(&written).unwrap(), table);

    let installed = table.overlaid("pay*=max_retries:2,payments::*=jitter:full".parse().unwrap());
    assert_eq!(
        found(&installed, "payments::charge"),
        "max_retries:2;base_delay:30ms;max_delay:10s;jitter:full"
    );
    // A whole policy leaves nothing of what is below.
    let whole = installed.overlaid("payments::charge=conservative".parse().unwrap());
    assert_eq!(found(&whole, "payments::charge"), "conservative");
    assert_eq!(found(&Overrides::new(), "x"), "nothing");
}

#[test]
fn what_the_same_pattern_sets_again_is_forgotten() {
    let below: Overrides = "a*=max_retries:1;jitter:full,*=max_retries:1".parse().unwrap();
    let table = below.overlaid("*=max_retries:2".parse().unwrap());
    assert_eq!(table.to_string(), "a*=max_retries:1;jitter:full,|,*=max_retries:2");
    assert_eq!(table.overlaid(Overrides::new()).to_string().matches('|').count(), 1);
    let same: Overrides = "a*=off,*=default".parse().unwrap();
    assert_eq!(same.clone().overlaid(same.clone()), same);
    // A list of waits and a factor exclude each other, in whichever layers they stand.
    let listed: Overrides = "*=[1s,5s]".parse().unwrap();
    let table = listed.clone().overlaid("a=base_delay:2s".parse().unwrap());
    let policy = table.get("a").unwrap().over(Policy::DEFAULT);
    assert_eq!((policy.delay(0), policy.delay(1)), (2 * SECOND, 2 * SECOND));
    let table = Overrides::new().with("*", SEARCH).unwrap().overlaid(listed);
    let policy = table.get("a").unwrap().over(Policy::DEFAULT);
    assert_eq!((policy.delay(0), policy.delay(1)), (SECOND, 5 * SECOND));
}

const SECOND: Duration = Duration::from_secs(1);

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
