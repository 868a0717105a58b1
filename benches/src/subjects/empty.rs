//! What the harness costs by itself.

use crate::harness::Error;

#[allow(clippy::unused_async, reason = "the empty future is what is measured")]
pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    Ok(input)
}

#[allow(clippy::unused_async, reason = "the empty future is what is measured")]
pub async fn text(_: u64) -> Result<String, Error> {
    Ok(String::new())
}

#[inline(never)]
#[allow(clippy::unnecessary_wraps, reason = "it returns what the others do")]
pub fn blocking(input: u64) -> Result<u64, Error> {
    Ok(input)
}
