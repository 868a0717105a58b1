//! Methods that `Attempt` does not have.

use persevere::retry;

#[retry(on = _, context = attempt)]
fn no_such_method() -> Result<u32, ()> {
    Ok(attempt.retry_count())
}

#[retry(on = _)]
fn no_context() -> Result<u32, ()> {
    Ok(attempt.number())
}

fn main() {}
