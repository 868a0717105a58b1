//! A release after another one.

use persevere_core::driver::Driver;
use persevere_core::{Attempt, Policy, Verdict};
use persevere_tasks::engine::Payload;
use persevere_tasks::restate::Worker;
use persevere_tasks::{Run, Task};

use crate::rig::{Act, PATIENCE, Rig, Serving, Stage, act, until};

/// The next release's task, which an old worker does not read.
#[derive(serde::Serialize, serde::Deserialize)]
struct ActTwice {
    letters: String,
    twice: bool,
}

impl Task for ActTwice {
    type Output = u32;
    const NAME: &'static str = "act";
    const VERSION: u32 = 2;

    fn read(version: u32, args: &Payload) -> serde_json::Result<Self> {
        match version {
            1 => args.read::<Act>().map(|Act { letters }| Self { letters, twice: false }),
            _ => args.read(),
        }
    }
}

impl Run<&'static Stage> for ActTwice {
    type Error = String;

    fn driver() -> Driver {
        Driver::named("act", Policy::DEFAULT)
    }

    async fn run(self, _: &&'static Stage, _: &Attempt) -> Result<u32, String> {
        if self.letters.is_empty() {
            Err("nothing to do".to_owned())
        } else {
            Ok(100 + u32::from(self.twice))
        }
    }

    fn judge(_: &String) -> Verdict {
        Verdict::PERMANENT
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
