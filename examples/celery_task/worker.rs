//! A worker, in a process of its own: `celery_task worker NAME FILE URL`.

use std::env;
use std::error::Error;
use std::time::Duration;

use persevere::tasks::{Queue, Worker};
use tokio::io::AsyncReadExt as _;
use tracing_subscriber::fmt::format::debug_fn;

use crate::evaluation::{EvaluateCode, Service};

pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(2).collect();
    let [name, file, url] = arguments.as_slice() else {
        return Err("celery_task worker NAME FILE URL".into());
    };
    log_messages();
    let client = reqwest::Client::new();
    let service = Service { client, url: url.clone(), worker: name.clone() };

    let queue = Queue::sqlite(file).await?;
    let worker = Worker::new(&queue, service)
        .task::<EvaluateCode>()
        .concurrency(4)
        .lease(Duration::from_millis(500), 3); // so that the loss of a worker is noticed soon
    worker.run_until(stdin_is_closed()).await?;
    println!("  {name} has ended, as it was asked to");
    Ok(())
}

/// Ready once the program that started this one closes the pipe between them, or is gone.
async fn stdin_is_closed() {
    let mut stdin = tokio::io::stdin();
    while let Ok(1..) = stdin.read(&mut [0]).await {}
}

/// Logs without the events' fields (function, id, attempt, delay …), which a real log would keep.
fn log_messages() {
    let message_alone = debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        _ => Ok(()),
    });
    let log = tracing_subscriber::fmt().without_time().with_ansi(false).with_target(false);
    log.fmt_fields(message_alone).init();
}
