//! What a first build of this library adds to one of `tokio` with `macros`: crates, and processor
//! seconds.
//!
//! `cargo run --release -p benches --bin clean_build`; `-- --exact` counts crates only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use benches::children::{
    cargo, output, processor_seconds, scratch, text, workspace, write_package,
};
use benches::rounds::interleaved;
use benches::table::{Cell, Table, figure, print};

const ROUNDS: usize = 5;
const OURS: [&str; 3] = ["persevere", "persevere-core", "persevere-macros"];
const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt\", \"time\"] }\n";

fn main() {
    let root = workspace().display();
    let ours = |features: &str| {
        format!(
            "{TOKIO}persevere = {{ path = \"{root}\", default-features = false, features = [{features}] }}\n"
        )
    };
    let tokio = package("tokio", TOKIO);
    let without = package("without-tracing", &ours("\"macros\", \"tokio\""));
    let with = package("with-tracing", &ours("\"macros\", \"tokio\", \"tracing\""));

    let base = crates(&tokio);
    let mut tables = vec![exact(&base, &[("without_tracing", &without), ("with_tracing", &with)])];
    if !std::env::args().any(|argument| argument == "--exact") {
        tables.push(times(&[tokio, without, with]));
    }
    print(&tables);
}

fn package(name: &str, dependencies: &str) -> PathBuf {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    );
    let folder = scratch("clean-build").join(name);
    write_package(&folder, &manifest, "");
    folder
}

/// Names and versions of all crates compiled for this machine.
fn crates(folder: &Path) -> BTreeSet<String> {
    let mut command = cargo(folder);
    command.args(["tree", "--offline", "-q", "--prefix", "none", "-e", "normal,build"]);
    let tree = text(command.args(["--format", "{p}"]));
    let names = tree.lines().skip(1).filter(|line| !line.is_empty());
    names.filter_map(|line| line.split(" (").next()).map(ToOwned::to_owned).collect()
}

fn exact(base: &BTreeSet<String>, packages: &[(&str, &PathBuf)]) -> Table {
    let mut table = Table::new(
        "crates",
        "cargo run --release -p benches --bin clean_build -- --exact",
        &["over `tokio` with `macros`", "crates", "those of others", "which"],
    );
    for (subject, package) in packages {
        let added: Vec<String> = crates(package).difference(base).cloned().collect();
        let is_ours = |name: &&String| OURS.iter().any(|ours| name.split(' ').next() == Some(ours));
        let others = added.iter().filter(|name| !is_ours(name)).count();
        let cells = vec![
            Cell::Exact(figure(added.len())),
            Cell::Exact(figure(others)),
            Cell::Text(added.join(", ")),
        ];
        table.row(subject, &subject.replace('_', " "), cells);
    }
    let others = table.exact("without_tracing", 1);
    table.target("others' crates added, without tracing", others, 3.0);
    table.target("all crates added, without tracing", table.exact("without_tracing", 0), 3.0);
    table
}

fn times(packages: &[PathBuf]) -> Table {
    let times = interleaved(packages, ROUNDS, |package| {
        let target = scratch("clean-build/target");
        if target.exists() {
            fs::remove_dir_all(&target).expect("a folder can be removed");
        }
        let mut command = cargo(package);
        // As what comes from a registry is built, which these packages are not.
        command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0");
        let before = processor_seconds();
        output(command.args(["build", "--offline", "-q"]));
        processor_seconds() - before
    });
    let mut table = Table::new(
        "clean build",
        "cargo run --release -p benches --bin clean_build",
        &["clean build, debug", "processor seconds", "over tokio alone"],
    );
    let unit = times[0].median();
    for (name, times) in ["tokio", "without tracing", "with tracing"].iter().zip(&times) {
        let cells = vec![Cell::Text(times.over(1.0, 2)), Cell::Text(times.over(unit, 2))];
        table.row(&name.replace(' ', "_"), name, cells);
    }
    let added = times[1].median() - unit;
    table.target("processor seconds added, without tracing", added, 2.5);
    table
}
