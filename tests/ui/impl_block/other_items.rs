//! Items that cannot have the attribute, and where it goes instead.

use persevere::retry;
use std::io;

#[retry]
trait Fetch {
    fn fetch(&self) -> Result<u8, io::Error>;
}

#[retry]
mod client {}

#[retry]
const LIMIT: u32 = 3;

#[retry]
type Outcome = Result<u8, io::Error>;

trait Store {
    #[retry]
    fn store(&self) -> Result<u8, io::Error>;
}

fn main() {}
