//! Types that no row keeps, and errors that do not say whether trying again can help.

use persevere::task;
use persevere::tasks::{Queue, QueueError, Worker};
use std::cell::Cell;
use std::io;

struct Opaque;

#[task]
async fn takes(value: Opaque) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
async fn returns(value: u32) -> io::Result<Opaque> {
    let _ = value;
    Ok(Opaque)
}

#[task]
async fn takes_many(values: Vec<Opaque>, others: Option<Opaque>, again: Vec<Opaque>) -> io::Result<()> {
    let _ = (values, others, again);
    Ok(())
}

type Reply = io::Result<Opaque>;

#[task]
async fn returns_by_another_name(value: u32) -> Reply {
    let _ = value;
    Ok(Opaque)
}

#[task(args = Opaque)]
async fn elsewhere(value: Opaque) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[derive(serde::Serialize)]
struct Written;

#[task]
async fn takes_what_is_only_written(value: Written) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Lent {
    name: &'static str,
}

#[task]
async fn takes_what_borrows(value: Lent) -> io::Result<usize> {
    Ok(value.name.len())
}

#[task]
async fn takes_what_no_thread_shares(value: Cell<u8>) -> io::Result<u8> {
    Ok(value.get())
}

#[task]
async fn fails(value: u32) -> Result<u32, Opaque> {
    let _ = value;
    Err(Opaque)
}

#[task]
async fn answers(value: u32) -> u32 {
    value
}

#[task(unique = value, on = _)]
async fn unique(value: Vec<u32>) -> Result<u32, Opaque> {
    let _ = value;
    Err(Opaque)
}

async fn uses(queue: Queue) -> Result<(), QueueError> {
    queue.enqueue(Takes { value: Opaque }).await?;
    Worker::new(&queue, ()).task::<Takes>().run_until_idle().await?;
    Ok(())
}

fn main() {}
