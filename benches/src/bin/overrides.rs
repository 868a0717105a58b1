//! What a failure costs while a large table of overrides is in force, and how long the search takes for its
//! patterns that match nothing.
//!
//! `cargo run --release -p benches --features overrides --bin overrides -- --write` writes the tables into
//! `docs/performance.md`.

use std::time::Instant;

use benches::page;
use benches::table::{Cell, Table, print};
use persevere::Policy;
use persevere::overrides::{Overrides, overrides};

const COMMAND: &str =
    "cargo run --release -p benches --features overrides --bin overrides -- --write";
const NAMES: usize = 5_000;

fn main() {
    let names: Vec<&'static str> = (0..NAMES).map(|number| leaked(&name(number))).collect();
    let exact: Vec<String> = (0..NAMES).map(name).collect();
    let starred: Vec<String> = (0..NAMES).map(|number| format!("*::function_{number}")).collect();
    let misspelt: Vec<String> =
        exact.iter().map(|name| name.replace("function", "fnuction")).collect();
    let elsewhere: Vec<String> = (0..NAMES).map(|number| format!("other_{number}::*")).collect();

    overrides().clear();
    fail(&names); // warms up
    let without = fail(&names);
    let mut table = Table::new(
        "overrides",
        COMMAND,
        &["a failure of one of 5,000 closures, in ns", "its first", "further ones"],
    );
    table.row("none", "without a table", vec![Cell::Nothing, ns(without)]);
    let mut slowest = 0.0_f64;
    let mut unmatched = Vec::new();
    for (subject, title, patterns) in [
        ("names", "5,000 names", &exact),
        ("patterns", "5,000 patterns that begin with `*`", &starred),
        ("misspelt", "5,000 names that match nothing", &misspelt),
        ("elsewhere", "5,000 patterns that match nothing", &elsewhere),
    ] {
        overrides().install(installed(patterns));
        let first = fail(&names);
        let further = fail(&names).min(fail(&names));
        slowest = slowest.max(further - without);
        table.row(subject, title, vec![ns(first), ns(further)]);
        let began = Instant::now();
        let found = overrides().unmatched().len();
        unmatched.push((title, found, began.elapsed().as_secs_f64()));
    }
    table.target("added to a further failure, in ns", slowest.round(), 1000.0);

    let mut search = Table::new(
        "unmatched",
        COMMAND,
        &["`unmatched()`, 5,000 functions known", "unmatched", "seconds"],
    );
    for (title, found, seconds) in &unmatched {
        #[allow(clippy::cast_precision_loss, reason = "5,000 at most")]
        let found = Cell::Exact(*found as f64);
        search.row(title, title, vec![found, Cell::Text(format!("{seconds:.2}"))]);
    }
    let longest = unmatched.iter().map(|(_, _, seconds)| *seconds).fold(0.0, f64::max);
    search.target("the longest search, in seconds", (longest * 100.0).round() / 100.0, 1.0);
    let tables = [table, search];
    page::write_if_asked(&tables);
    print(&tables);
}

fn name(number: usize) -> String {
    format!("shop::module_{}::function_{number}", number / 50)
}

fn leaked(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn ns(nanoseconds: f64) -> Cell {
    Cell::Text(format!("{nanoseconds:.0}"))
}

/// A table with an entry for each of the patterns, which changes nothing that takes time.
fn installed(patterns: &[String]) -> Overrides {
    let entries: Vec<String> =
        patterns.iter().map(|pattern| format!("{pattern}=max_retries:0;max_delay:1s")).collect();
    entries.join(",").parse().expect("patterns and settings")
}

/// Nanoseconds that one failure of each closure takes: the mean.
#[allow(clippy::cast_precision_loss, reason = "5,000")]
fn fail(names: &[&'static str]) -> f64 {
    let began = Instant::now();
    for name in names {
        let call = Policy::DEFAULT.with_max_retries(0).retry_blocking(|| None::<u8>);
        assert_eq!(call.on(|_| true).name(name).call(), None);
    }
    began.elapsed().as_secs_f64() * 1e9 / names.len() as f64
}
