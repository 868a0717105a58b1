//! What `tracing` hears of tasks: each change of state, and no argument.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use persevere_tasks::{Cancelled, TaskId};
use tracing::Level;

use crate::rig::{PATIENCE, Rig, act, until};
use crate::subscribed;

/// What was logged on this thread, where the runtime runs it all.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The states that the task of that id came to, in order.
    fn states(&self, id: TaskId) -> Vec<String> {
        let (id, text) = (format!("id={id}"), self.text());
        let states = text.lines().filter(|line| line.contains("a task is ") && line.contains(&id));
        let state =
            |line: &str| line.split("state=\"").nth(1)?.split('"').next().map(str::to_owned);
        states.filter_map(state).collect()
    }
}

#[tokio::test]
async fn each_change_of_state_is_an_event_without_arguments() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_ansi(false);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    let _guard = subscribed::this_thread_to(subscriber);
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
