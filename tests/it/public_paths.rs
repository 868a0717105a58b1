//! Whatever the core exports has a path in `persevere`, under the same name. (That every type in a
//! public signature has a path in its own package is the lint `unnameable_types`.)

use std::collections::BTreeSet;

#[test]
fn what_the_core_exports_has_a_path_in_the_facade() {
    let core = exported(include_str!("../../retry-core/src/lib.rs"));
    let facade = exported(include_str!("../../src/lib.rs"));
    assert!(core.contains("Budget") && core.contains("breaker") && core.contains("http"));
    let missing: Vec<_> = core.difference(&facade).collect();
    assert!(missing.is_empty(), "exported by `persevere-core` alone: {missing:?}");
}

/// The names that the root of a package makes public, unless they are hidden.
fn exported(root: &str) -> BTreeSet<String> {
    let code: Vec<_> = root.lines().filter(|line| !line.starts_with("//")).collect();
    let mut names = BTreeSet::new();
    for item in code.join("\n").split(';') {
        if item.contains("doc(hidden)") {
            continue;
        }
        if let Some((_, module)) = item.split_once("\npub mod ") {
            names.extend(module.split_whitespace().next().map(str::to_owned));
        } else if let Some((_, paths)) = item.split_once("\npub use ") {
            let paths = paths.split([',', '{', '}']).map(str::trim);
            names.extend(paths.filter_map(|path| path.rsplit("::").next()).map(str::to_owned));
        }
    }
    names
}
