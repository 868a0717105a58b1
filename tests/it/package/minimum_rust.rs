//! Which features need a newer Rust than the library itself, by what their dependencies declare.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::manifests::{closure, core, facade, manifest, names, read, table};

/// Major and minor.
type Rust = (u32, u32);

fn rust(version: &str) -> Rust {
    let mut parts = version.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().expect("a major number"), parts.next().expect("a minor number"))
}

/// The Rust that each dependency of `package` asks for, in the release of Cargo.lock.
fn asked_for_by_dependencies_of(package: &str) -> BTreeMap<String, Rust> {
    let mut asked = BTreeMap::new();
    for platform in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--format-version", "1", "--all-features"])
            .args(["--filter-platform", platform])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let id = &packages.iter().find(|it| it["name"] == package).unwrap()["id"];
        let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
        let node = nodes.iter().find(|node| node["id"] == *id).unwrap();
        for dependency in node["dependencies"].as_array().unwrap() {
            let package = packages.iter().find(|it| it["id"] == *dependency).unwrap();
            let asks = package["rust_version"].as_str().map_or((1, 0), rust);
            asked.insert(package["name"].as_str().unwrap().to_owned(), asks);
        }
    }
    asked
}

/// The features whose dependencies ask for more than the library does.
fn need_more() -> BTreeMap<String, Rust> {
    let packages = [
        (core(), asked_for_by_dependencies_of("persevere-core")),
        (facade(), asked_for_by_dependencies_of("persevere")),
    ];
    let needs = |feature: &String| {
        let of_package = packages.iter().flat_map(|(features, asked)| {
            let turned_on = closure(features, feature).into_iter();
            let dependencies =
                turned_on.filter_map(|it| it.strip_prefix("dep:").map(str::to_owned));
            dependencies.map(|name| *asked.get(&name).unwrap_or_else(|| panic!("no {name}")))
        });
        of_package.max().unwrap_or_default()
    };
    let all = facade().into_keys().map(|name| (needs(&name), name));
    all.filter(|(needs, _)| *needs > minimum()).map(|(needs, name)| (name, needs)).collect()
}

fn minimum() -> Rust {
    rust(manifest("Cargo.toml")["workspace"]["package"]["rust-version"].as_str().unwrap())
}

#[test]
fn the_readme_lists_the_features_that_need_more() {
    let page = read("README.md");
    let (major, minor) = minimum();
    assert!(page.contains(&format!("It needs Rust {major}.{minor} or newer.")));
    let mut listed = BTreeMap::new();
    for row in table(&page, "Rust") {
        listed.extend(names(row[1]).into_iter().map(|name| (name.to_owned(), rust(row[0]))));
    }
    assert_eq!(listed, need_more());
}

#[test]
fn all_others_are_built_with_the_minimum() {
    let program = manifest("tests/minimum-rust/Cargo.toml");
    assert_eq!(rust(program["package"]["rust-version"].as_str().unwrap()), minimum());
    let more = program["features"]["more"].as_array().unwrap().iter();
    let names = more.map(|it| it.as_str().unwrap().strip_prefix("persevere/").unwrap().to_owned());
    let built: BTreeSet<String> = names.chain(closure(&facade(), "default")).collect();
    let need_more = need_more();
    let expected = facade().into_keys().filter(|name| !need_more.contains_key(name));
    let missing: Vec<String> = expected.filter(|name| !built.contains(name)).collect();
    assert!(missing.is_empty(), "not built with the minimum Rust: {missing:?}");
}
