//! A healthy call through a layer, on one thread and on two at once: with a static for each thread,
//! and with one for both.
//!
//! `cargo run --release -p benches --bin shared_layers`

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use benches::for_each_layer;
use benches::harness::Error;
use benches::rounds::interleaved;
use benches::subjects::layered::{first, second};
use benches::subjects::persevere;
use benches::table::{Cell, Table, figure, print};

const ROUNDS: usize = 15;
/// Enough calls for the threads to run at the same time, instead of one in the other's pause.
const CALLS: u32 = 1_000_000;

type Call = fn(u64) -> Result<u64, Error>;

fn main() {
    // Each with its twin, which has statics of its own.
    let mut layers: Vec<(&str, &str, Call, Call)> = vec![
        ("none", "no layer", persevere::blocking, persevere::blocking),
        ("addition", "no layer, and an atomic addition", counted, counted_elsewhere),
    ];
    macro_rules! list {
        ($($title:literal, $one:ident, $blocking:ident;)*) => {$(
            layers.push((stringify!($one), $title, first::$blocking, second::$blocking));
        )*};
    }
    for_each_layer!(list);
    let subjects: Vec<Vec<Call>> = layers
        .iter()
        .flat_map(|&(_, _, call, twin)| [vec![call], vec![call, twin], vec![call, call]])
        .collect();
    let times = interleaved(&subjects, ROUNDS, |calls| nanoseconds(calls));
    let mut table = Table::new(
        "shared layers",
        "cargo run --release -p benches --bin shared_layers",
        &[
            "a healthy call, in nanoseconds",
            "one thread",
            "two, a static each",
            "two, one static",
            "shared over apart",
            "what it writes that others share",
        ],
    );
    for ((subject, title, ..), times) in layers.iter().zip(times.chunks(3)) {
        let shared = times[2].median() / times[1].median();
        let mut cells: Vec<_> = times.iter().map(|times| Cell::Text(times.over(1.0, 1))).collect();
        cells.push(Cell::Text(format!("{shared:.2}")));
        cells.push(Cell::Text(written(subject).to_owned()));
        table.row(subject, title, cells);
    }
    print(&[table]);
}

/// The average time of a call, with all functions running at once, each on its thread.
fn nanoseconds(calls: &[Call]) -> f64 {
    let arrived = AtomicUsize::new(0);
    let seconds: f64 = thread::scope(|scope| {
        let run = |call: Call| {
            (0..100).for_each(|_| call_once(call)); // this thread's own part of each layer
            // Awake: a barrier of the system's would let one thread begin before the other is woken.
            arrived.fetch_add(1, Ordering::AcqRel);
            while arrived.load(Ordering::Acquire) < calls.len() {
                std::hint::spin_loop();
            }
            let start = Instant::now();
            (0..CALLS).for_each(|_| call_once(call));
            start.elapsed().as_secs_f64()
        };
        let threads: Vec<_> = calls.iter().map(|&call| scope.spawn(move || run(call))).collect();
        threads.into_iter().map(|thread| thread.join().expect("nothing panics")).sum()
    });
    seconds * 1e9 / f64::from(CALLS) / figure(calls.len())
}

fn call_once(call: Call) {
    black_box(call(black_box(7))).expect("the work succeeds");
}

/// The cost of sharing in this run: two threads that increment one counter take it from each other.
#[inline(never)]
fn counted(input: u64) -> Result<u64, Error> {
    static COUNT: Count = Count(AtomicUsize::new(0));
    COUNT.0.fetch_add(1, Ordering::Relaxed);
    persevere::blocking(input)
}

#[inline(never)]
fn counted_elsewhere(input: u64) -> Result<u64, Error> {
    static COUNT: Count = Count(AtomicUsize::new(0));
    COUNT.0.fetch_add(1, Ordering::Relaxed);
    persevere::blocking(input)
}

/// Alone on its cache lines.
#[repr(align(128))]
struct Count(AtomicUsize);

/// The cache lines that a call writes, as the layers' pages document.
fn written(layer: &str) -> &'static str {
    match layer {
        "breaker_by_time" | "budget_by_ratio" => "its thread's own part of a count",
        "addition" => "the count",
        "bulkhead" | "all_three" | "upstream" => "the number of free places, and a lock",
        "adaptive" => "a lock, and the limit behind it",
        "rate" => "the moment at which all turns are paid off",
        _ => "nothing",
    }
}
