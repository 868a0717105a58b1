//! `Cargo.toml` has the list of features; every other list says the same.

use std::collections::BTreeSet;

use super::manifests::{Features, closure, core, facade, features, manifest, names, read, table};

fn set<'t>(names: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn all() -> BTreeSet<String> {
    facade().into_keys().filter(|name| name != "default").collect()
}

#[test]
fn the_tables_of_features_list_each_once() {
    for page in ["README.md", "src/lib.rs"] {
        let text = read(page);
        let rows = table(&text, "feature");
        let listed: Vec<&str> = rows.iter().flat_map(|row| names(row[0])).collect();
        assert_eq!(set(listed.iter().copied()), all(), "{page}");
        assert_eq!(listed.len(), all().len(), "{page} lists one twice");
        let default = rows.iter().filter(|row| row[2] == "yes").flat_map(|row| names(row[0]));
        assert_eq!(set(default), facade()["default"].iter().cloned().collect(), "{page}");
    }
}

#[test]
fn a_row_says_which_other_features_a_feature_brings() {
    for page in ["README.md", "src/lib.rs"] {
        let text = read(page);
        for row in table(&text, "feature") {
            let Some((_, brings)) = row[1].split_once("brings ") else { continue };
            let [feature] = names(row[0])[..] else { panic!("{page}: {row:?}") };
            let turned_on = facade().remove(feature).unwrap();
            let others = turned_on.into_iter().filter(|name| all().contains(name)).collect();
            assert_eq!(set(names(brings)), others, "{page}: {feature}");
        }
    }
}

#[test]
fn each_feature_of_the_runtime_is_one_of_the_facade() {
    for feature in core().keys() {
        let forward = format!("persevere-core/{feature}");
        let turned_on = facade().remove(feature);
        assert!(turned_on.is_some_and(|it| it.contains(&forward)), "{feature} is not forwarded");
    }
    for (feature, turned_on) in facade() {
        let forwards = turned_on.iter().filter_map(|it| it.strip_prefix("persevere-core/"));
        for forward in forwards {
            assert_eq!(forward, feature, "a feature turns on the runtime's of its name");
        }
    }
}

#[test]
fn each_feature_is_documented_where_it_is_listed() {
    for path in ["Cargo.toml", "retry-core/Cargo.toml"] {
        let text = read(path);
        let lines: Vec<&str> = text.lines().collect();
        for feature in features(path).keys().filter(|name| *name != "default") {
            let entry = format!("{feature} = [");
            let place = lines.iter().position(|line| line.starts_with(&entry)).expect("an entry");
            assert!(lines[place - 1].starts_with("## "), "{path}: {feature}");
        }
    }
}

/// Those that bring a timer beside tokio's are tried by programs of their own.
#[test]
fn the_tests_are_built_with_every_feature() {
    let manifest = manifest("tests/Cargo.toml");
    let listed = manifest["dependencies"]["persevere"]["features"].as_array().unwrap();
    let listed = listed.iter().map(|name| name.as_str().unwrap()).chain(["default"]);
    let built: BTreeSet<String> = listed.flat_map(|name| closure(&facade(), name)).collect();
    let missing: BTreeSet<String> = all().difference(&built).cloned().collect();
    assert_eq!(missing, set(["async-io", "smol", "wasm"]));
}

/// `"1.2.3"` is release 1; `"0.4.5"`, release 0.4.
fn major(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    let length = if parts[0] == "0" { 2 } else { 1 };
    parts[..length].join(".")
}

#[test]
fn the_releases_that_adapters_are_for_are_those_of_the_manifest() {
    let page = read("README.md");
    let (_, said) = page.split_once("The adapters are for the newest major releases:").unwrap();
    let said = said.split_once("\n\n").unwrap().0.replace('\n', " ");
    let dependencies = manifest("Cargo.toml")["workspace"]["dependencies"].clone();
    let mut listed = BTreeSet::new();
    for part in said.split(", ") {
        let [names, version] = part.rsplitn(2, ' ').collect::<Vec<_>>()[..] else {
            panic!("{part}")
        };
        let (version, words) = (names.trim_end_matches('.'), version);
        for name in self::names(words) {
            let entry = &dependencies[name];
            let required = entry.as_str().or_else(|| entry["version"].as_str()).unwrap();
            assert_eq!(version, major(required), "{name}");
            listed.insert(name.to_owned());
        }
    }
    let adapted = |features: &Features, name: &String| {
        features[name].contains(&format!("dep:{name}")) && !["tokio", "tracing"].contains(&&**name)
    };
    let core = core();
    for name in core.keys().filter(|name| adapted(&core, name)) {
        assert!(listed.contains(name), "README does not say for which {name} its adapter is");
    }
}
