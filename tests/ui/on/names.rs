//! Names in `on` that are not in scope.

use persevere::retry;

#[retry(on = Missing::Busy)]
fn pattern() -> Result<(), ()> {
    Ok(())
}

#[retry(on = code if is_busy(code))]
fn guard() -> Result<(), ()> {
    Ok(())
}

#[retry(when = is_busy)]
fn when() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = PAYMENTS)]
fn policy() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, on_retry = notify)]
fn hook() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, id = order)]
fn id() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, sleep = runtime::sleep)]
fn sleep() -> Result<(), ()> {
    Ok(())
}

fn main() {}
