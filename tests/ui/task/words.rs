//! Words of task queues, and what each is called here.

use persevere::task;
use std::io;

#[task(
    bind = 1,
    ctx = 1,
    countdown = 1,
    eta = 1,
    expires = 1,
    acks_late = 1,
    reject_on_worker_lost = 1,
    ignore_result = 1,
    result_expires = 1,
    rate_limit = 1,
    concurrency = 1,
    serializer = 1,
    unique_for = 1,
    routing_key = 1,
    autoretry_for = 1,
    max_attempts = 1
)]
async fn send(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

fn main() {}
