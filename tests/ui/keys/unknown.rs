//! Unknown keys: the message names the nearest key, or all of them.

use persevere::retry;

#[retry(on = _, max_retires = 3)]
fn mistyped() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, maxretries = 3)]
fn words_run_together() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, polcy("aggressive"))]
fn mistyped_with_parentheses() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, colour = "red")]
fn like_none_of_them() -> Result<(), ()> {
    Ok(())
}

fn main() {}
