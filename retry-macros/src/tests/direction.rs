//! Data flows one way: no module imports from one below it in the list.

use std::fs;
use std::path::{Path, PathBuf};

/// From what knows nothing of the others to what uses them all. The tests use everything.
const ORDER: [&str; 11] = [
    "diagnostics",
    "suggest",
    "library",
    "read",
    "function",
    "check",
    "plan",
    "write",
    "derive",
    "expand",
    "lib",
];

/// Every source file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are there");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The modules that `use crate::…` names in `source`.
fn imported(source: &str) -> Vec<String> {
    let mut imported = Vec::new();
    for line in source.split(';').filter_map(|line| line.split("use crate::").nth(1)) {
        let names = line.strip_prefix('{').unwrap_or(line).trim_end_matches('}');
        let names: Vec<&str> =
            if line.starts_with('{') { names.split(',').collect() } else { vec![names] };
        for name in names {
            let module = name.trim().split([':', ' ']).next().unwrap_or_default();
            if !module.is_empty() {
                imported.push(module.to_owned());
            }
        }
    }
    imported
}

#[test]
fn each_module_uses_only_those_above_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut edges = 0;
    for file in files(&sources) {
        let inside = file.strip_prefix(&sources).expect("it is below the sources");
        let first = inside.iter().next().expect("a file has a name").to_string_lossy();
        let module = first.trim_end_matches(".rs");
        if module == "tests" {
            continue;
        }
        let own = place(module).unwrap_or_else(|| panic!("`{module}` has no place in the order"));
        let source = fs::read_to_string(&file).expect("a source is text");
        for used in imported(&source) {
            let above =
                place(&used).unwrap_or_else(|| panic!("`{used}` has no place in the order"));
            assert!(above <= own, "{} uses `{used}`, which is below `{module}`", inside.display());
            edges += usize::from(above < own);
        }
    }
    assert!(edges > 50, "only {edges} imports were found: are they written differently now?");
}

#[test]
fn both_ways_to_write_an_import_are_read() {
    let source = "use crate::read::Values;\nuse crate::{\n    check, write::function,\n};";
    assert_eq!(imported(source), ["read", "check", "write"]);
}
