//! The code on the pages: no attribute must be scrolled sideways, and no async function of an example
//! blocks its thread.

use std::fs;
use std::path::Path;

use super::manifests::read;
use super::pages::pages;

/// The characters of code that a page of docs.rs shows beside its sidebar, in a window that is 1024
/// pixels wide; from 1280 pixels on, it shows 94.
const COLUMNS: usize = 72;

/// The characters of code that a telephone shows, 420 pixels wide.
const PHONE: usize = 36;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The files under `folder` whose names end in `.rs`.
fn sources(folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(Path::new(ROOT).join(folder)).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            sources(&path, found);
        } else if path.strip_suffix(".rs").is_some() {
            found.push(path);
        }
    }
}

/// The lines that rustdoc reads; in sources, those of comments.
fn documentation<'t>(path: &str, text: &'t str) -> Vec<&'t str> {
    let in_comment = |line: &'t str| {
        let line = line.trim_start();
        let inside = line.strip_prefix("///").or(line.strip_prefix("//!"));
        inside.map_or("", |inside| inside.strip_prefix(' ').unwrap_or(inside))
    };
    if path.strip_suffix(".rs").is_some() {
        text.lines().map(in_comment).collect()
    } else {
        text.lines().collect()
    }
}

/// The lines of attributes within fenced code, from `#[retry` or `#[task` to the bracket that closes it.
fn attributes<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let (mut fenced, mut open, mut found) = (false, 0_i32, Vec::new());
    for line in lines {
        if line.trim_start().starts_with("```") {
            (fenced, open) = (!fenced, 0);
            continue;
        }
        let begins = ["#[retry", "#[task", "#[persevere::"];
        let begins = begins.iter().any(|it| line.trim_start().starts_with(it));
        if fenced && (begins || open > 0) {
            found.push(*line);
            let count = |bracket| i32::try_from(line.matches(bracket).count()).expect("a line");
            open += count('[') - count(']');
        }
    }
    found
}

/// Every file with examples.
fn files() -> Vec<String> {
    let mut files = pages();
    files
        .extend(["retry", "task", "classify", "provide"].map(|it| format!("retry-macros/{it}.md")));
    for folder in ["src", "retry-core/src", "retry-tasks/src"] {
        sources(folder, &mut files);
    }
    files
}

#[test]
fn attributes_are_seen_without_scrolling() {
    let (mut seen, mut too_long) = (0, Vec::new());
    for path in files() {
        let text = read(&path);
        for line in attributes(&documentation(&path, &text)) {
            seen += 1;
            if line.chars().count() > COLUMNS {
                too_long.push(format!("{path}: {line}"));
            }
        }
    }
    assert!(seen > 200, "{seen} lines were looked at");
    assert!(too_long.is_empty(), "longer than {COLUMNS} characters:\n{}", too_long.join("\n"));
}

/// Whether another line could begin within this one: behind a comma between keys, or in front of a guard.
fn could_be_broken(line: &str) -> bool {
    let keys = line.split(", ").skip(1).filter(|rest| {
        let name: String = rest.chars().take_while(|it| it.is_alphabetic() || *it == '_').collect();
        !name.is_empty() && rest[name.len()..].starts_with(" = ")
    });
    let is_part = line.trim_start().starts_with("hedge(");
    let guard =
        line.find(" if ").is_some_and(|at| line[..at].contains(" = ") && !line.contains('"'));
    (keys.count() > 0 && !is_part) || (guard && !line.contains('|'))
}

#[test]
fn on_a_telephone_only_what_cannot_be_broken_is_scrolled() {
    assert!(could_be_broken("#[retry(timeout = \"2s\", deadline = \"30s\")]"));
    assert!(could_be_broken("    on = error if error.kind() == ErrorKind::NotFound,"));
    assert!(!could_be_broken("    on = [io::Error, std::num::ParseIntError],"));
    let mut too_long = Vec::new();
    for path in files() {
        let text = read(&path);
        for line in attributes(&documentation(&path, &text)) {
            if line.chars().count() > PHONE && could_be_broken(line) && !line.starts_with("# ") {
                too_long.push(format!("{path}: {line}"));
            }
        }
    }
    assert!(too_long.is_empty(), "longer than {PHONE} characters:\n{}", too_long.join("\n"));
}

/// A body that blocks can be neither cut by a `timeout` nor hedged.
#[test]
fn async_examples_do_not_block_their_thread() {
    let mut seen = 0;
    for path in files() {
        let (text, mut in_async) = (read(&path), false);
        for line in documentation(&path, &text) {
            let code = line.trim_start_matches("# ").trim_start();
            if code.starts_with("async fn") || code.starts_with("pub async fn") {
                (seen, in_async) = (seen + 1, true);
            } else if code == "}" || code.starts_with("```") || code.starts_with("fn ") {
                in_async = false;
            }
            let blocks = ["std::fs::", "thread::sleep"].iter().any(|it| code.contains(it));
            assert!(!blocks || !(in_async || code.contains("async ||")), "{path}: {line}");
        }
    }
    assert!(seen > 100, "{seen} functions were looked at");
}
