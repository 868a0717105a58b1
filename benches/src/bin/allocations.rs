//! How often a call allocates: on success, and with retries. The waits are zero.
//!
//! `cargo run --release -p benches --bin allocations`

use allocation_counter::measure;
use benches::for_each_retrying;
use benches::harness::{Failures, run, runtime};
use benches::subjects::{self, title};
use benches::table::{Cell, Table, print};

#[allow(clippy::cast_precision_loss, reason = "a handful")]
fn main() {
    let mut table = Table::new(
        "allocations",
        "cargo run --release -p benches --bin allocations",
        &["allocations a call", "success", "1 retry", "10 retries", "bytes, 10 retries"],
    );
    let runtime = runtime();
    macro_rules! rows {
        ($($subject:ident)*) => {$({
            use subjects::$subject::at_once;
            let count = |failures: u32| {
                let failures = Failures::new(failures);
                measure(|| {
                    run(&runtime, at_once(&failures)).expect("the last attempt succeeds");
                })
            };
            count(1); // thread-locals, the timer
            let ten = count(10);
            let counts = [count(0).count_total, count(1).count_total, ten.count_total];
            let counts = counts.into_iter().chain([ten.bytes_total]);
            let name = stringify!($subject);
            let cells = counts.map(|count| Cell::Exact(count as f64)).collect();
            table.row(name, title(name), cells);
        })*};
    }
    for_each_retrying!(rows);
    rows!(closure);
    table.target("none on success", table.exact("persevere", 0), 0.0);
    table.target("at most one a retried call of a closure", table.exact("closure", 2), 1.0);
    table.target("at most one a retried call", table.exact("persevere", 2), 1.0);
    print(&[table]);
}
