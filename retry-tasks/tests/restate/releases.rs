//! A release after another one.

use persevere::task;
use persevere_tasks::Task;
use persevere_tasks::restate::Worker;

use crate::rig::{Act, PATIENCE, Rig, Serving, act, until};

/// The next release's task, which an old worker does not read.
#[task(name = "act", version = 2, from = Act, on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn act_twice(letters: String, twice: bool) -> Result<u32, String> {
    if letters.is_empty() { Err("nothing to do".to_owned()) } else { Ok(100 + u32::from(twice)) }
}

impl From<Act> for ActTwice {
    fn from(Act { letters }: Act) -> Self {
        Self { letters, twice: false }
    }
}

/// The task before it had its present name.
#[derive(serde::Serialize, serde::Deserialize)]
struct Perform {
    letters: String,
}

impl Task for Perform {
    type Output = u32;
    const NAME: &'static str = "perform";
}

#[tokio::test]
async fn the_next_release_goes_on_with_what_the_one_before_has_begun() {
    let rig = Rig::start().await;
    let old = rig.queue.enqueue(Perform { letters: "o".to_owned() }).await.unwrap();
    assert_eq!(old.wait(PATIENCE).await.unwrap(), 1, "by its former name");

    let begun = rig.queue.enqueue(act("s")).await.unwrap();
    let newer = rig.queue.enqueue(ActTwice { letters: "o".to_owned(), twice: true }).await.unwrap();
    until(async || rig.stage.starts() == 2).await;
    let address = rig.worker.address.clone();
    rig.worker.shut_down().await;

    let worker = Worker::new(rig.stage).task::<ActTwice>();
    let _worker = Serving::start(worker, Some(&address)).await;
    rig.queue.register(&address).await.expect("a worker that answers");
    assert_eq!(newer.wait(PATIENCE).await.unwrap(), 101);
    assert_eq!(begun.wait(PATIENCE).await.unwrap(), 100);
}
