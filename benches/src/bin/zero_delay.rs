//! Ten retries at zero delay, on the real clock; and whether a task that retries for ever starves the
//! others of its runtime.
//!
//! `cargo run --release -p benches --bin zero_delay`

use std::time::Instant;

use benches::for_each_retrying;
use benches::harness::{Failures, RETRIES, run, runtime};
use benches::rounds::interleaved;
use benches::subjects::{self, title};
use benches::table::{Cell, Table, figure, print};
use tokio::runtime::Runtime;

const ROUNDS: usize = 7;
/// Calls in a row: a single one would find the processor's caches full of the others.
const CALLS: u32 = 20;
/// The minimum number of polls of the other task.
const TURNS: usize = 100;

type Subject = (&'static str, fn(&Runtime));

fn main() {
    let runtime = runtime();
    let mut subjects: Vec<Subject> = Vec::new();
    macro_rules! list {
        ($($subject:ident)*) => {$(
            subjects.push((stringify!($subject), |runtime| {
                let failures = Failures::new(RETRIES);
                let outcome = run(runtime, subjects::$subject::at_once(&failures));
                outcome.expect("the last attempt succeeds");
            }));
        )*};
    }
    for_each_retrying!(list);
    subjects.push(("yield_now", |runtime| {
        run(runtime, async {
            for _ in 0..RETRIES {
                tokio::task::yield_now().await;
            }
        });
    }));
    for (_, call) in &subjects {
        call(&runtime);
    }
    let times = interleaved(&subjects, ROUNDS, |(_, call)| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| call(&runtime));
        start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
    });
    let mut table = Table::new(
        "zero delay",
        "cargo run --release -p benches --bin zero_delay",
        &["10 retries at zero delay", "µs (least–most)", "over the hand-written loop"],
    );
    let unit = times[0].median();
    for ((name, _), times) in subjects.iter().zip(&times) {
        let cells = vec![Cell::Text(times.over(1.0, 1)), Cell::Text(times.over(unit, 4))];
        let title = if *name == "yield_now" { "10 × `yield_now`" } else { title(name) };
        table.row(name, title, cells);
    }
    let ours = subjects.iter().position(|(name, _)| *name == "persevere").expect("it is listed");
    table.target("µs for 10 retries", times[ours].median(), 10.0);
    let starved = figure(TURNS - turns_beside_a_task_that_retries_for_ever(&runtime));
    table.target("turns of 100 that a task that retries for ever takes from another", starved, 0.0);
    print(&[table]);
}

/// On one thread: the number of polls of another task before the retrying one has made a million
/// attempts.
fn turns_beside_a_task_that_retries_for_ever(runtime: &Runtime) -> usize {
    runtime.block_on(async {
        let retrying = tokio::task::spawn(async {
            let failures = Failures::new(1_000_000);
            subjects::persevere::for_ever(&failures).await
        });
        let mut turns = 0;
        while turns < TURNS && !retrying.is_finished() {
            tokio::task::yield_now().await;
            turns += 1;
        }
        turns
    })
}
