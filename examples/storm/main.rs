//! What retries do to a server after a stall of ten seconds, one that says so and one that does not, to a database below three services, and to
//! a row that a hundred clients want to change: simulated in virtual time, with the engine and the
//! layers that programs use.
//!
//! `cargo run --all-features --example storm` prints the tables, and draws the pictures into
//! `target/storm`. With a folder, as in `-- docs`, it draws them there, and writes the tables into
//! that folder's `storm.md`.
//!
//! The model, and what the numbers mean: `docs/storm.md`.

mod chart;
mod page;
mod picture;
mod simulation;
mod tables;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::simulation::contention::{self, Backoff};
use crate::simulation::measures::Measures;
use crate::simulation::services::{self, Protection};
use crate::simulation::stall::Stall;
use crate::simulation::strategy::Strategy;
use crate::tables::SEED;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = std::env::args_os().nth(1).map(PathBuf::from);
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/storm");
    let folder = asked.clone().unwrap_or_else(usual);
    fs::create_dir_all(&folder)?;

    let model = Stall::MODEL;
    let strategies: Vec<(Strategy, Measures)> = Strategy::all()
        .map(|strategy| (strategy, Measures::taken(&model, &strategy, SEED)))
        .collect();
    let shedding = Stall::SHEDDING;
    let asked_to_wait: Vec<(Strategy, Measures)> = Strategy::ASKED
        .map(|strategy| (strategy, Measures::taken(&shedding, &strategy, SEED)))
        .into();
    let lines = Backoff::EACH.map(|backoff| {
        let average = |clients: u32| (clients, contention::average(&backoff, clients as usize));
        (backoff, (1..=10).map(|tens| average(10 * tens)).collect())
    });
    let hundred = lines.iter().filter_map(|(backoff, points): &chart::Line| {
        points.last().map(|(_, average)| (*backoff, *average))
    });

    let tables = [
        (
            "stall",
            "A server stands still for ten seconds, at 60 % load",
            tables::stall(&strategies),
        ),
        (
            "asked",
            "The same, and the server says when it is overloaded: 429 with `Retry-After: 1`",
            tables::stall(&asked_to_wait),
        ),
        ("loads", "The same at other loads: recovered after", tables::loads()),
        (
            "processes",
            "The same calls, made by fewer or more processes: recovered after",
            tables::processes(),
        ),
        (
            "services",
            "Three services above a database that is down: its requests for a call",
            tables::services(),
        ),
        (
            "contention",
            "A hundred clients change the same row",
            tables::contention(&hundred.collect::<Vec<_>>()),
        ),
    ];
    for (_, title, table) in &tables {
        println!("{title}\n\n{table}");
    }
    check(&strategies);
    check_asked(&asked_to_wait);

    let pictures = page::PICTURES.map(|(_, file)| folder.join(file));
    chart::goodput(&pictures[0], &strategies, &model)?;
    chart::goodput(&pictures[1], &asked_to_wait, &shedding)?;
    chart::contention(&pictures[2], &lines)?;
    for picture in &pictures {
        println!("drawn: {}", picture.display());
    }
    if asked.is_some() {
        write_page(&folder.join("storm.md"), &tables)?;
        write_definitions(&folder)?;
    }
    Ok(())
}

/// Checks the example's main points.
fn check(strategies: &[(Strategy, Measures)]) {
    let recovers = |shown: &Strategy| {
        let of = |(strategy, _): &&(Strategy, Measures)| strategy.name == shown.name;
        strategies.iter().find(of).is_some_and(|(_, measures)| measures.recovery.is_some())
    };
    assert!(
        Strategy::WAITING.iter().all(|strategy| !recovers(strategy)),
        "waits alone do not help"
    );
    assert!(recovers(&Strategy::NO_RETRY), "the server itself is well again");
    assert!(recovers(&Strategy::TOKEN_BUCKET) && recovers(&Strategy::RATIO), "budgets do");
    assert_eq!(services::run(&Protection::NONE, 1, SEED)[0].requests, 4 * 4 * 4);
}

/// Checks what pushback is for.
fn check_asked(strategies: &[(Strategy, Measures)]) {
    let sends = |shown: &Strategy| {
        let of = |(strategy, _): &&(Strategy, Measures)| strategy.name == shown.name;
        strategies.iter().find(of).map_or(f64::NAN, |(_, measures)| measures.amplification)
    };
    let (alone, together) = (sends(&Strategy::FULL), sends(&Strategy::PUSHBACK));
    assert!(together < alone / 10.0, "one answer holds all: {together}, {alone}");
}

/// Writes each table between its markers, if there is such a page.
fn write_page(path: &Path, tables: &[(&str, &str, String)]) -> Result<(), Box<dyn Error>> {
    if !path.exists() {
        return Ok(());
    }
    let mut text = fs::read_to_string(path)?;
    for (name, _, table) in tables {
        let section = page::section(&text, name).ok_or_else(|| format!("no place for {name}"))?;
        text.replace_range(section, table);
    }
    fs::write(path, text)?;
    println!("written: {}", path.display());
    Ok(())
}

/// Writes the pictures as link definitions, for the rendered documentation.
fn write_definitions(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut definitions = String::new();
    for (name, file) in page::PICTURES {
        definitions += &picture::definition(name, &fs::read_to_string(folder.join(file))?);
    }
    let path = folder.join("storm-pictures.md");
    fs::write(&path, definitions)?;
    println!("written: {}", path.display());
    Ok(())
}
