//! What a table has beside policies: time limits, ends, upstreams; and what explains it.
#![deny(warnings, clippy::pedantic)]

use std::time::{Duration, SystemTime};

use persevere::overrides::{Explanation, Overrides, Settings, Source};
use persevere::{PartialPolicy, Policy};

const SECOND: Duration = Duration::from_secs(1);

fn table(text: &str) -> Overrides {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<Overrides>().unwrap_err().to_string()
}

fn found(table: &Overrides, function: &str) -> String {
    table.get(function).map_or_else(|| "nothing".to_owned(), |settings| settings.to_string())
}

#[test]
fn time_limits_are_settings_in_all_forms() {
    let settings = Settings::from(PartialPolicy::new().with_max_retries(1))
        .with_timeout(2 * SECOND)
        .with_deadline(10 * SECOND);
    let expected = Overrides::new().with("payments::charge", settings).unwrap();
    let expected = expected.with("*", Settings::new().without_timeout()).unwrap();
    let text = "payments::charge=max_retries:1;timeout:2s;deadline:10s,*=timeout:none";
    assert_eq!(table(text), expected);
    assert_eq!(expected.to_string(), text);
    let file = r#"
        "payments::charge" = { timeout = "2s", max_retries = 1, deadline = 10 }
        "*" = { timeout = "none" }
    "#;
    let read: Overrides = toml::from_str(file).unwrap();
    assert_eq!(read, expected);
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&written).unwrap(), expected);
    let charge = read.get("payments::charge").unwrap();
    assert_eq!(
        (charge.timeout(), charge.deadline()),
        (Some(Some(2 * SECOND)), Some(Some(10 * SECOND)))
    );
    let other = read.get("mail::send").unwrap();
    assert_eq!((other.timeout(), other.deadline()), (Some(None), None));
    assert_eq!(other.over(Policy::DEFAULT), Policy::DEFAULT);
}

#[test]
fn a_mistake_in_a_time_limit_or_an_end_says_what_to_write() {
    for (text, sentence) in [
        ("a=timout:2s", "there is no setting `timout`; did you mean `timeout`?"),
        (
            "a=timeout:2000",
            "`timeout` of 2000 may be milliseconds or seconds: write `2000ms` or `2000s`",
        ),
        ("a=timeout:0s", "a `timeout` of zero cuts every attempt: write a time above 0, or `none`"),
        ("a=deadline:soon", "`deadline` is a duration such as `250ms`, `2s`, `1m30s`"),
        ("a=deadline:31days", "`deadline` of `a` is 744 h, and in a table it is 720 h at most"),
        ("a=timeout:1s;timeout:2s", "`timeout` is set twice: write it once"),
        ("a=timeout", "`timeout` has no value: write `timeout:…`"),
        (
            "a=off;until:tomorrow",
            "`until` is a time in UTC such as `2026-12-31T18:00:00Z`, or a span from installation such as \
             `+30m`, and not `tomorrow`",
        ),
        ("a=off;until:2026-12-31T18:00:00+01:00", "`until` is a time in UTC such as"),
        ("a=off;until:30m", "`until` is a time in UTC such as"),
        ("a=off;until:+1year", "`until` of `a` is 8766 h, and in a table it is 720 h at most"),
        (
            "@=off",
            "an upstream's name is missing behind `@`: write `@payments`, or `@*` for all upstreams",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(sentence), "{text}: {error}");
    }
    let in_file = toml::from_str::<Overrides>(r#""a" = { until = 5 }"#).unwrap_err().to_string();
    assert!(in_file.contains("`a`: `until` is a time in UTC"), "{in_file}");
    let elsewhere = "max_retries:1;timeout:2s".parse::<Policy>().unwrap_err().to_string();
    assert_eq!(elsewhere, "`timeout` is no setting of a policy: write it in a table of overrides");
}

#[test]
fn an_end_is_written_as_it_was_read() {
    for text in ["a=off;until:+30m", "a=off;until:2026-12-31T18:00:00Z"] {
        let expected = text.replace("off", "max_retries:0");
        assert_eq!(table(text).to_string(), expected);
        assert_eq!(table(text).to_string().parse(), Ok(table(text)));
    }
    let end = SystemTime::UNIX_EPOCH + SECOND;
    let settings = Settings::new().with_timeout(SECOND).ending_at(end);
    let in_code = Overrides::new().with("a", settings).unwrap();
    assert_eq!(in_code, table("a=timeout:1s;until:1970-01-01T00:00:01Z"));
}

#[test]
fn an_upstream_is_named_behind_an_at_sign() {
    let table =
        table("@payments=max_retries:1;timeout:2s,shop::*=max_retries:2,*=jitter:full,@pay*=off");
    assert_eq!(found(&table, "shop::pay"), "max_retries:2;jitter:full");
    let on = |function, upstream| table.get_on(function, upstream).unwrap().to_string();
    // An upstream's name goes before a pattern for functions, however long.
    assert_eq!(on("shop::pay", "payments"), "max_retries:1;jitter:full;timeout:2s");
    assert_eq!(on("mail::send", "paypal"), "max_retries:0;jitter:full");
    assert_eq!(on("shop::pay", "mail"), "max_retries:2;jitter:full");
    assert_eq!(found(&table, "@payments"), "max_retries:1;jitter:full;timeout:2s");
    let exact = table.clone().with("shop::pay", Policy::AGGRESSIVE).unwrap();
    let settings = exact.get_on("shop::pay", "payments").unwrap();
    assert_eq!(settings.to_string(), "aggressive;timeout:2s");
}

#[test]
fn the_later_layer_wins_of_an_upstream_too() {
    let file = table("shop::pay=max_retries:3,@payments=timeout:1s");
    let both = file.overlaid(table("@payments=off"));
    let settings = both.get_on("shop::pay", "payments").unwrap();
    assert_eq!(settings.to_string(), "max_retries:0;timeout:1s");
    assert_eq!(both.to_string().parse(), Ok(both));
}

#[test]
fn what_ends_hides_what_is_below_for_a_time_alone() {
    let table = table("a=max_retries:3").overlaid(table("a=max_retries:1;until:+1h"));
    assert_eq!(found(&table, "a"), "max_retries:1");
    assert_eq!(table.to_string(), "a=max_retries:3,|,a=max_retries:1;until:+1h");
    let replaced = table.overlaid("a=max_retries:2".parse().unwrap());
    assert_eq!(replaced.to_string(), "a=max_retries:2");
}

#[test]
fn each_setting_is_explained_by_its_entry() {
    let file: Overrides = toml::from_str(
        r#"
            "payments::charge" = "max_retries:6;base_delay:30ms"
            "*" = { max_delay = "10s", until = "2100-01-01T00:00:00Z" }
        "#,
    )
    .unwrap();
    let table = file.overlaid(table("*=max_retries:0,@bank=timeout:2s"));
    let explained = table.explain_on("payments::charge", "bank");
    assert_eq!(
        explained.to_string(),
        "`payments::charge` on `@bank`:
  timeout      2s    install, `@bank`
  max_retries  0     install, `*`
  base_delay   30ms  file, `payments::charge`
  max_delay    10s   file, `*`, until 2100-01-01T00:00:00Z"
    );
    let sources: Vec<Source> = explained.settings().iter().map(Explanation::source).collect();
    assert_eq!(sources, [Source::Install, Source::Install, Source::File, Source::File]);
    let last = &explained.settings()[3];
    assert_eq!((last.name(), last.value(), last.pattern()), ("max_delay", "10s", "*"));
    assert!(last.end().is_some());
    assert_eq!(
        table.explain("payments::charge").to_string().lines().next(),
        Some("`payments::charge`:")
    );
    assert_eq!(
        Overrides::new().explain("a\nb").to_string(),
        r"`a\nb`: nothing is changed from outside"
    );
}
