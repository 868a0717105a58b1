//! The attempt, where its number is meant.

use persevere::retry;

#[retry(on = _, context = attempt)]
fn compared() -> Result<u32, ()> {
    if attempt > 3 { Ok(1) } else { Err(()) }
}

#[retry(on = _, context = nth)]
async fn equal() -> Result<u32, ()> {
    match nth == 1 {
        true => Ok(1),
        false => Err(()),
    }
}

fn main() {}
