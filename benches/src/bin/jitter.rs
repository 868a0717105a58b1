//! The first draw of jitter in a thread, which seeds the thread's random source, beside a later
//! one. `benches/instructions.rs` counts what a later one takes.
//!
//! `cargo run --release -p benches --bin jitter`

use std::thread;
use std::time::Instant;

use benches::harness::Failures;
use benches::rounds::Times;
use benches::subjects::persevere::{blocking_failing, blocking_jittered};
use benches::table::{Cell, Table, print};

const THREADS: usize = 501;

fn main() {
    // Nanoseconds of one failure, its wait skipped: the first and the second that draws.
    let mut first = Vec::new();
    let mut later = Vec::new();
    for _ in 0..THREADS {
        let [one, two] = thread::spawn(in_a_new_thread).join().expect("nothing panics");
        first.push(one);
        later.push(two);
    }
    let (first, later) = (Times(first), Times(later));
    let unit = later.median();
    let mut table = Table::new(
        "first jitter",
        "cargo run --release -p benches --bin jitter",
        &["one retry, its wait skipped", "over the later draw's"],
    );
    table.row("first", "first draw in a thread", vec![Cell::Text(first.over(unit, 2))]);
    table.row("later", "later draw", vec![Cell::Text(later.over(unit, 2))]);
    let added = (first.median() - later.median()).round();
    table.target("first use in a thread, added nanoseconds", added, 1000.0);
    print(&[table]);
}

fn in_a_new_thread() -> [f64; 2] {
    let failures = |count| Failures::new(count);
    // All that has no draw is warm.
    for _ in 0..3 {
        blocking_failing(&failures(1)).expect("the second attempt succeeds");
    }
    [(), ()].map(|()| {
        let failures = failures(1);
        let start = Instant::now();
        blocking_jittered(&failures).expect("the second attempt succeeds");
        start.elapsed().as_secs_f64() * 1e9
    })
}
