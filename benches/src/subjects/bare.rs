//! The functions alone: the limit that nothing can be below.

use crate::harness::{self, Error};
use crate::{body, text_body};

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    body!(N, input)
}

pub async fn text(input: u64) -> Result<String, Error> {
    text_body!(input)
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    body!(N, 7)
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    body!(N, 7, (a, b, c))
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    body!(N, 7, (&a, &b, &c))
}

pub async fn gated() -> Result<u64, Error> {
    harness::gated().await
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    let output = harness::work(input)?;
    Ok(output + 1)
}
