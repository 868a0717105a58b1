//! An attempt that no `context` gives.

use persevere::retry;

#[retry(on = _)]
fn asked() -> Result<u32, ()> {
    if attempt.number() > 3 { Ok(1) } else { Err(()) }
}

#[retry(on = _)]
async fn steered() -> Result<u32, ()> {
    ctx.give_up();
    Err(())
}

fn main() {}
