//! How costs grow with numbers: of annotated functions, patterns in a table of overrides, callers in a
//! bulkhead's queue, and waiting tasks. Prints what one more costs, and draws it.
//!
//! `cargo run --release -p benches --features overrides --bin growth`; with `-- --write` it writes the table
//! and the picture into `docs/performance.md` and beside it.

mod chart;
mod functions;
mod patterns;
mod queue;
mod tasks;

use std::error::Error;
use std::process::Command;

use benches::children::{callgrind_total, scratch};
use benches::page;
use benches::table::{Cell, Table, print};

/// Each figure is taken at these numbers, as far as it goes.
const NUMBERS: [usize; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// What one costs where there are that number: a line of the picture.
struct Line {
    subject: &'static str,
    title: &'static str,
    figures: Vec<f64>,
}

impl Line {
    /// Measures at each of [`NUMBERS`] that is `most` or less.
    fn up_to(
        most: usize,
        subject: &'static str,
        title: &'static str,
        measure: impl FnMut(usize) -> f64,
    ) -> Self {
        let numbers = NUMBERS.into_iter().take_while(|number| *number <= most);
        Self { subject, title, figures: numbers.map(measure).collect() }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, what, number] = &arguments[..]
        && flag == "--counted"
    {
        let number = number.parse()?;
        match what.split_once(' ') {
            Some(("patterns", phase)) => patterns::run(phase, number),
            Some(("queue", phase)) => queue::run(phase, number),
            _ => return Err(format!("there is nothing to count in `{what}`").into()),
        }
        return Ok(());
    }
    let mut lines = functions::lines();
    lines.extend(patterns::lines());
    lines.extend(queue::lines());
    lines.push(tasks::line());
    let tables = [table(&lines)];
    if page::write_if_asked(&tables) {
        chart::draw(&page::picture("growth"), &lines)?;
        page::define_pictures();
    }
    print(&tables);
    Ok(())
}

fn table(lines: &[Line]) -> Table {
    let numbers = NUMBERS.map(benches::table::with_separators);
    let columns = numbers.iter().map(String::as_str);
    let columns: Vec<&str> = std::iter::once("what one costs, of").chain(columns).collect();
    let command = "cargo run --release -p benches --features overrides --bin growth -- --write";
    let mut table = Table::new("growth", command, &columns);
    for line in lines {
        let figures = line.figures.iter().map(|figure| Cell::Exact(figure.round()));
        let none = std::iter::repeat_n(Cell::Nothing, NUMBERS.len() - line.figures.len());
        table.row(line.subject, line.title, figures.chain(none).collect());
    }
    table
}

/// The instructions that this program takes in [`counted`] for a phase of `what`.
fn instructions(what: &str, phase: &str, number: usize) -> f64 {
    let own = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(own);
    command.args(["--counted", &format!("{what} {phase}"), &number.to_string()]);
    callgrind_total(&command, "*growth::counted*", &scratch("growth"))
}

/// The part of a child's work whose instructions are counted.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}
