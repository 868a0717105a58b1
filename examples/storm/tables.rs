//! The simulations' results, as tables in Markdown.

use std::time::Duration;

use crate::simulation::contention::{self, Backoff};
use crate::simulation::measures::Measures;
use crate::simulation::services::{self, Protection};
use crate::simulation::stall::Stall;
use crate::simulation::strategy::Strategy;

/// The seed of all tables and pictures.
pub(crate) const SEED: u64 = 1;

/// Every strategy in the same stall.
pub(crate) fn stall(strategies: &[(Strategy, Measures)]) -> String {
    let head =
        ["strategy", "before", "sends a call", "recovered after", "succeeded", "p99", "wasted"];
    let rows = strategies.iter().map(|(strategy, measures)| {
        vec![
            strategy.name.to_owned(),
            format!("{:.1} %", measures.before * 100.0),
            format!("{:.2}", measures.amplification),
            recovery(measures),
            percent(measures.succeeded),
            measures.p99.map_or("–".to_owned(), |p99| format!("{:.2} s", p99.as_secs_f64())),
            percent(measures.wasted),
        ]
    });
    markdown(&head, rows)
}

/// The time until some strategies recover at other loads.
pub(crate) fn loads() -> String {
    let strategies = [Strategy::NO_RETRY, Strategy::FULL, Strategy::TOKEN_BUCKET, Strategy::RATIO];
    let models = [0.2, 0.4, 0.6, 0.8].map(|load| (percent(load), Stall { load, ..Stall::MODEL }));
    recoveries("load", &strategies, models)
}

/// The same calls, made by fewer or more processes.
pub(crate) fn processes() -> String {
    let strategies = [Strategy::TOKEN_BUCKET, Strategy::RATIO, Strategy::RATIO_RESERVE];
    let models = [1, 4, 16, 64];
    let models = models.map(|callers| (callers.to_string(), Stall { callers, ..Stall::MODEL }));
    recoveries("processes", &strategies, models)
}

fn recoveries<const N: usize>(
    what: &str,
    strategies: &[Strategy],
    models: [(String, Stall); N],
) -> String {
    let head: Vec<&str> =
        [what].into_iter().chain(strategies.iter().map(|strategy| strategy.name)).collect();
    let rows = models.into_iter().map(|(name, model)| {
        let taken = |strategy: &Strategy| recovery(&Measures::taken(&model, strategy, SEED));
        [name].into_iter().chain(strategies.iter().map(taken)).collect()
    });
    markdown(&head, rows)
}

/// The number of calls in a minute during which the database is down.
const CALLS: u32 = 1_200;

/// The requests that the database receives for a call, and how long its caller waits.
pub(crate) fn services() -> String {
    let head = ["protection", "alone", "caller waits", "of 1200, on average", "longest wait"];
    let rows = Protection::EACH.iter().map(|protection| {
        let lone = services::run(protection, 1, SEED)[0];
        let tolls = services::run(protection, CALLS, SEED);
        let requests: u32 = tolls.iter().map(|toll| toll.requests).sum();
        let longest = tolls.iter().map(|toll| toll.took).max().unwrap_or_default();
        vec![
            protection.name.to_owned(),
            lone.requests.to_string(),
            format!("{:.1} s", lone.took.as_secs_f64()),
            format!("{:.2}", f64::from(requests) / f64::from(CALLS)),
            format!("{:.1} s", longest.as_secs_f64()),
        ]
    });
    markdown(&head, rows)
}

/// The cost until a hundred clients have written.
pub(crate) fn contention(backoffs: &[(Backoff, contention::Average)]) -> String {
    let head = ["wait", "calls", "time"];
    let rows = backoffs.iter().map(|(backoff, average)| {
        vec![
            backoff.name.to_owned(),
            format!("{:.0}", average.calls),
            format!("{:.2} s", average.time.as_secs_f64()),
        ]
    });
    markdown(&head, rows)
}

fn recovery(measures: &Measures) -> String {
    measures.recovery.map_or("never".to_owned(), |after: Duration| format!("{} s", after.as_secs()))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Formats a table: the first column aligned left, the others right, as wide as their content.
fn markdown(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = head.iter().map(ToString::to_string).collect();
    let rows: Vec<Vec<String>> = [head].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..rows[0].len()).filter_map(width).collect();
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    let rule = |(column, &width): (usize, &usize)| {
        if column == 0 {
            format!("|{}|", "-".repeat(width + 2))
        } else {
            format!("{}:|", "-".repeat(width + 1))
        }
    };
    lines.insert(1, widths.iter().enumerate().map(rule).collect());
    lines.join("\n") + "\n"
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cell = |(column, (text, &width)): (usize, (&String, &usize))| {
        if column == 0 { format!("| {text:<width$} |") } else { format!(" {text:>width$} |") }
    };
    cells.iter().zip(widths).enumerate().map(cell).collect()
}
