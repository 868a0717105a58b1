//! States that lack what a task borrows, and bodies that no worker can hold.

use persevere::task;
use persevere::tasks::{Provide, Queue, Worker};
use std::io;
use std::rc::Rc;

struct Client;
struct Database;

#[derive(Provide)]
struct App {
    client: Client,
}

#[task]
async fn send(client: &Client, database: &Database, text: String) -> io::Result<usize> {
    let _ = (client, database);
    Ok(text.len())
}

#[task]
async fn share(text: String) -> io::Result<usize> {
    let shared = Rc::new(text);
    std::future::ready(()).await;
    Ok(shared.len())
}

fn main() {
    let queue = Queue::in_memory();
    let _ = Worker::new(&queue, App { client: Client }).task::<Send>();
}
