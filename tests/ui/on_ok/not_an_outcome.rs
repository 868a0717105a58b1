//! `on_ok` on a function that returns neither `Result` nor `Option`.

use persevere::retry;

enum Status {
    Pending,
    Done,
}

#[retry(on_ok = Status::Pending)]
async fn poll() -> Status {
    Status::Done
}

#[retry(on_ok = 0)]
fn count() -> u8 {
    1
}

fn main() {}
