//! An async function where there is no timer: `tests/runtimes.rs` asserts that it does not compile,
//! and what the compiler says. Beside others, which enable a timer, it does.

use std::io;

use persevere::retry;

#[retry]
async fn read(path: &str) -> io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    drop(read("/dev/null"));
}
