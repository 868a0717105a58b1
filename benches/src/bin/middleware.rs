//! What a middleware that retries adds to a healthy GET: instructions and allocations.
//!
//! `cargo run --release -p benches --features middleware --bin middleware`

use allocation_counter::measure;
use benches::counts::Counts;
use benches::harness::poll_once;
use benches::subjects::{middleware, title};
use benches::table::{Cell, Table, figure, print};
use reqwest_middleware::ClientWithMiddleware;

const COMMAND: &str = "cargo run --release -p benches --features middleware --bin middleware";

fn main() {
    let counts = Counts::with_features("middleware", "middleware");
    let columns = ["added to a healthy GET", "instructions", "allocations"];
    let mut table = Table::new("middleware", COMMAND, &columns);
    let instructions = |subject| counts.get("get", subject).expect("it is counted");
    let bare = allocations(&middleware::bare());
    for (subject, client) in
        [("reqwest_retry", middleware::reqwest_retry()), ("persevere", middleware::persevere())]
    {
        let added = instructions(subject) - instructions("bare");
        let allocated = figure(allocations(&client) - bare);
        table.row(subject, title(subject), vec![Cell::Exact(added), Cell::Exact(allocated)]);
    }
    for (column, name) in [(0, "instructions"), (1, "allocations")] {
        let [ours, theirs] =
            ["persevere", "reqwest_retry"].map(|subject| table.exact(subject, column));
        table.target(&format!("{name}: those of `reqwest-retry`"), ours, theirs);
    }
    print(&[table]);
}

/// Those of a request that is answered.
fn allocations(client: &ClientWithMiddleware) -> usize {
    let runtime = benches::harness::runtime();
    let _entered = runtime.enter();
    let answered = |request| drop(poll_once(client.execute(request)).expect("it is answered"));
    answered(middleware::get(client));
    let request = middleware::get(client);
    let count = measure(|| answered(request)).count_total;
    usize::try_from(count).expect("a handful")
}
