//! What the pages say of statuses, of other libraries and of the examples.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use persevere::Classify as _;
use persevere::http::HttpError;
use serde_json::Value;

use super::manifests::{manifest, names, read, table};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The packages that the workspace is built with: version, and the Rust that each asks for.
fn packages() -> BTreeMap<String, (String, String)> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--all-features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let package =
        |it: &Value| (text(&it["name"]), (text(&it["version"]), text(&it["rust_version"])));
    packages.map(package).collect()
}

/// `1.85`, of `1.85.0` as well.
fn minor(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

#[test]
fn the_versions_that_were_read_are_those_that_the_examples_are_built_with() {
    let (packages, readme) = (packages(), read("README.md"));
    let (_, said) = readme.split_once("Read from the sources of ").unwrap();
    let said = said.split_once(".\n").unwrap().0;
    let mut read_of = Vec::new();
    for part in said.replace(" and ", ", ").split(", ") {
        let (name, version) = part.split_once("` ").unwrap();
        let name = name.trim_start_matches('`');
        assert_eq!(packages[name].0, version, "{name}");
        read_of.push(name.to_owned());
    }
    assert_eq!(read_of, ["backon", "tokio-retry2", "tower"]);

    let coming_from = read("docs/coming-from.md");
    let headings = coming_from.lines().filter_map(|line| line.strip_prefix("| "));
    let headings = headings.filter_map(|line| line.strip_suffix(" | here |"));
    let versions: Vec<_> = headings.filter_map(|heading| heading.split_once(' ')).collect();
    assert_eq!(versions.len(), 3, "{versions:?}");
    for (name, version) in versions {
        assert_eq!(minor(&packages[name].0), version, "{name}");
    }
}

#[test]
fn the_comparison_names_the_rust_that_each_asks_for() {
    let (packages, readme) = (packages(), read("README.md"));
    let head = readme.lines().find(|line| line.starts_with("| | `persevere`")).unwrap();
    let row = readme.lines().find(|line| line.starts_with("| minimum Rust |")).unwrap();
    let cells =
        |line: &str| line.split('|').skip(2).map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    let mut compared = 0;
    for (name, rust) in cells(head).iter().zip(cells(row)).filter(|(name, _)| !name.is_empty()) {
        let name = names(name)[0].split("::").next().unwrap();
        assert_eq!(minor(&packages[name].1), rust, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn the_readme_counts_the_libraries_that_are_measured() {
    let rows = read("docs/performance.md");
    let (_, versions) = rows.split_once("<!-- versions -->").unwrap();
    let versions = versions.split_once("<!-- end of versions -->").unwrap().0;
    let measured = names(versions).into_iter().filter(|it| !["tokio", "gungraun"].contains(it));
    let numbers = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"]; // from 10 on
    let said = format!("and {} other libraries", numbers[measured.count() - 10]);
    assert!(read("README.md").contains(&said), "{said}");
}

#[test]
fn the_readme_lists_the_examples() {
    let examples = manifest("examples/Cargo.toml")["example"].as_array().unwrap().clone();
    let name = |example: &toml::Value| example["name"].as_str().unwrap().to_owned();
    let mut there: Vec<String> = examples.iter().map(name).collect();
    let readme = read("README.md");
    let rows = table(&readme, "folder");
    let row = rows.iter().find(|row| row[0] == "`examples/`").expect("a row");
    let mut listed: Vec<String> = names(row[1]).into_iter().map(str::to_owned).collect();
    there.sort();
    listed.sort();
    listed.dedup();
    assert_eq!(listed, there);

    for example in examples.iter().filter(|it| name(it) != "explain") {
        let path = Path::new(ROOT).join("examples").join(example["path"].as_str().unwrap());
        let folder =
            path.ends_with("main.rs").then(|| fs::read_dir(path.parent().unwrap()).unwrap());
        let beside = folder.into_iter().flatten().map(|entry| entry.unwrap().path());
        let mut files =
            beside.filter(|it| it.extension().is_some_and(|it| it == "rs")).chain([path]);
        let asserts = files.any(|file| fs::read_to_string(file).unwrap().contains("assert"));
        assert!(asserts, "{} checks nothing of what it shows", name(example));
    }
    for row in &rows {
        let folder = Path::new(ROOT).join(names(row[0])[0]);
        assert!(folder.exists(), "{}", folder.display());
    }
}

/// The statuses that a cell names: "502, 503", "520 to 599".
fn statuses(cell: &str) -> Vec<u16> {
    let words = cell.split(|it: char| !it.is_alphanumeric());
    let numbers = words.filter(|word| word.len() == 3).filter_map(|word| word.parse().ok());
    let numbers: Vec<u16> = numbers.filter(|it| (400..600).contains(it)).collect();
    match numbers[..] {
        [from, to] if cell.contains(" to ") => (from..=to).collect(),
        _ => numbers,
    }
}

#[test]
fn the_tables_of_statuses_are_what_is_done() {
    let waiting = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("1"))]);
    for (page, first, verdict, least) in
        [("src/http.rs", "status", 1, 100), ("docs/in-production.md", "failure", 2, 10)]
    {
        let (text, mut seen) = (read(page), 0);
        for row in table(&text, first) {
            let names_wait =
                row[0].contains("names a wait") || row[0].contains("with `Retry-After`");
            let headers = if names_wait { waiting.clone() } else { HeaderMap::new() };
            let said = row[verdict].split([' ', ',', ';']).next().unwrap();
            for status in statuses(row[0]) {
                let error = HttpError::new(StatusCode::from_u16(status).unwrap(), &headers);
                assert_eq!(error.classify().class().as_str(), said, "{page}: {}", row[0]);
                seen += 1;
            }
        }
        assert!(seen >= least, "{page}: {seen} statuses were looked at");
    }
}
