//! Many tasks, all in their first attempt, then all asleep before their first retry: bytes a task,
//! and the time until all have finished.
//!
//! `cargo run --release -p benches --bin waiting_tasks [-- TASKS]`; by default 100,000 tasks.

use std::process::Command;
use std::time::Instant;

use allocation_counter::{AllocationInfo, measure, opt_out};
use benches::children::{resident_bytes, text};
use benches::for_each_retrying;
use benches::harness::{Error, Phase, failed_at_gate, open, paused_runtime};
use benches::rounds::Times;
use benches::subjects::{self, title};
use benches::table::{Cell, Table, figure, print};
use tokio::task::{JoinHandle, yield_now};

const ROUNDS: usize = 3;

/// A child process's figures of one subject: bytes a task during the first attempt, bytes a task
/// asleep, resident bytes a task asleep, seconds to finish.
type Figures = [f64; 4];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tasks = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    if let Some(at) = arguments.iter().position(|argument| argument == "--only") {
        let [running, asleep, resident, seconds] = only(&arguments[at + 1], tasks);
        println!("{running} {asleep} {resident} {seconds}");
        return;
    }
    let mut names = Vec::new();
    macro_rules! list {
        ($($subject:ident)*) => {$(names.push(stringify!($subject));)*};
    }
    for_each_retrying!(list);
    let mut rounds: Vec<Vec<Figures>> = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (name, rounds) in names.iter().zip(&mut rounds) {
            rounds.push(in_a_child(name, tasks));
        }
    }
    print(&[table(&names, &rounds, tasks)]);
}

fn table(names: &[&str], rounds: &[Vec<Figures>], tasks: usize) -> Table {
    let name = format!("{tasks} waiting tasks");
    let command = format!("cargo run --release -p benches --bin waiting_tasks -- {tasks}");
    let columns = [
        "bytes a task",
        "first attempt running",
        "asleep",
        "asleep, resident",
        "seconds to finish, over the hand-written loop",
    ];
    let mut table = Table::new(&name, &command, &columns);
    let times = |at: usize| Times(rounds[at].iter().map(|figures| figures[3]).collect());
    let unit = times(0).median();
    for (at, name) in names.iter().enumerate() {
        let resident = Times(rounds[at].iter().map(|figures| figures[2]).collect());
        let cells = vec![
            Cell::Exact(rounds[at][0][0].round()),
            Cell::Exact(rounds[at][0][1].round()),
            Cell::Text(resident.over(1.0, 0)),
            Cell::Text(times(at).over(unit, 2)),
        ];
        table.row(name, title(name), cells);
    }
    let ours = names.iter().position(|name| *name == "persevere").expect("it is listed");
    let of = |subject: &str, column| table.exact(subject, column);
    let running = (of("persevere", 0), of("hand_written", 0) * 0.7);
    let asleep = (of("persevere", 1), of("hand_written", 1));
    table.target("running: bytes, 0.7 × the hand-written loop's", running.0, running.1);
    table.target("asleep: bytes, the hand-written loop's", asleep.0, asleep.1);
    table.target("time to finish, over the hand-written loop's", times(ours).median() / unit, 1.1);
    table
}

/// In a process of its own, whose memory nothing else has used.
fn in_a_child(name: &str, tasks: usize) -> Figures {
    let program = std::env::current_exe().expect("this program has a path");
    let said = text(Command::new(program).args([&tasks.to_string(), "--only", name]));
    let mut figures = said.split_whitespace().map(|figure| figure.parse().expect("a number"));
    std::array::from_fn(|_| figures.next().expect("four figures"))
}

fn only(name: &str, tasks: usize) -> Figures {
    macro_rules! choose {
        ($($subject:ident)*) => {
            match name {
                $(stringify!($subject) => figures(tasks, subjects::$subject::gated),)*
                _ => panic!("there is no subject `{name}`"),
            }
        };
    }
    for_each_retrying!(choose)
}

fn figures<F>(tasks: usize, function: fn() -> F) -> Figures
where
    F: Future<Output = Result<u64, Error>> + Send + 'static,
{
    let runtime = paused_runtime();
    let mut handles: Vec<JoinHandle<F::Output>> = Vec::with_capacity(tasks);
    let resident_before = resident_bytes();
    let spawned = measure(|| {
        handles.extend((0..tasks).map(|_| runtime.spawn(function())));
        runtime.block_on(settle(tasks));
    });
    let failed = measure(|| {
        opt_out(|| open(Phase::Failing));
        runtime.block_on(settle(tasks));
    });
    assert_eq!(failed_at_gate(), tasks, "all have failed once");
    let resident = resident_bytes() - resident_before;
    open(Phase::Open);
    let start = Instant::now();
    runtime.block_on(async {
        for handle in handles {
            let outcome = handle.await.expect("no task panics");
            assert_eq!(outcome, Ok(7), "the second attempt succeeds");
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let each = |bytes: f64| bytes / figure(tasks);
    let (running, more) = (current(&spawned), current(&failed));
    [each(running), each(running + more), each(figure(resident)), seconds]
}

/// Lets the runtime poll every task until all wait: the paused clock does not advance meanwhile.
async fn settle(tasks: usize) {
    for _ in 0..=tasks / 16 {
        yield_now().await;
    }
}

#[allow(clippy::cast_precision_loss, reason = "far below 2⁵³")]
fn current(info: &AllocationInfo) -> f64 {
    info.bytes_current as f64
}
