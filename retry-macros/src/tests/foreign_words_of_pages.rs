//! Each word of another library that one of our own pages names has its answer from the attribute.

use proc_macro2::{TokenStream, TokenTree};

use crate::expand;

/// What is written on these pages beside words for keys: values, and what is no retry's business.
const NO_KEYS: &[&str] = &[
    // Python's and Java's own words, and names in examples.
    "True",
    "app",
    "build",
    "class",
    "code",
    "config",
    "custom",
    "raise",
    "request",
    "response",
    "self",
    "status",
    "task",
    // Crates, and what calls a closure.
    "backon",
    "spawn",
    "tokio",
    "tower",
    "tracing",
    // What stands on a queue, for durable tasks.
    "apply_async",
    "chain",
    "delay",
    "once",
];

/// A page: its text, and the headings of the sections about other libraries.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, after) = page.split_once(heading).unwrap_or_else(|| panic!("`{heading}` is gone"));
    after.split("\n## ").next().unwrap_or(after)
}

/// The code spans of `text`.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The words for settings in a piece of code: what is called or assigned, and the last name of a path.
fn words(code: &str) -> Vec<String> {
    let Ok(tokens) = code.replace(['…', '\\', '@'], " ").parse::<TokenStream>() else {
        return code
            .split(|it: char| !(it.is_alphanumeric() || it == '_'))
            .map(Into::into)
            .collect();
    };
    let mut words = Vec::new();
    collect(tokens, true, &mut words);
    words
}

fn collect(tokens: TokenStream, is_outermost: bool, words: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), false, words),
            TokenTree::Ident(word) => {
                let is_next = |mark| matches!(tokens.get(at + 1), Some(TokenTree::Punct(it)) if it.as_char() == mark);
                // In parentheses, other words than those before a `=` are values.
                if is_outermost && !is_next('.') || is_next('=') {
                    words.push(word.to_string());
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

type Expand = fn(TokenStream, TokenStream) -> TokenStream;

/// Whether the attribute has the key, or says what to write instead.
fn is_answered(word: &str, expand: Expand) -> bool {
    let keys = format!("on = _, {word} = 1").parse().expect("a key");
    let item = "async fn f() -> Result<(), ()> { Ok(()) }".parse().expect("it is a function");
    !expand(keys, item).to_string().contains("has no key")
}

/// The number of words that the attribute was asked for, and those that it did not know.
fn unanswered(expand: Expand, words: impl IntoIterator<Item = String>) -> (usize, Vec<String>) {
    let mut asked = 0;
    let mut left: Vec<String> = Vec::new();
    for word in words {
        let is_name = word.len() > 1 && word.starts_with(char::is_alphabetic);
        if !is_name || NO_KEYS.contains(&word.as_str()) {
            continue;
        }
        asked += 1;
        if !is_answered(&word, expand) && !left.contains(&word) {
            left.push(word);
        }
    }
    (asked, left)
}

/// The first cells of the rows of all tables but their heads.
fn first_cells(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split(" | ").next())
}

#[test]
fn the_words_of_the_page_for_newcomers_are_answered() {
    let page = include_str!("../../../docs/coming-from.md");
    let mut all: Vec<String> = first_cells(page).flat_map(code).flat_map(words).collect();
    // What its examples write in the other languages.
    for block in page.split("```").skip(1).step_by(2) {
        if block.starts_with("python") || block.starts_with("java") {
            for (at, _) in block.match_indices('=') {
                let name = block[..at].trim_end();
                let start = name.rfind(|it: char| !(it.is_alphanumeric() || it == '_'));
                all.push(name[start.map_or(0, |start| start + 1)..].to_owned());
            }
            for called in block.split("\n    .").skip(1) {
                all.extend(called.split('(').next().map(Into::into));
            }
        }
    }
    let (asked, left) = unanswered(expand::retry, all);
    assert!(asked > 60, "{asked} words were asked for");
    assert!(left.is_empty(), "no answer for {left:?}");
}

#[test]
fn the_words_that_the_readme_compares_with_are_answered() {
    let page = include_str!("../../../README.md");
    let table = section(page, "\n## Beside other crates");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let theirs = rows.flat_map(|row| row.trim_matches('|').split(" | ").skip(2));
    let (asked, left) = unanswered(expand::retry, theirs.flat_map(code).flat_map(words));
    assert!(asked > 8, "{asked} words were asked for");
    assert!(left.is_empty(), "no answer for {left:?}");
}

#[cfg(feature = "tasks")]
#[test]
fn the_words_of_celery_in_the_guide_to_tasks_are_answered() {
    let page = include_str!("../../../docs/durable-tasks.md");
    let table = section(page, "\n| Celery's word | here |");
    let words = first_cells(table).flat_map(code).flat_map(words);
    let (asked, left) = unanswered(expand::task, words);
    assert!(asked > 8, "{asked} words were asked for");
    assert!(left.is_empty(), "no answer for {left:?}");
}
