//! Measures everything and writes it into `docs/performance.md` and `benches/baseline.json`.
//!
//! `cargo run --release -p benches --bin report`; with `-- --exact` no time is taken, and only the
//! tables of what can be counted are written; with `-- --check` nothing is written: the exact
//! figures of this library are compared with the baseline.

mod baseline;
mod glance;

use std::fmt::Write;
use std::fs;
use std::process::{Command, ExitCode};

use benches::children::{cargo, output, text, workspace};
use benches::page;
use benches::table::Table;

use crate::baseline::Baseline;

/// The tables that a check omits, since they take long.
const SLOW: &str = "1000000 waiting tasks";
/// The rows that are checked: not those of other libraries, nor of a bulkhead by itself, which are within those
/// of all three layers.
const GUARDED: [&str; 16] = [
    "persevere",
    "closure",
    "closure_named",
    "retry_layer",
    "draw",
    "without_tracing",
    "with_tracing",
    "breaker",
    "breaker_by_time",
    "budget",
    "budget_by_ratio",
    "breaker_and_budget",
    "all_three",
    "plain",
    "upstream",
    "rate",
];

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    output(cargo(workspace()).args(["build", "-q", "--release", "-p", "benches", "--bins"]));
    let exact = check || std::env::args().any(|argument| argument == "--exact");
    let only_exact: &[&str] = if exact { &["--exact"] } else { &[] };
    let mut tables = Vec::new();
    tables.extend(run("count_instructions", &[]));
    tables.extend(run("layers_alone", only_exact));
    let middleware = ["--features", "middleware", "--bin", "middleware"];
    output(cargo(workspace()).args(["build", "-q", "--release", "-p", "benches"]).args(middleware));
    tables.extend(run("middleware", &[]));
    tables.extend(run("future_sizes", &[]));
    tables.extend(run("allocations", &[]));
    tables.extend(run("waiting_tasks", &["100000"]));
    if !exact {
        tables.extend(run("waiting_tasks", &["1000000"]));
        tables.extend(run("zero_delay", &[]));
        tables.extend(run("jitter", &[]));
        tables.extend(run("shared_layers", &[]));
        tables.extend(run("queued", &[]));
        tables.extend(run("compile_instructions", &[]));
    }
    tables.extend(run("compile_time", only_exact));
    tables.extend(run("clean_build", only_exact));

    for table in &tables {
        println!("## {}\n\n{}", table.name, table.markdown());
    }
    let figures = guarded(&tables);
    if check {
        return held_against_baseline(&figures);
    }
    write_page(&tables);
    let baseline = serde_json::to_string_pretty(&figures).expect("figures are plain data");
    write("benches/baseline.json", &format!("{baseline}\n"));
    ExitCode::SUCCESS
}

/// Runs one of the other programs, and returns its tables.
fn run(program: &str, arguments: &[&str]) -> Vec<Table> {
    eprintln!("{program} {}", arguments.join(" "));
    let own = std::env::current_exe().expect("this program has a path");
    let json = text(Command::new(own.with_file_name(program)).args(arguments).arg("--json"));
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn guarded(tables: &[Table]) -> Baseline {
    let figures = tables.iter().filter(|table| table.name != SLOW).flat_map(Table::figures);
    figures
        .filter(|(name, _)| {
            GUARDED.iter().any(|subject| name.contains(&format!(" / {subject} / ")))
        })
        .collect()
}

fn held_against_baseline(figures: &Baseline) -> ExitCode {
    let json = read("benches/baseline.json");
    let baseline: Baseline = serde_json::from_str(&json).expect("it was written by this program");
    let findings = baseline::compare(&baseline, figures);
    for finding in &findings {
        println!("{finding}");
    }
    let failed = findings.iter().filter(|finding| finding.is_failure()).count();
    println!("{} figures compared, {failed} failed", figures.len());
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    println!("measured with {}", rustc());
    println!(
        "if this is meant: `cargo run --release -p benches --bin report` writes a new baseline"
    );
    ExitCode::FAILURE
}

/// Puts each table between its markers.
fn write_page(tables: &[Table]) {
    page::replace("versions", &versions());
    page::replace("glance", &glance::lines(tables));
    glance::draw(&page::picture("success"), tables).expect("a picture can be drawn");
    page::define_pictures();
    for table in tables {
        page::replace(&table.name, &table.markdown());
    }
}

/// The versions of the compiler and of all measured crates.
fn versions() -> String {
    let lock = read("Cargo.lock");
    let mut page = format!("{}; ", rustc());
    let names = [
        "tokio",
        "backon",
        "backon-macros",
        "failsafe",
        "governor",
        "mulligan",
        "recloser",
        "reqwest-retry",
        "retry",
        "retry-if",
        "tokio-retry",
        "tokio-retry2",
        "tower",
        "tower-resilience-core",
        "tryhard",
        "gungraun",
    ];
    let versions: Vec<String> = names
        .iter()
        .map(|name| {
            let entry = format!("name = \"{name}\"\nversion = \"");
            let rest = lock.split_once(&entry).map(|(_, rest)| rest);
            let version = rest.and_then(|rest| rest.split('"').next());
            format!("`{name}` {}", version.expect("the lock file names every dependency"))
        })
        .collect();
    writeln!(page, "{}.", versions.join(", ")).expect("a string takes everything");
    page
}

fn rustc() -> String {
    text(Command::new("rustc").arg("--version")).trim().to_owned()
}

fn read(path: &str) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &str, text: &str) {
    let path = workspace().join(path);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
