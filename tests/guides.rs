//! What the pages name is there: links lead somewhere, in the repository and in the rendered
//! documentation, and commands name examples and tests that exist.

use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages for people, by their paths in the repository.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(Path::new(ROOT).join("docs")).expect("the folder is there");
    let names = docs.map(|entry| entry.expect("it can be read").file_name());
    let mut pages: Vec<String> = names.map(|it| format!("docs/{}", it.to_string_lossy())).collect();
    pages.retain(|it| it.ends_with(".md") && it != "docs/storm-pictures.md");
    pages.extend(["README.md", "CONTRIBUTING.md", "examples/monitoring/README.md"].map(Into::into));
    pages
}

/// The lines outside of fenced code.
fn prose(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let outside = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    };
    page.lines().filter(outside).collect()
}

/// The targets of links that stand in the text itself: `[text](target)`.
fn inline_targets(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1);
    targets.map(|rest| rest.split_once(')').map_or(rest, |(target, _)| target)).collect()
}

/// The names and the targets of definitions: `[name]: target`.
fn definition(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix('[')?.split_once("]: ")
}

/// The anchors of a page's headings, as the repository and rustdoc make them.
fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
        kept.map(|it| if it == ' ' { '-' } else { it }).collect()
    };
    headings.map(anchor).collect()
}

/// Whether a file, and the heading in it, is where `target` on the page `from` says.
fn leads_somewhere(from: &str, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let file = if path.is_empty() { Path::new(from).to_owned() } else { folder.join(path) };
    Path::new(ROOT).join(&file).exists()
        && (anchor.is_empty() || anchors(&read(file)).iter().any(|it| it == anchor))
}

#[test]
fn links_lead_somewhere_in_the_repository() {
    let mut seen = 0;
    for from in pages() {
        let page = read(&from);
        for line in prose(&page) {
            let defined = definition(line).map(|(_, target)| target);
            for target in inline_targets(line).into_iter().chain(defined) {
                seen += 1;
                let there = target.contains("://") || leads_somewhere(&from, target);
                assert!(there, "{from}: nothing is at `{target}`");
            }
        }
    }
    assert!(seen > 20, "{seen} links were looked at");
}

/// Rustdoc checks the definitions in `src/guide.rs` themselves.
#[test]
fn a_guide_names_its_links_and_the_rendered_documentation_redefines_each() {
    let module = read("src/guide.rs");
    let mut above: Vec<(&str, &str)> = Vec::new();
    let pictures = read("docs/storm-pictures.md");
    let mut guides = 0;
    for line in module.lines() {
        above.extend(line.strip_prefix("/// ").and_then(definition));
        let included =
            line.strip_prefix("#[doc = include_str!(\"../").and_then(|it| it.strip_suffix("\")]"));
        if included == Some("docs/storm-pictures.md") {
            above.extend(pictures.lines().filter_map(definition));
        } else if let Some(path) = included {
            guides += 1;
            check_guide(path, &above);
        }
        if line.starts_with("pub mod") {
            above.clear();
        }
    }
    assert_eq!(guides, 5);
}

fn check_guide(path: &str, above: &[(&str, &str)]) {
    let page = read(path);
    let mut here = Vec::new();
    for line in prose(&page) {
        for target in inline_targets(line) {
            let works = target.starts_with('#') || target.contains("://");
            assert!(works, "{path}: name `{target}` at the end: rustdoc has no such file");
        }
        here.extend(definition(line).filter(|(_, target)| !target.contains("://")));
    }
    let names = |links: &[(&str, &str)]| {
        let mut names: Vec<String> = links.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&here), names(above), "{path}, and what `src/guide.rs` defines above it");
}

/// The value after `flag` in a command.
fn value<'a>(command: &'a str, flag: &str) -> Option<&'a str> {
    let mut words = command.split_whitespace().skip_while(|word| *word != flag);
    words.nth(1).map(|word| word.trim_end_matches(['`', ')', ',', '.', ':']))
}

#[test]
fn commands_name_examples_and_tests_that_exist() {
    let (examples, tests) = (read("examples/Cargo.toml"), read("tests/Cargo.toml"));
    let part = |manifest: &str, name: &str| {
        let parts = manifest.split("\n[[").map(ToOwned::to_owned).collect::<Vec<_>>();
        parts.into_iter().find(|part| part.contains(&format!("name = \"{name}\"")))
    };
    let mut seen = 0;
    for from in pages() {
        let page = read(&from);
        for (start, _) in page.match_indices("cargo ") {
            let command = page[start..].split(['\n', '`', '#']).next().unwrap_or_default();
            if let Some(name) = value(command, "--example") {
                seen += 1;
                let example = part(&examples, name);
                let example = example.unwrap_or_else(|| panic!("{from}: no example `{name}`"));
                let enabled = command.contains("--all-features");
                let needed = example.contains("required-features");
                assert!(enabled || !needed, "{from}: `{command}` lacks `--all-features`");
            }
            if let Some(name) =
                value(command, "--test").filter(|_| command.contains("persevere-tests"))
            {
                seen += 1;
                assert!(part(&tests, name).is_some(), "{from}: no test `{name}`");
            }
        }
    }
    assert!(seen > 20, "{seen} commands were looked at");
}

/// The code spans of a line.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn the_map_and_the_recipes_name_files_that_exist() {
    let page = read("CONTRIBUTING.md");
    let roots = ["", "retry-core/src", "retry-macros/src"].map(|it| Path::new(ROOT).join(it));
    let mut seen = 0;
    for line in prose(&page) {
        let paths = code(line).filter(|it| it.contains('/') && !it.contains([' ', ':', '(', '<']));
        for path in paths.filter(|path| !path.contains("NAME") && !path.contains("://")) {
            seen += 1;
            assert!(roots.iter().any(|root| root.join(path).exists()), "nothing is at `{path}`");
        }
    }
    assert!(seen > 50, "{seen} paths were looked at");
}
