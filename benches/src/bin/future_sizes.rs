//! The size of futures whose bodies keep 16 bytes and 1 KiB across an await.
//!
//! `cargo run --release -p benches --bin future_sizes`

use benches::for_each_retrying;
use benches::subjects::{self, title};
use benches::table::{Cell, Table, figure, print};

const OURS: [&str; 4] = ["bare", "closure", "hand_written", "persevere"];

fn main() {
    let mut table = Table::new(
        "future sizes",
        "cargo run --release -p benches --bin future_sizes",
        &[
            "bytes",
            "16 B, no argument",
            "16 B, three shared",
            "16 B, three owned",
            "1 KiB, no argument",
            "1 KiB, three shared",
            "1 KiB, three owned",
        ],
    );
    macro_rules! rows {
        ($($subject:ident)*) => {$({
            use subjects::$subject::{none, owned, shared};
            let text = String::new;
            let cells = [
                size_of_val(&none::<16>()),
                size_of_val(&shared::<16>("", "", "")),
                size_of_val(&owned::<16>(text(), text(), text())),
                size_of_val(&none::<1024>()),
                size_of_val(&shared::<1024>("", "", "")),
                size_of_val(&owned::<1024>(text(), text(), text())),
            ];
            let name = stringify!($subject);
            let cells = cells.map(|size| Cell::Exact(figure(size)));
            table.row(name, title(name), cells.into());
        })*};
    }
    rows!(bare closure);
    for_each_retrying!(rows);
    for column in 0..6 {
        let allowed = if column % 3 == 0 { 24.0 } else { 80.0 };
        let says = format!("{}: bare + {allowed} B", table.columns[column + 1]);
        let bare = table.exact("bare", column);
        let ours = table.exact("persevere", column);
        table.target(&says, ours, bare + allowed);
        let says = format!("{}: below every peer", table.columns[column + 1]);
        let least = table.least_but(&OURS, column);
        table.target(&says, ours, least - 1.0);
    }
    table.target("16 B, no argument: a closure", table.exact("closure", 0), 120.0);
    print(&[table]);
}
