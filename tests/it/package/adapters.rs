//! The adapters in `retry-core/src/adapters`, and what the pages say of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::manifests::{core, names, read, table};

/// The lines of each adapter.
fn adapters() -> Vec<(String, Vec<String>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../retry-core/src/adapters");
    let files = fs::read_dir(Path::new(folder)).expect("the folder is there");
    let names =
        files.map(|entry| entry.expect("it can be read").file_name().into_string().unwrap());
    let names = names.filter(|name| Path::new(name).extension().is_some_and(|it| it == "rs"));
    names.map(|name| (name.clone(), lines(&name))).collect()
}

fn lines(name: &str) -> Vec<String> {
    read(&format!("retry-core/src/adapters/{name}")).lines().map(str::to_owned).collect()
}

/// The feature that a condition names: `#[cfg(feature = "redis")]`.
fn feature(line: &str) -> Option<&str> {
    line.strip_prefix("#[cfg(feature = \"")?.strip_suffix("\")]")
}

/// An implementation of another crate's trait, or for another crate's type, has no page of its own: the
/// badge beside it is all that says which feature brings it. Rustdoc makes it of the condition above it, but
/// not of its module's.
#[test]
fn what_a_feature_brings_has_its_badge() {
    let mut seen = BTreeSet::new();
    for (file, lines) in adapters().iter().filter(|(file, _)| file != "io_error.rs") {
        for (number, line) in lines.iter().enumerate() {
            let brought =
                ["Classify for", "From<Rejection> for", "BackoffBuilder for", "RetryPolicy for"];
            if line.starts_with("impl") && brought.iter().any(|it| line.contains(it)) {
                let above = lines[..number].iter().rev().take(2);
                let features: Vec<&str> = above.filter_map(|line| feature(line)).collect();
                let [feature] = features[..] else { panic!("{file}, `{line}`: {features:?}") };
                assert!(core().contains_key(feature), "{file}: there is no feature `{feature}`");
                seen.insert(feature.to_owned());
            }
        }
    }
    assert!(seen.len() > 12, "{seen:?}");
}

#[test]
fn the_reference_lists_each_error_that_is_known() {
    let reference = read("retry-macros/retry.md");
    let rows = table(&reference, "error");
    for (file, lines) in adapters() {
        for (number, line) in lines.iter().enumerate() {
            let Some((_, of)) =
                line.strip_prefix("impl").and_then(|it| it.split_once("Classify for "))
            else {
                continue;
            };
            let path = of.split(['<', ' ']).next().unwrap();
            let error = path.rsplit("::").next().unwrap();
            let brings = lines[..number].iter().rev().take(2).find_map(|line| feature(line));
            let known = rows.iter().any(|row| {
                names(row[0]).iter().any(|name| name.rsplit("::").next() == Some(error))
                    && names(row[1]).first().copied() == brings
            });
            assert!(known, "{file}: no row for `{of}`, with the feature {brings:?}");
        }
    }
}
