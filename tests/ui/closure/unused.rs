//! Nothing runs until it is awaited or called.

#![deny(unused_must_use)]

use persevere::Policy;
use std::io;

fn main() {
    Policy::DEFAULT.retry(async || Ok::<u8, io::Error>(1));
    Policy::DEFAULT.retry_blocking(|| Ok::<u8, io::Error>(1));
}
