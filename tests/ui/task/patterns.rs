//! Which failures of a task are retried, as other places would have it.

use persevere::task;

#[derive(Debug)]
enum Failure {
    Busy,
    Gone,
}

#[task(on = [Failure::Busy])]
async fn bracketed(order: u64) -> Result<(), Failure> {
    Err(if order == 0 { Failure::Gone } else { Failure::Busy })
}

#[task(on = (Failure::Busy, Failure::Gone))]
async fn in_a_tuple(order: u64) -> Result<(), Failure> {
    Err(if order == 0 { Failure::Gone } else { Failure::Busy })
}

#[task(when = error.is_busy())]
async fn called(order: u64) -> Result<(), Failure> {
    Err(if order == 0 { Failure::Gone } else { Failure::Busy })
}

fn main() {}
