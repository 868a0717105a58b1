//! Keys that a task has not, and values that they cannot have.

use persevere::task;
use std::io;

#[task(hedge = "200ms", sleep = runtime::sleep, clone(value), fallback = |_| Ok(()), context = attempt)]
async fn of_a_loop(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(queues = "a", nonsense = 1)]
async fn unknown(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(queue = "", name = " ", formerly = "old", version = 0, keep = "long", max_crashes = -1)]
async fn values(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(queue = 1, formerly = [], version = "2", keep = 1h, priority = urgent, unique = |task| task.value, from = 2)]
async fn other_values(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(priority = high + 1, formerly = [1], from = [], args = &'static str)]
async fn more_values(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(queue, version =, priority)]
async fn missing_values(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(formerly = ["names", "old", "old", ""])]
async fn names(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(from = NamesV1)]
async fn from_the_first(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(version = 2, from = [NamesV2, NamesV1])]
async fn from_too_many(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(max_retries = 0, base_delay = "1s")]
async fn contradictory(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(on_ok = 0 => Ok(1))]
async fn waits_in_vain(value: u32) -> io::Result<u32> {
    Ok(value)
}

fn main() {}
