//! Commands and paths that the pages name: examples, tests and files that exist.

use std::path::Path;

use super::manifests::{names, read};
use super::pages::{pages, prose};

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

#[test]
fn the_map_and_the_recipes_name_files_that_exist() {
    let page = read("CONTRIBUTING.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let roots =
        ["", "retry-core/src", "retry-macros/src", "retry-tasks/src"].map(|it| root.join(it));
    let mut seen = 0;
    for line in prose(&page) {
        let paths = names(line)
            .into_iter()
            .filter(|it| it.contains('/') && !it.contains([' ', ':', '(', '<']));
        for path in paths.filter(|path| !path.contains("NAME") && !path.contains("://")) {
            seen += 1;
            assert!(roots.iter().any(|root| root.join(path).exists()), "nothing is at `{path}`");
        }
    }
    assert!(seen > 50, "{seen} paths were looked at");
}
