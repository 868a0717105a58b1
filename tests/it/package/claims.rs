//! The pages' tables of policies and keys, compared with the library.

use std::time::Duration;

use persevere::{Jitter, Policy};

use super::manifests::{names, read, table};

#[test]
fn the_table_of_policies_has_the_presets() {
    let text = read("README.md");
    let mut listed = Vec::new();
    for row in table(&text, "policy") {
        let name = names(row[0])[0].trim_matches('"');
        let policy: Policy = name.parse().unwrap();
        let seconds =
            |cell: &str| Duration::from_secs(cell.strip_suffix(" s").unwrap().parse().unwrap());
        assert_eq!(row[1].parse(), Ok(policy.max_retries()), "{name}");
        assert_eq!(seconds(row[2]), policy.base_delay(), "{name}");
        assert_eq!(row[3].parse(), Ok(policy.exponential_base()), "{name}");
        assert_eq!(seconds(row[4]), policy.max_delay(), "{name}");
        let jitter = match policy.jitter() {
            Jitter::None => "none".to_owned(),
            Jitter::Proportional(share) => format!("{} %", share * 100.0),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(row[5], jitter, "{name}");
        listed.push(policy);
    }
    assert_eq!(listed, [Policy::DEFAULT, Policy::AGGRESSIVE, Policy::CONSERVATIVE]);
}

#[test]
fn the_readme_begins_with_what_it_is_how_to_run_it_an_example_and_how_to_add_it() {
    let readme = read("README.md");
    let (screen, rest) = readme.split_once("\n## ").unwrap();
    assert!(screen.lines().count() <= 60, "no more than a screen");
    assert!(!screen.contains("\n|"), "tables come later");
    let parts = ["# persevere", "cargo run --example quickstart", "#[retry(", "cargo add "];
    assert!(parts.iter().map(|part| screen.find(part).expect(part)).is_sorted());
    assert!(rest.contains("\n## Beside other crates\n"));
}

/// All keys, from the message that lists them.
fn keys(message: &str) -> Vec<&str> {
    let (_, listed) = message.split_once("it has ").unwrap();
    names(listed.lines().next().unwrap())
}

#[test]
fn the_pages_have_every_key() {
    let message = read("tests/ui/keys/unknown.stderr");
    let (readme, reference) = (read("README.md"), read("retry-macros/retry.md"));
    let keys = keys(&message);
    assert!(keys.len() > 20, "{keys:?}");
    for (page, first, column) in [(&readme, "", 1), (&reference, "key", 0)] {
        let rows = table(page, first);
        let words: Vec<&str> = rows.iter().flat_map(|row| names(row[column])).collect();
        let has = |key: &str| words.iter().any(|word| word.split(['(', ' ']).next() == Some(key));
        let missing: Vec<&&str> = keys.iter().filter(|key| !has(key)).collect();
        assert!(missing.is_empty(), "the table of {first:?} lacks {missing:?}");
    }
}

#[test]
fn the_page_of_tasks_has_every_key_of_theirs() {
    let messages = read("tests/ui/task/keys.stderr");
    let message = messages.lines().find(|line| line.contains("`nonsense`; it has")).unwrap();
    let (page, keys) = (read("retry-macros/task.md"), keys(message));
    assert!(keys.len() > 30, "{keys:?}");
    let rows = table(&page, "key");
    let words: Vec<&str> = rows.iter().flat_map(|row| names(row[0])).collect();
    let missing: Vec<&&str> = keys.iter().filter(|key| !words.contains(key)).collect();
    assert!(missing.is_empty(), "the table of keys lacks {missing:?}");
}
