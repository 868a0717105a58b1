//! The manifests, the pages, and what a feature turns on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use toml::{Table, Value};

/// A file of this repository, by its path from the root.
pub(super) fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = || -> io::Result<_> { fs::read_to_string(root.join(path)) };
    read().unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn manifest(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A manifest's features, each with what it turns on.
pub(super) type Features = BTreeMap<String, Vec<String>>;

pub(super) fn features(path: &str) -> Features {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let turned_on = |value: &Value| value.as_array().expect("a list").iter().map(text).collect();
    let features = manifest(path)["features"].as_table().expect("a table").clone();
    features.iter().map(|(name, value)| (name.clone(), turned_on(value))).collect()
}

pub(super) fn facade() -> Features {
    features("Cargo.toml")
}

pub(super) fn core() -> Features {
    features("retry-core/Cargo.toml")
}

/// `feature`, and all that it turns on, in this package and others, as the manifests name it.
pub(super) fn closure(features: &Features, feature: &str) -> BTreeSet<String> {
    let mut turned_on = BTreeSet::from([feature.to_owned()]);
    for next in features.get(feature).into_iter().flatten() {
        turned_on.extend(closure(features, next));
    }
    turned_on
}

/// The words in backticks.
pub(super) fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The rows of a page's table whose header begins with `first`, as their cells.
pub(super) fn table<'p>(page: &'p str, first: &str) -> Vec<Vec<&'p str>> {
    let cells = |line: &'p str| -> Option<Vec<&'p str>> {
        let row =
            line.trim_start_matches("//! ").strip_prefix('|')?.trim_end().strip_suffix('|')?;
        Some(row.split('|').map(str::trim).collect())
    };
    let mut lines = page.lines();
    let found = lines.any(|line| cells(line).is_some_and(|cells| cells[0] == first));
    assert!(found, "no table begins with {first}");
    lines.skip(1).map_while(cells).collect()
}
