//! Arguments that stand elsewhere, beside others.

use persevere::task;
use serde::{Deserialize, Serialize};
use std::io;

#[derive(Serialize, Deserialize)]
struct Resize {
    width: u32,
}

#[task(args = Resize)]
async fn none() -> io::Result<()> {
    Ok(())
}

#[task(args = Resize)]
async fn two(resize: Resize, height: u32) -> io::Result<u32> {
    Ok(resize.width + height)
}

#[task(args = Resize)]
async fn another(width: u32) -> io::Result<u32> {
    Ok(width)
}

fn main() {}
