//! Runs `benches/instructions.rs` under callgrind, and prints what it counted, less what an empty
//! function takes.
//!
//! `cargo run --release -p benches --bin count_instructions`

use ::tower::Service;
use allocation_counter::measure;
use benches::counts::Counts;
use benches::for_each_layer;
use benches::harness::poll_once;
use benches::subjects::{layered, persevere, retry_layer, title, tower};
use benches::table::{Cell, Table, figure, print};

const COMMAND: &str = "cargo run --release -p benches --bin count_instructions";

fn main() {
    let counts = Counts::of("instructions");
    print(&[
        success(&counts),
        requests(&counts),
        limits(&counts),
        layers(&counts),
        exhaustion(&counts),
        jitter(&counts),
    ]);
}

fn get(counts: &Counts, function: &str, subject: &str) -> Option<f64> {
    counts.get(function, subject)
}

fn success(counts: &Counts) -> Table {
    let columns = [
        "instructions a successful call",
        "async",
        "async, 1 KiB body",
        "async, returning a `String`",
        "blocking",
    ];
    let mut table = Table::new("success path", COMMAND, &columns);
    let subjects = [
        "bare",
        "hand_written",
        "careful",
        "persevere",
        "closure",
        "tokio_retry",
        "tokio_retry2",
        "tryhard",
        "tower",
        "retry_if",
        "mulligan",
        "retry",
        "backon_macros",
        "backon",
    ];
    for subject in subjects {
        let cells = ["small", "large", "text", "blocking"].map(|function| {
            let empty = get(counts, function, "empty").expect("the empty function is counted");
            get(counts, function, subject).map_or(Cell::Nothing, |count| Cell::Exact(count - empty))
        });
        table.row(subject, title(subject), cells.into());
    }
    let of = |subject, column| table.exact(subject, column);
    let added = |subject, column| of(subject, column) - of("bare", column);
    let mut targets = Vec::new();
    for (column, name) in
        [(0, "async"), (1, "async, 1 KiB"), (2, "async, `String`"), (3, "blocking")]
    {
        targets.push((
            format!("{name}: the hand-written loop's with jitter and events"),
            of("persevere", column),
            of("careful", column),
        ));
    }
    for (column, name, factor) in [
        (0, "async", 1.0),
        (1, "async, 1 KiB", 1.0),
        (2, "async, `String`", 1.0),
        (3, "blocking", 1.05),
    ] {
        let limit = factor * of("hand_written", column);
        targets.push((
            format!("{name}: {factor} × the hand-written loop's"),
            of("persevere", column),
            limit,
        ));
        if column == 2 {
            continue; // only of the limits
        }
        let limit = 0.15 * added("backon_macros", column);
        targets.push((
            format!("{name}: added cost, 0.15 × that of `backon-macros`"),
            added("persevere", column),
            limit,
        ));
    }
    for (column, name, limit) in
        [(0, "async", 110.0), (1, "async, 1 KiB", 110.0), (3, "blocking", 45.0)]
    {
        targets.push((format!("a closure, {name}"), of("closure", column), limit));
    }
    for (says, measured, limit) in targets {
        table.target(&says, measured, limit);
    }
    table
}

fn requests(counts: &Counts) -> Table {
    let columns = ["a healthy request", "instructions", "bytes of its future"];
    let mut table = Table::new("requests", COMMAND, &columns);
    let sizes = [size_of_call(&tower::service()), size_of_call(&retry_layer::service())];
    for (subject, size) in ["tower", "retry_layer"].into_iter().zip(sizes) {
        let count = get(counts, "request", subject).expect("it is counted");
        table.row(subject, title(subject), vec![Cell::Exact(count), Cell::Exact(figure(size))]);
    }
    for (column, name) in [(0, "instructions"), (1, "bytes")] {
        let [ours, theirs] = ["retry_layer", "tower"].map(|subject| table.exact(subject, column));
        table.target(&format!("{name}: those of `tower::retry`"), ours, theirs);
    }
    table
}

fn size_of_call<S: Service<u64>>(_service: &S) -> usize {
    size_of::<S::Future>()
}

fn limits(counts: &Counts) -> Table {
    let columns = [
        "a call, in instructions",
        "`timeout`",
        "`deadline`",
        "`context`",
        "`hedge`",
        "`hedge`, pending once",
    ];
    let mut table = Table::new("time limits", COMMAND, &columns);
    let empty = get(counts, "small", "empty").expect("the empty function is counted");
    for subject in ["hand_written", "persevere"] {
        let counted = [
            ("limits", "timeout"),
            ("limits", "deadline"),
            ("limits", "context"),
            ("limits", "hedge"),
            ("pending", "hedge"),
        ];
        let cells = counted.map(|(group, key)| {
            let count = get(counts, group, &format!("{subject}_{key}"));
            Cell::Exact(count.expect("it is counted") - empty)
        });
        table.row(subject, title(subject), cells.into());
    }
    for (column, heading) in columns.into_iter().skip(1).enumerate() {
        let limit = table.exact("hand_written", column);
        let measured = table.exact("persevere", column);
        table.target(&format!("{heading}: the hand-written loop's"), measured, limit);
    }
    for (column, limit) in [340.0, 340.0, 110.0, 311.0, 950.0].into_iter().enumerate() {
        table.target(columns[column + 1], table.exact("persevere", column), limit);
    }
    table
}

fn layers(counts: &Counts) -> Table {
    let columns = ["a healthy call, in instructions", "async", "blocking", "allocations"];
    let mut table = Table::new("layers", COMMAND, &columns);
    let mut row = |subject: &str, title: &str, allocations: u64| {
        let instructions = |function, empty| {
            let empty = get(counts, empty, "empty").expect("the empty function is counted");
            Cell::Exact(get(counts, function, subject).expect("it is counted") - empty)
        };
        let asynchronous = instructions("layers", "small");
        let blocking = instructions("layers_blocking", "blocking");
        let allocations = figure(usize::try_from(allocations).expect("a handful"));
        table.row(subject, title, vec![asynchronous, blocking, Cell::Exact(allocations)]);
    };
    macro_rules! allocations {
        ($one:expr, $blocking:expr) => {{
            let call = || {
                poll_once($one(7)).expect("the work succeeds");
                $blocking(7).expect("the work succeeds");
            };
            call(); // thread-locals
            measure(call).count_total
        }};
    }
    macro_rules! rows {
        ($($title:literal, $one:ident, $blocking:ident;)*) => {$(
            let allocations = allocations!(layered::first::$one, layered::first::$blocking);
            row(stringify!($one), $title, allocations);
        )*};
    }
    row("none", "no layer", allocations!(persevere::one::<16>, persevere::blocking));
    for_each_layer!(rows);
    for subject in ["breaker", "budget", "breaker_and_budget", "bulkhead"] {
        table.target(&format!("allocations, `{subject}`"), table.exact(subject, 2), 0.0);
    }
    let added = |subject| table.exact(subject, 0) - table.exact("none", 0);
    let (by_ratio, by_time) = (added("budget_by_ratio"), added("breaker_by_time"));
    table.target("instructions that a `budget` by ratio adds", by_ratio, 80.0);
    table.target("instructions that a `breaker` by time adds", by_time, 110.0);
    table
}

fn exhaustion(counts: &Counts) -> Table {
    let columns = ["10 retries in vain, paused clock", "instructions"];
    let mut table = Table::new("exhaustion", COMMAND, &columns);
    macro_rules! rows {
        ($($subject:ident)*) => {$({
            let name = stringify!($subject);
            let count = get(counts, "exhaustion", name).expect("it is counted");
            table.row(name, title(name), vec![Cell::Exact(count)]);
        })*};
    }
    rows!(careful persevere_jittered closure closure_named);
    benches::for_each_retrying!(rows);
    let limit = (1.06 * table.exact("hand_written", 0)).floor();
    table.target("1.06 × the hand-written loop's", table.exact("persevere", 0), limit);
    let limit = (1.03 * table.exact("careful", 0)).floor();
    let says = "with jitter: 1.03 × the hand-written loop's with jitter and events";
    table.target(says, table.exact("persevere_jittered", 0), limit);
    table.target("a closure", table.exact("closure", 0), 50_000.0);
    table
}

fn jitter(counts: &Counts) -> Table {
    let columns = ["one retry, blocking, its wait skipped", "instructions"];
    let mut table = Table::new("jitter", COMMAND, &columns);
    let count = |id| get(counts, "jitter", id).expect("it is counted");
    let (none, drawn) = (count("none"), count("drawn"));
    table.row("none", "without jitter", vec![Cell::Exact(none)]);
    table.row("drawn", "jitter of 25 %", vec![Cell::Exact(drawn)]);
    table.row("draw", "the draw, of which", vec![Cell::Exact(drawn - none)]);
    table.target("instructions of a draw", drawn - none, 40.0);
    table
}
