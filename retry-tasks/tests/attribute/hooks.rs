//! Hooks, which hear of events, and what the events are about.

use std::sync::Mutex;
use std::time::Duration;

use persevere::tasks::Queue;
use persevere::{Attempt, Event, task};
use tokio::time::sleep;

use crate::{SECOND, run};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes the event, once it has waited for something.
async fn note(event: &Event<'_>) {
    sleep(Duration::from_millis(1)).await;
    HEARD.lock().unwrap().push(event.to_string());
}

#[task(
    on = _,
    max_retries = 1,
    base_delay = "5s",
    jitter = "none",
    id = order,
    on_retry = note,
    on_give_up = |event| HEARD.lock().unwrap().push(format!("at last: {event}")),
    on_success = async |event| note(event).await
)]
async fn deliver(attempt: &Attempt, order: u32, failures: u32) -> Result<u32, &'static str> {
    if attempt.number() <= failures { Err("closed") } else { Ok(order) }
}

#[tokio::test(start_paused = true)]
async fn hooks_hear_of_retries_of_the_end_and_of_late_successes() {
    let queue = Queue::in_memory();
    for (order, failures) in [(7, 0), (8, 1), (9, 2)] {
        queue.enqueue(Deliver { order, failures }).await.unwrap();
        run::<Deliver, _>(&queue, ()).await;
    }
    let heard = HEARD.lock().unwrap();
    let expected = [
        "deliver[8]: attempt 1 of 2 failed: closed; retrying in 5 s",
        "deliver[8]: attempt 2 of 2 succeeded after 5 s of waiting",
        "deliver[9]: attempt 1 of 2 failed: closed; retrying in 5 s",
        "at last: deliver[9]: attempt 2 of 2 failed: closed; giving up after 1 retry and 5 s \
         of waiting",
    ];
    assert_eq!(*heard, expected);
}

fn deaf(event: &Event<'_>) {
    assert!(event.attempt() > 1, "deaf");
}

#[task(on = _, max_retries = 1, base_delay = "1s", on_retry = deaf)]
async fn shout(attempt: &Attempt) -> Result<u32, String> {
    if attempt.is_first() { Err("quiet".to_owned()) } else { Ok(attempt.number()) }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_changes_nothing() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(Shout {}).await.unwrap();
    run::<Shout, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 2);
}
