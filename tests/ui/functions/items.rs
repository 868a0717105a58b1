//! Items that are no functions.

use persevere::retry;

struct Client;

#[retry]
impl Client {
    fn load(&self) -> Result<(), ()> {
        Ok(())
    }
}

#[retry(max_retries = 3)]
unsafe impl Sync for Client {}

#[retry]
pub trait Store {
    fn load(&self) -> Result<(), ()>;
}

#[retry]
mod inner {
    pub fn load() -> Result<(), ()> {
        Ok(())
    }
}

#[retry]
struct Config {
    retries: u32,
}

#[retry]
pub(crate) enum Error {
    Busy,
}

#[retry]
const LOAD: fn() -> Result<(), ()> = || Ok(());

#[retry]
static STORE: u32 = 3;

#[retry]
type Alias = Result<(), ()>;

#[retry]
use std::fmt as _;

#[retry]
extern "C" {}

#[retry]
macro_rules! load {
    () => {};
}

fn main() {}
