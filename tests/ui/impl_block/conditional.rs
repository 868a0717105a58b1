//! `#[retry]` in `cfg_attr`, and `#[retry]` twice.

use persevere::retry;

struct Client;

#[retry(max_retries = 1, on = _)]
impl Client {
    #[cfg_attr(all(), retry(on = _, base_delay = 0))]
    fn conditional(&self) -> Result<u8, ()> {
        Ok(1)
    }

    #[retry]
    fn marked(&self) -> Result<u8, ()> {
        Ok(1)
    }
}

#[retry(on = _)]
#[retry(on = _, max_retries = 2)]
fn twice() -> Result<u8, ()> {
    Ok(1)
}

fn main() {}
