//! The page of all messages, from the cases under `tests/ui`: `UPDATE_EXPECT=1` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const INTRODUCTION: &str = "\
# What the compiler says

Mistakes, and the first line of what the compiler says about each. It underlines the word that is
wrong, and often adds a note or a line to write instead. The page is made from the cases under
`tests/ui`, whose `.stderr` files hold the messages in full.
`UPDATE_EXPECT=1 cargo test -p persevere-tests --test messages` writes it anew.
";

/// The folders under `tests/ui`, in the order of the page.
const TOPICS: &[(&str, &str)] = &[
    ("keys", "Keys"),
    ("foreign", "Words of other libraries"),
    ("several", "Several mistakes at once"),
    ("policy", "Policies"),
    ("durations", "Durations"),
    ("jitter", "Jitter"),
    ("limits", "Timeouts and deadlines"),
    ("contradictions", "Contradictions"),
    ("classification", "Which failures are retried"),
    ("on", "Patterns of errors"),
    ("erased", "Types of errors"),
    ("on_ok", "Successes that are retried"),
    ("option", "Functions that return an `Option`"),
    ("when", "Functions that decide"),
    ("derive", "Deriving `Classify`"),
    ("functions", "Functions that cannot be retried"),
    ("arguments", "Arguments"),
    ("clone", "Cloned arguments"),
    ("context", "The attempt"),
    ("hooks", "Hooks"),
    ("async_hooks", "Hooks and what they return"),
    ("fallback", "Fallbacks"),
    ("impl_block", "Whole `impl` blocks"),
    ("closure", "Retried closures"),
    ("layers", "Resilience layers"),
    ("task", "Durable tasks"),
    ("provide", "Deriving `Provide`"),
    ("documentation", "Documentation"),
    ("lints", "Lints that stay alive"),
];

/// One error of a case.
#[derive(PartialEq)]
struct Row {
    written: String,
    said: String,
}

/// What is wanted of `folder`, sorted.
fn entries(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| is_wanted(path)).collect();
    paths.sort();
    paths
}

fn rows(source: &str, stderr: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for block in stderr.split("\n\n").filter(|block| block.starts_with("error")) {
        let (head, rest) = block.split_once('\n').expect("an error has a position");
        let (_, message) = head.split_once(": ").expect("an error has a message");
        let row = Row { written: written(source, line_of(rest)), said: said(message, rest) };
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

/// Words of other libraries with the same answer share a row.
fn by_answer(rows: Vec<Row>) -> Vec<Row> {
    let mut merged: Vec<Row> = Vec::new();
    for row in rows {
        let answer = row.said.split_once(" is another library's word: ").and_then(|(_, answer)| {
            Some((row.written.strip_suffix(" = 1,")?, format!("another library's word: {answer}")))
        });
        match answer {
            None => merged.push(row),
            Some((word, said)) => match merged.iter_mut().find(|row| row.said == said) {
                Some(row) => row.written.extend(["`, `", word]),
                None => merged.push(Row { written: word.to_owned(), said }),
            },
        }
    }
    merged
}

/// The number of the line that ` --> file:line:column` names.
fn line_of(block: &str) -> usize {
    let (_, place) = block.split_once("--> ").expect("an error has a position");
    let number = place.lines().next().and_then(|place| place.rsplit(':').nth(1));
    number.and_then(|number| number.parse().ok()).expect("a place has a line")
}

/// The line, after our attributes above it.
fn written(source: &str, line: usize) -> String {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let (above, from) = lines.split_at(line - 1);
    let mut written = vec![from[0]];
    if !from[0].starts_with("#[") {
        let attributes = above.iter().rev().take_while(|line| line.starts_with("#["));
        written.extend(attributes.filter(|line| line.contains("retry") || line.contains("Class")));
    }
    written.reverse();
    written.join(" ")
}

/// The message; where it says nothing by itself, with what was expected.
fn said(message: &str, block: &str) -> String {
    let mut said = message.to_owned();
    if message == "mismatched types"
        && let Some(at) = block.find("expected ")
    {
        let expected = block[at..].lines().next().unwrap_or_default();
        said = format!("{message}: {expected}");
    }
    // `{closure@file:line:column: line:column}` is of no interest beyond the case.
    while let Some(start) = said.find('@') {
        let end = said[start..].find('}').expect("a closure's name ends");
        said.replace_range(start..start + end, "");
    }
    said
}

/// A cell of a table, in which a bar would begin the next one.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for folder in entries(&root, Path::is_dir) {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let known = TOPICS.iter().any(|(topic, _)| *topic == name);
        assert!(known, "`tests/ui/{name}` has no heading in {}", file!());
    }
    let mut page = INTRODUCTION.to_owned();
    let present = TOPICS.iter().map(|(topic, heading)| (root.join(topic), heading));
    for (folder, heading) in present.filter(|(folder, _)| folder.is_dir()) {
        write!(page, "\n## {heading}\n").expect("a string takes any text");
        for case in entries(&folder, |path| path.extension().is_some_and(|it| it == "stderr")) {
            let stderr = fs::read_to_string(&case).expect("the case can be read");
            let source = fs::read_to_string(case.with_extension("rs")).expect("it has a source");
            let says = source.lines().next().and_then(|line| line.strip_prefix("//! "));
            let rows = by_answer(rows(&source, &stderr));
            assert!(!rows.is_empty(), "{} holds no error", case.display());
            if let Some(says) = says {
                write!(page, "\n{says}\n").expect("a string takes any text");
            }
            page += "\n| what is written | what the compiler says |\n|---|---|\n";
            for Row { written, said } in rows {
                let (written, said) = (cell(&written), cell(&said));
                writeln!(page, "| `{written}` | {said} |").expect("a string takes any text");
            }
        }
    }
    page
}

#[test]
fn the_page_of_messages_is_up_to_date() {
    expect_test::expect_file!["../docs/messages.md"].assert_eq(&page());
}
