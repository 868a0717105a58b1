//! Tasks in a file: what is wrong with files, and several processes on one.
#![cfg(feature = "sqlite")]

mod files;
mod processes;
mod transactions;

use persevere_tasks::Task;

/// A task whose arguments are a number.
#[derive(serde::Serialize, serde::Deserialize)]
struct Count {
    number: u32,
    padding: String,
}

impl Task for Count {
    type Output = u32;
    const NAME: &'static str = "count";
}

fn count(number: u32) -> Count {
    Count { number, padding: String::new() }
}
