//! Items that are not functions.

#![allow(unused_imports, unused_macros)]

use persevere::retry;

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
unsafe extern "C" {}

#[retry]
macro_rules! load {
    () => {};
}

fn main() {}
