//! What `tracing` hears of tasks: each change of state, and no argument.

use std::time::Duration;

use persevere_tasks::Cancelled;
use tracing::Level;

use crate::rig::{PATIENCE, Rig, act, until};
use crate::subscribed::log::Log;

#[tokio::test]
async fn each_change_of_state_is_an_event_without_arguments() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let rig = Rig::start().await;
    let done = rig.queue.enqueue(act("fooooooo")).await.unwrap();
    rig.queue.enqueue(act("fooooooo")).id(done.id()).await.unwrap();
    let dead = rig.queue.enqueue(act("xfffffff")).await.unwrap();
    let later = rig.queue.enqueue(act("o")).delay(Duration::from_hours(1)).await.unwrap();
    assert_eq!(later.cancel().await.unwrap(), Cancelled::BeforeStart);
    let waits = rig.queue.enqueue(act("w")).await.unwrap();
    until(async || log.states(waits.id()).len() == 3).await;
    assert_eq!(waits.cancel().await.unwrap(), Cancelled::Requested);
    for handle in [&done, &dead, &waits] {
        let _ = handle.wait(PATIENCE).await;
    }
    assert_eq!(log.states(done.id()), ["waiting", "running", "waiting", "running", "done"]);
    assert_eq!(log.states(dead.id()), ["waiting", "running", "dead"]);
    assert_eq!(log.states(later.id()), ["waiting", "cancelled"]);
    assert_eq!(log.states(waits.id()), ["waiting", "running", "waiting", "cancelled"]);
    let text = log.text();
    assert!(!text.contains("fooooooo") && !text.contains("xfffffff"), "{text}");
}
