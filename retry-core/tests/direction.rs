//! The runtime's folders use each other in one direction. The list in `src/lib.rs` is read here: a
//! folder may name itself and those above it, and everything by its folder, not by the crate's root.
//!
//! Modules under `#[cfg(test)]` may name what they like.

use std::path::{Path, PathBuf};
use std::{fs, iter};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path that leaves the folder of the file in which it stands.
#[derive(Debug, PartialEq)]
struct Use {
    line: usize,
    /// The first name after the crate's root.
    name: String,
}

/// The folders, from the table in the documentation of `lib.rs`.
fn folders(lib: &str) -> Vec<&str> {
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.filter_map(|row| row.split_once('`')).map(|(folder, _)| folder).collect()
}

fn tokens(source: &str) -> Vec<TokenTree> {
    source.parse::<TokenStream>().expect("it compiles").into_iter().collect()
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<Vec<TokenTree>> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

/// Whether a path goes on after the word at `at`.
fn goes_on(tokens: &[TokenTree], at: usize) -> bool {
    is_mark(tokens.get(at + 1), ':') && is_mark(tokens.get(at + 2), ':')
}

/// How many tokens the item that follows `#[cfg(test)]` takes, the attribute included; 0 if there is
/// none.
fn test_item(tokens: &[TokenTree]) -> usize {
    let attribute = group(tokens.get(1), Delimiter::Bracket).unwrap_or_default();
    let condition = group(attribute.get(1), Delimiter::Parenthesis).unwrap_or_default();
    let is_test = is_mark(tokens.first(), '#')
        && is_word(attribute.first(), "cfg")
        && matches!(&condition[..], [only] if is_word(Some(only), "test"));
    let is_end =
        |token| is_mark(Some(token), ';') || group(Some(token), Delimiter::Brace).is_some();
    let end = tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1);
    if is_test { end } else { 0 }
}

/// What stands at the crate's root in a path whose rest begins with `rest`.
fn names(rest: &[TokenTree]) -> Vec<Use> {
    let one = |tokens: &[TokenTree]| {
        let token = tokens.first()?;
        Some(Use { line: token.span().start().line, name: token.to_string() })
    };
    match group(rest.first(), Delimiter::Brace) {
        Some(several) => several.split(|token| is_mark(Some(token), ',')).filter_map(one).collect(),
        None => one(rest).into_iter().collect(),
    }
}

/// All paths of `tokens` that leave the folder; they stand in a module that many levels below the root.
fn uses(tokens: &[TokenTree], depth: usize) -> Vec<Use> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let skipped = test_item(&tokens[at..]);
        let module =
            is_word(Some(token), "mod").then(|| group(tokens.get(at + 2), Delimiter::Brace));
        if skipped > 0 {
            at += skipped;
        } else if let Some(Some(module)) = module {
            found.extend(uses(&module, depth + 1));
            at += 3;
        } else if is_word(Some(token), "crate") && goes_on(tokens, at) {
            found.extend(names(&tokens[at + 3..]));
            at += 3;
        } else if is_word(Some(token), "super") && goes_on(tokens, at) {
            let ups = iter::successors(Some(at), |at| Some(at + 3))
                .take_while(|at| is_word(tokens.get(*at), "super") && goes_on(tokens, *at))
                .count();
            at += 3 * ups;
            if ups >= depth {
                found.extend(names(&tokens[at..]));
            }
        } else {
            if let TokenTree::Group(group) = token {
                let inner: Vec<_> = group.stream().into_iter().collect();
                found.extend(uses(&inner, depth));
            }
            at += 1;
        }
    }
    found
}

/// What is wrong in `file`, whose path is relative to `src`: one sentence for each.
fn upward(folders: &[&str], file: &Path, source: &str) -> Vec<String> {
    let module = file.with_extension("");
    let mut path: Vec<_> = module.iter().map(|name| name.to_str().expect("it is ASCII")).collect();
    path.retain(|name| *name != "mod");
    let position = |name: &str| folders.iter().position(|folder| *folder == name);
    let own = position(path[0]).unwrap_or_else(|| panic!("lib.rs does not list `{}`", path[0]));
    let wrong = uses(&tokens(source), path.len()).into_iter().filter_map(|Use { line, name }| {
        let what = match position(&name) {
            Some(used) if used <= own => return None,
            Some(_) => format!("`{}` uses `{name}`, which is below it", path[0]),
            None => format!("`{name}` is named by the crate's root: name it by its folder"),
        };
        let list = folders.join(", ");
        Some(format!("src/{}:{line}: {what}; lib.rs lists {list}", file.display()))
    });
    wrong.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("there is such a folder");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn no_folder_uses_one_below_it() {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let folders = folders(&lib);
    let mut wrong = Vec::new();
    for path in files(&src()) {
        let file = path.strip_prefix(src()).unwrap();
        if file != Path::new("lib.rs") {
            wrong.extend(upward(&folders, file, &fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_list_has_the_modules_of_the_crate_in_their_order() {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let tokens = tokens(&lib);
    let modules = tokens.windows(3).filter_map(|window| match window {
        [keyword, name, end] if is_word(Some(keyword), "mod") && is_mark(Some(end), ';') => {
            Some(name.to_string())
        }
        _ => None,
    });
    assert_eq!(folders(&lib), modules.collect::<Vec<_>>());
}

#[test]
fn what_points_upward_is_found() {
    let lib = "//! | `low` | stones |\n//! | `middle` | walls |\n//! | `high` | a roof |\n";
    let source = r#"//! crate::high in prose is none.
use std::fmt;
use crate::low::Stone;
use crate::middle::Wall;
use crate::{high::Roof, low};
use super::super::high::Tile;
use super::Beside;
use crate::Roof as Root;
fn build() -> Option<crate::high::Roof> { "crate::high"; None }
mod inner {
    use super::super::Beside;
    use super::super::super::{low::Sand, high::Tile};
}
#[cfg(test)]
mod tests {
    use crate::high::Roof;
}
#[cfg(feature = "tests")]
use crate::high;
"#;
    let list = "lib.rs lists low, middle, high";
    let below = "`middle` uses `high`, which is below it";
    let root = "`Roof` is named by the crate's root: name it by its folder";
    let expected = [(5, below), (6, below), (8, root), (9, below), (12, below), (19, below)];
    assert_eq!(
        upward(&folders(lib), Path::new("middle/wall.rs"), source),
        expected.map(|(line, what)| format!("src/middle/wall.rs:{line}: {what}; {list}"))
    );
    assert_eq!(upward(&folders(lib), Path::new("high/mod.rs"), "use super::low::Sand;"), [""; 0]);
    assert_eq!(
        upward(&folders(lib), Path::new("low/mod.rs"), "use super::middle::Wall;"),
        [format!("src/low/mod.rs:1: `low` uses `middle`, which is below it; {list}")]
    );
}
