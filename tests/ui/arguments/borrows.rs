//! Mistakes in bodies and arguments are reported as in the plain function.

use persevere::retry;

#[retry(on = _)]
async fn mismatched(number: u32) -> Result<String, ()> {
    let text: String = number;
    Ok(text)
}

#[retry(on = _)]
async fn unknown_name() -> Result<u32, ()> {
    Ok(numbr.len())
}

#[retry(on = _)]
fn assigned_twice(number: u32) -> Result<u32, ()> {
    number += 1;
    Ok(number)
}

#[retry(on = _)]
async fn no_conversion(text: &str) -> Result<u32, ()> {
    let number: u32 = text.parse()?;
    Ok(number)
}

fn main() {}
