//! Arguments that neither a row nor a state has, and values that no row keeps.

use persevere::{Attempt, task};
use std::borrow::Cow;
use std::io;
use std::path::Path;

#[task]
async fn text(name: &str) -> io::Result<usize> {
    Ok(name.len())
}

#[task]
async fn bytes(picture: &[u8], path: &Path) -> io::Result<bool> {
    Ok(picture.is_empty() && path.exists())
}

#[task]
async fn unique(names: &mut Vec<String>) -> io::Result<usize> {
    Ok(names.len())
}

#[task]
async fn within(name: Option<&str>, title: Cow<'_, str>) -> io::Result<bool> {
    Ok(name == Some(&*title))
}

#[task]
async fn opaque(names: impl Iterator<Item = u8>, log: &impl Fn(u8)) -> io::Result<()> {
    names.for_each(log);
    Ok(())
}

#[task]
async fn apart((left, right): (u32, u32)) -> io::Result<u32> {
    Ok(left + right)
}

#[task]
async fn owned(attempt: Attempt) -> io::Result<u32> {
    Ok(attempt.number())
}

#[task]
async fn lent(names: &'static Vec<&u8>) -> io::Result<usize> {
    Ok(names.len())
}

#[task]
async fn returns_a_borrow(names: Vec<String>) -> Result<Cow<'static, &'static u8>, io::Error> {
    Err(io::Error::other(names.join(", ")))
}

#[task]
async fn returns_an_opaque(count: u8) -> io::Result<impl Iterator<Item = u8>> {
    Ok(0..count)
}

fn main() {}
