//! Many tasks in the queue for one permit, of a bulkhead and of tokio's semaphore: how long each takes to join, and
//! to be admitted and end.
//!
//! `cargo run --release -p benches --bin queued`

use std::future::Future;
use std::time::{Duration, Instant};

use benches::harness::runtime;
use benches::rounds::{Times, interleaved};
use benches::table::{Cell, Table, figure, print};
use persevere::Bulkhead;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

const ROUNDS: usize = 15;
const TASKS: usize = 100_000;

/// What is timed.
#[derive(Clone, Copy)]
enum Phase {
    Joins,
    Admissions,
}

fn main() {
    type Subject = (fn(Phase) -> Duration, Phase);
    let subjects: [Subject; 4] = [
        (of_bulkhead, Phase::Joins),
        (of_bulkhead, Phase::Admissions),
        (of_semaphore, Phase::Joins),
        (of_semaphore, Phase::Admissions),
    ];
    let times = interleaved(&subjects, ROUNDS, |(take, phase)| {
        take(*phase).as_secs_f64() * 1e9 / figure(TASKS)
    });
    let columns = ["one of 100,000 tasks, in nanoseconds", "to join", "to be admitted and end"];
    let mut table = Table::new("queued", "cargo run --release -p benches --bin queued", &columns);
    let cells = |times: &[Times]| times.iter().map(|it| Cell::Text(it.over(1.0, 0))).collect();
    table.row("bulkhead", "queued at a bulkhead: **`persevere`**", cells(&times[..2]));
    table.row("semaphore", "queued at `tokio`'s `Semaphore`", cells(&times[2..]));
    let [joins, admissions] = [0, 1].map(|at: usize| times[at].median().round());
    table.target("nanoseconds to join a bulkhead's queue", joins, 100.0);
    table.target("nanoseconds to be admitted from it and end", admissions, 450.0);
    print(&[table]);
}

fn of_bulkhead(phase: Phase) -> Duration {
    let bulkhead: &Bulkhead = Box::leak(Box::new(Bulkhead::new(1).with_max_queue(TASKS)));
    let first = bulkhead.try_acquire().expect("it is empty");
    let call = || async { drop(bulkhead.acquire().await.expect("there is room in the queue")) };
    time(phase, call, || drop(first))
}

fn of_semaphore(phase: Phase) -> Duration {
    let semaphore: &Semaphore = Box::leak(Box::new(Semaphore::new(1)));
    let first = semaphore.try_acquire().expect("it is empty");
    let call = || async { drop(semaphore.acquire().await.expect("it is open")) };
    time(phase, call, || drop(first))
}

/// Lets all tasks join, gives the permit to the first by `begin`, and lets each end as it is admitted.
fn time<F>(phase: Phase, call: impl Fn() -> F, begin: impl FnOnce()) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    runtime().block_on(async {
        let mut tasks: Vec<JoinHandle<()>> = (0..TASKS).map(|_| tokio::spawn(call())).collect();
        // One thread runs the tasks in the order in which they were spawned: all others before this one.
        let all_wait = tokio::spawn(std::future::ready(()));
        let started = Instant::now();
        all_wait.await.expect("it does not panic");
        let joins = started.elapsed();
        assert!(tasks.iter().all(|task| !task.is_finished()), "the permit is out");
        let last = tasks.pop().expect("there are many");
        let started = Instant::now();
        begin();
        last.await.expect("it does not panic");
        let admissions = started.elapsed();
        assert!(tasks.iter().all(JoinHandle::is_finished), "first come, first served");
        match phase {
            Phase::Joins => joins,
            Phase::Admissions => admissions,
        }
    })
}
