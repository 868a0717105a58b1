//! What it costs a whole project's builds to annotate it: ripgrep, with the attribute at every function that
//! returns a `Result` and compiles with it. It needs the package registry, for ripgrep's sources.
//!
//! `cargo run --release -p benches --bin real_project -- --write` writes the tables into `docs/performance.md`.

mod annotate;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use benches::children::{output, processor_seconds, scratch, text, text_bytes};
use benches::page;
use benches::rounds::{Times, interleaved};
use benches::table::{Cell, Table, figure, print};

use crate::annotate::Annotated;
use crate::sources::{CRATES, Project};

const COMMAND: &str = "cargo run --release -p benches --bin real_project -- --write";
const ROUNDS: usize = 5;

fn main() {
    let vendored = sources::vendored();
    let plain = Project::new("plain", &vendored);
    let annotated = Project::new("annotated", &vendored);
    let functions = annotate::annotate(&annotated);
    let tables = [counted(&functions), cost(&[plain, annotated])];
    page::write_if_asked(&tables);
    print(&tables);
}

fn counted(functions: &Annotated) -> Table {
    let mut table = Table::new("annotated functions", COMMAND, &["ripgrep's functions", "number"]);
    let mut row = |title: &str, number: usize| {
        table.row(&title.replace(' ', "_"), title, vec![Cell::Exact(figure(number))]);
    };
    row("with a body, returning a `Result`", functions.found);
    row("annotated", functions.kept);
    row("annotated with `clone(…)`, as a message said", functions.cloning);
    for (message, number) in &functions.refused {
        row(&format!("not annotated: {message}"), *number);
    }
    table
}

fn cost(projects: &[Project; 2]) -> Table {
    let check = times(projects, "check");
    let build = times(projects, "build");
    assert_same_output(projects);
    let mut table = Table::new(
        "real project",
        COMMAND,
        &[
            &format!("ripgrep's {} crates, debug", CRATES.len()),
            "`cargo check`, processor seconds",
            "`cargo build`, processor seconds",
            "bytes of `rg`",
            "bytes without debug info",
            "bytes of `.text`",
        ],
    );
    let mut sizes = Vec::new();
    for (index, (subject, project)) in ["plain", "annotated"].iter().zip(projects).enumerate() {
        let program = project.program();
        let size = [bytes(&program), bytes(&stripped(&program)), text_bytes(&program)];
        let times = [&check[index], &build[index]].map(|times| Cell::Text(times.over(1.0, 2)));
        let cells = times.into_iter().chain(size.map(|size| Cell::Exact(figure(size))));
        table.row(subject, subject, cells.collect());
        sizes.push(size.map(figure));
    }
    let [plain, annotated] = [0, 1].map(|index| check[index].median());
    table.target("`cargo check`, over the plain project's", annotated / plain, 1.4);
    table.target("bytes of `rg`, over the plain project's", sizes[1][0] / sizes[0][0], 1.08);
    table
}

/// Processor seconds of compiling the project's crates alone.
fn times(projects: &[Project], subcommand: &str) -> Vec<Times> {
    for project in projects {
        output(project.cargo().args([subcommand, "-q", "--workspace"]));
    }
    interleaved(projects, ROUNDS, |project| {
        let before = processor_seconds();
        output(project.cargo_anew().args([subcommand, "-q", "--workspace", "--offline"]));
        processor_seconds() - before
    })
}

/// Both programs find the same.
fn assert_same_output(projects: &[Project; 2]) {
    let folder = scratch("real-project/vendored/vendor");
    let searches: [&[&str]; 4] = [
        &["--sort=path", "-n", r"fn \w+\(.*\) -> (io::)?Result<"],
        &["--sort=path", "--count", "-i", "retry|error"],
        &["--sort=path", "--files", "--glob", "*.toml"],
        &["--sort=path", "-U", "--replace", "$1", r"impl (\w+)\s*\{\n\s*///"],
    ];
    for arguments in searches {
        let found = [0, 1].map(|index: usize| {
            let program = projects[index].program();
            text(Command::new(program).arg("--no-config").args(arguments).arg(&folder))
        });
        assert!(!found[0].is_empty(), "{arguments:?} finds nothing");
        assert!(found[0] == found[1], "{arguments:?}: the annotated program finds something else");
    }
}

fn stripped(program: &Path) -> PathBuf {
    let copy = program.with_file_name("rg-stripped");
    output(Command::new("strip").arg("--strip-debug").arg("-o").arg(&copy).arg(program));
    copy
}

fn bytes(file: &Path) -> usize {
    let length = fs::metadata(file).expect("it has been built").len();
    usize::try_from(length).expect("it fits into memory")
}
