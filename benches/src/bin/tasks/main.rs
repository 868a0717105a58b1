//! Durable tasks beside other queues: how many empty tasks a second, how soon a task starts, how late
//! a retry is, how long it takes to store a thousand, and what is lost when workers are killed.
//!
//! `benches/install celery && cargo run --release -p benches --bin tasks [-- --rounds ROUNDS] [SUBJECT …]`
//!
//! `-- soak MINUTES` runs tasks of several kinds for that long, while workers are killed; `-- many ROWS`
//! measures beside that number of tasks that have ended. It starts the servers that it needs.

mod log;
mod many;
mod measures;
mod ours;
mod place;
mod soak;
mod subjects;
#[path = "../../../../tests/services"]
#[allow(dead_code, reason = "not every program uses all")]
mod services {
    pub(crate) mod postgres;
    pub(crate) mod server;

    pub(crate) use server::{Server, User, find, free_port, give_away, run};
}

use std::env;

use benches::rounds::Times;
use benches::table::{Cell, Table};

use crate::measures::{Lost, Span};
use crate::subjects::{Services, Subject};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["work", place, slots, log] => ours::work(place, number(slots), log).await,
        ["enqueue", place, what, count] => ours::enqueue(place, what, number(count)).await,
        ["soak", minutes] => soak::run(number(minutes)).await,
        ["many", rows] => many::run(number(rows)).await,
        ["--rounds", rounds, names @ ..] => compare(number(rounds), names).await,
        names => compare(3, names).await,
    }
}

fn number(word: &str) -> usize {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is no number"))
}

/// What was measured of one subject, once a round.
#[derive(Default)]
struct Figures {
    few: Vec<f64>,
    many: Vec<f64>,
    start: Vec<Span>,
    late: Vec<Span>,
    thousand: Vec<f64>,
    lost: Vec<Lost>,
}

async fn compare(rounds: usize, names: &[&str]) {
    let services = Services::of_all();
    let subjects = services.subjects();
    let is_meant = |subject: &&Subject| names.is_empty() || names.contains(&subject.name);
    let subjects: Vec<_> = subjects.iter().filter(is_meant).collect();
    let mut figures: Vec<_> = subjects.iter().map(|_| Figures::default()).collect();
    for round in 1..=rounds {
        for (subject, figures) in subjects.iter().zip(&mut figures) {
            eprintln!("round {round} of {rounds}: {}", subject.title);
            figures.few.push(measures::throughput(subject, subject.slots[0]).await);
            if let Some(&slots) = subject.slots.get(1) {
                figures.many.push(measures::throughput(subject, slots).await);
            }
            figures.start.push(measures::starts(subject).await);
            figures.late.push(measures::lateness(subject).await);
            figures.thousand.push(measures::thousand(subject).await);
            figures.lost.push(measures::kills(subject).await);
        }
    }
    println!("{}", table(&subjects, &figures, rounds).markdown());
    for absent in &services.absent {
        println!("{absent}");
    }
}

fn table(subjects: &[&Subject], figures: &[Figures], rounds: usize) -> Table {
    let columns = [
        "queue",
        "tasks/s, 2 processes × 10 slots",
        "× 50 slots",
        "enqueue to start, p50 ms",
        "p95 ms",
        "retry late by, p50 ms",
        "max ms",
        "1000 enqueued, ms",
        "lost / ended twice, 8 kills",
    ];
    let command = format!("cargo run --release -p benches --bin tasks -- --rounds {rounds}");
    let mut table = Table::new("durable tasks", &command, &columns);
    for (subject, figures) in subjects.iter().zip(figures) {
        let text = |values: Vec<f64>, decimals| {
            if values.is_empty() {
                return Cell::Nothing;
            }
            Cell::Text(Times(values).over(1.0, decimals))
        };
        let each = |spans: &[Span], of: fn(&Span) -> f64| spans.iter().map(of).collect::<Vec<_>>();
        let lost = figures.lost.iter().map(|of| format!("{} / {}", of.lost, of.ended_twice));
        let cells = vec![
            text(figures.few.clone(), 0),
            text(figures.many.clone(), 0),
            text(each(&figures.start, |span| span.p50), 1),
            text(each(&figures.start, |span| span.p95), 1),
            text(each(&figures.late, |span| span.p50), 1),
            text(each(&figures.late, |span| span.max), 1),
            text(figures.thousand.clone(), 1),
            Cell::Text(lost.collect::<Vec<_>>().join(", ")),
        ];
        table.row(subject.name, &subject.title, cells);
    }
    table
}
