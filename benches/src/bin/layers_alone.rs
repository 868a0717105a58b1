//! Layers by themselves, beside their peers: instructions, times on one thread and on two at once, and a million
//! keys.
//!
//! `cargo run --release -p benches --bin layers_alone`; `-- --exact` takes no times.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use allocation_counter::measure;
use benches::counts::Counts;
use benches::for_each_alone;
use benches::rounds::interleaved;
use benches::subjects::alone::{self, Pass};
use benches::table::{Cell, Table, figure, print};

const COMMAND: &str = "cargo run --release -p benches --bin layers_alone";
const ROUNDS: usize = 15;
/// Enough passes for the threads to run at the same time, instead of one in the other's pause.
const PASSES: u32 = 500_000;
const KEYS: usize = 1_000_000;

fn main() {
    let counts = Counts::of("layers");
    let mut tables = vec![instructions(&counts), hedges(&counts), keyed(&counts)];
    if !std::env::args().any(|argument| argument == "--exact") {
        tables.push(times());
    }
    print(&tables);
}

fn instructions(counts: &Counts) -> Table {
    let mut table = Table::new("layers alone", COMMAND, &["a healthy pass", "instructions"]);
    macro_rules! rows {
        ($($title:literal, $subject:ident;)*) => {$(
            table.row(stringify!($subject), $title, vec![Cell::Exact(of_a_pass(counts, stringify!($subject)))]);
        )*};
    }
    for_each_alone!(rows);
    for (ours, peer, says) in [
        ("breaker", "failsafe", "circuit breaker: that of `failsafe`"),
        ("breaker", "recloser", "circuit breaker: that of `recloser`"),
        ("budget", "tps_budget", "budget: that of `tower`"),
        ("rate", "governor", "rate: that of `governor`"),
        ("bulkhead", "semaphore", "bulkhead: `tokio`'s `Semaphore`"),
        ("stack", "resilience_stack", "around a service: `tower-resilience`"),
    ] {
        table.target(says, table.exact(ours, 0), table.exact(peer, 0));
    }
    table
}

/// Less what an empty one takes.
fn of_a_pass(counts: &Counts, subject: &str) -> f64 {
    let count = |subject| counts.get("pass", subject).expect("it is counted");
    count(subject) - count("empty")
}

fn hedges(counts: &Counts) -> Table {
    let columns = ["a hedged request, answered at once", "instructions"];
    let mut table = Table::new("hedges around a service", COMMAND, &columns);
    for (subject, title) in [
        ("hedge", "after a time: **`persevere`**"),
        ("resilience_hedge", "after a time: `tower-resilience`"),
        ("hedge_by_latency", "after a quantile of the latencies: **`persevere`**"),
        ("tower_hedge", "after a quantile of the latencies: `tower`"),
    ] {
        table.row(subject, title, vec![Cell::Exact(of_a_pass(counts, subject))]);
    }
    for (ours, peer, says) in [
        ("hedge", "resilience_hedge", "after a time: that of `tower-resilience`"),
        ("hedge_by_latency", "tower_hedge", "after a quantile: that of `tower`"),
    ] {
        table.target(says, table.exact(ours, 0), table.exact(peer, 0));
    }
    table
}

fn keyed(counts: &Counts) -> Table {
    let columns =
        ["by key, such as a host", "bytes a key, of a million", "instructions, of 100,000 keys"];
    let mut table = Table::new("keyed layers", COMMAND, &columns);
    let mut row = |subject: &str, title: &str, bytes: i64, look_up: Option<f64>| {
        let bytes = usize::try_from(bytes).expect("they take memory") / KEYS;
        // They vary: how far a look-up goes depends on the keys of the hash.
        let look_up = look_up.map_or(Cell::Nothing, |count| Cell::Text(format!("{count:.0}")));
        table.row(subject, title, vec![Cell::Text(bytes.to_string()), look_up]);
    };
    let keys: Vec<String> = (0..KEYS).map(alone::key).collect();
    let filled = |fill: &dyn Fn(&String)| measure(|| keys.iter().for_each(fill)).bytes_current;
    let rates = filled(&|key| drop(alone::RATES.of(key)));
    row("keyed_rate", "`Keyed<Rate>`", rates, Some(of_a_pass(counts, "keyed_rate")));
    let breakers = filled(&|key| drop(alone::BREAKERS.of(key)));
    row("keyed_breaker", "`Keyed<CircuitBreaker>`", breakers, None);
    let governor = alone::governor_of_keys();
    let cells = filled(&|key| assert!(governor.check_key(key).is_ok(), "a cell is free"));
    let look_up = of_a_pass(counts, "keyed_governor");
    row("keyed_governor", "`governor`'s keyed rate limiter", cells, Some(look_up));
    drop(black_box(governor));
    table
}

/// Makes the same passes as often as it is called, and returns the nanoseconds of each.
type Timed = Box<dyn FnMut(&AtomicUsize, usize) -> f64 + Send>;

fn timed<P: Pass>(mut pass: P) -> Timed {
    Box::new(move |arrived, threads| {
        (0..100).for_each(|_| pass()); // this thread's own part of each layer
        // Awake: a barrier of the system's would let one thread begin before the other is woken.
        arrived.fetch_add(1, Ordering::AcqRel);
        while arrived.load(Ordering::Acquire) < threads {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        (0..PASSES).for_each(|_| pass());
        start.elapsed().as_secs_f64() * 1e9 / f64::from(PASSES)
    })
}

/// One thread; two, a layer each; two with one layer.
fn threads<P: Pass>(make: impl Fn() -> P) -> [Vec<Timed>; 3] {
    let shared = make();
    [
        vec![timed(make())],
        vec![timed(make()), timed(make())],
        vec![timed(shared.clone()), timed(shared)],
    ]
}

fn times() -> Table {
    let columns =
        ["a healthy pass, in nanoseconds", "one thread", "two, a layer each", "two, one layer"];
    let mut table = Table::new("layers alone, time", COMMAND, &columns);
    let (mut rows, mut subjects) = (Vec::new(), Vec::new());
    macro_rules! list {
        ($($title:literal, $subject:ident;)*) => {$(
            rows.push((stringify!($subject), $title));
            subjects.extend(threads(alone::$subject).map(std::cell::RefCell::new));
        )*};
    }
    for_each_alone!(list);
    let times = interleaved(&subjects, ROUNDS, |passes| nanoseconds(&mut passes.borrow_mut()));
    for ((subject, title), times) in rows.into_iter().zip(times.chunks(3)) {
        table.row(
            subject,
            title,
            times.iter().map(|times| Cell::Text(times.over(1.0, 1))).collect(),
        );
    }
    table
}

/// The average of passes that run at once, each on its thread.
fn nanoseconds(passes: &mut [Timed]) -> f64 {
    let arrived = AtomicUsize::new(0);
    let threads = passes.len();
    let sum: f64 = thread::scope(|scope| {
        let run = |pass: &mut Timed| pass(&arrived, threads);
        let running: Vec<_> =
            passes.iter_mut().map(|pass| scope.spawn(move || run(pass))).collect();
        running.into_iter().map(|thread| thread.join().expect("nothing panics")).sum()
    });
    sum / figure(threads)
}
