//! Hooks, `id` and `sleep` of the wrong type.

use std::time::Duration;

use persevere::{Event, retry};

struct Order;

fn by_value(_: Event<'_>) {}

async fn wait_async(_: Duration) {}

fn wait_millis(_: u64) {}

#[retry(on = _, on_retry = by_value)]
fn takes_the_event_itself() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, on_give_up = |event| event.attempt())]
fn returns_something() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, on_retry = || println!("again"))]
fn takes_nothing() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, on_give_up = "log")]
fn no_function() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, id = order)]
fn id_without_display(order: &Order) -> Result<(), ()> {
    let _ = order;
    Ok(())
}

#[retry(on = _, sleep = wait_async)]
fn async_sleep_in_blocking() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, sleep = std::thread::sleep)]
async fn blocking_sleep_in_async() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, sleep = wait_millis)]
fn sleep_takes_a_number() -> Result<(), ()> {
    Ok(())
}

fn main() {}
