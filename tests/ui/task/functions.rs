//! Functions that no worker can call.

use persevere::task;
use std::io;

struct Client;

impl Client {
    #[task]
    async fn send(&self, text: String) -> io::Result<()> {
        let _ = text;
        Ok(())
    }
}

#[task]
async fn generic<T: Send>(value: T) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
async fn conditional(value: u32) -> io::Result<()>
where
    u32: Copy,
{
    let _ = value;
    Ok(())
}

#[task]
unsafe fn dangerous(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
async fn silent(value: u32) {
    let _ = value;
}

#[task(timeout = "2s")]
fn blocking(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
#[persevere::retry]
async fn both(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
#[task(on = _)]
async fn twice(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
#[derive(Clone)]
#[serde(deny_unknown_fields)]
async fn derived(
    /// A field's own.
    #[serde(default)]
    value: u32,
) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
struct Arguments {
    value: u32,
}

#[task]
trait Sends {
    fn send(&self);
}

#[task]
mod sends {}

#[task]
const SENDS: u32 = 1;

fn main() {}
