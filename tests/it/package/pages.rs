//! What the pages name is there: links lead somewhere, in the repository and in the rendered
//! documentation.

use std::fs;
use std::path::Path;

use super::manifests::read;

/// The end of the names of the files that hold a guide's pictures, for the rendered documentation.
const PICTURES: &str = "-pictures.md";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The pages for people, by their paths in the repository.
pub(super) fn pages() -> Vec<String> {
    let docs = fs::read_dir(Path::new(ROOT).join("docs")).expect("the folder is there");
    let names = docs.map(|entry| entry.expect("it can be read").file_name());
    let mut pages: Vec<String> = names.map(|it| format!("docs/{}", it.to_string_lossy())).collect();
    pages.retain(|it| {
        Path::new(it).extension().is_some_and(|it| it == "md") && !it.ends_with(PICTURES)
    });
    pages.extend(["README.md", "CONTRIBUTING.md", "examples/monitoring/README.md"].map(Into::into));
    pages
}

/// The lines outside of fenced code.
pub(super) fn prose(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let outside = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    };
    page.lines().filter(outside).collect()
}

/// The targets of inline links: `[text](target)`.
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
        && (anchor.is_empty()
            || anchors(&read(&file.to_string_lossy())).iter().any(|it| it == anchor))
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
    let mut guides = 0;
    for line in module.lines() {
        above.extend(line.strip_prefix("/// ").and_then(definition));
        let included =
            line.strip_prefix("#[doc = include_str!(\"../").and_then(|it| it.strip_suffix("\")]"));
        if let Some(path) = included.filter(|path| path.ends_with(PICTURES)) {
            let pictures: &str = read(path).leak();
            above.extend(pictures.lines().filter_map(definition));
        } else if let Some(path) = included {
            guides += 1;
            check_guide(path, &above);
        }
        if line.starts_with("pub mod") {
            above.clear();
        }
    }
    assert_eq!(guides, 8);
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
