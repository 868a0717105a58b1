//! Which failures are retried: by the same keys as in a retried function.

use std::io;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::tasks::{Dead, Handle, Queue, Task, WaitError};
use persevere::{Attempt, Classify, Verdict, task, testing};
use serde::{Deserialize, Serialize};

use crate::{SECOND, run};

#[derive(Debug, Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(throttled, after = wait)]
    Limited { wait: Duration },
    #[retry(permanent)]
    BadInput,
}

async fn dead<T: Task>(handle: &Handle<T>) -> Dead {
    match handle.wait(SECOND).await {
        Err(WaitError::Dead(dead)) => dead,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is done"),
    }
}

#[task(max_retries = 2)]
async fn by_itself(attempt: &Attempt, kind: u8) -> Result<u32, Error> {
    match (kind, attempt.number()) {
        (0, _) => Err(Error::BadInput),
        (1, 1) => Err(Error::Limited { wait: Duration::from_secs(40) }),
        (1, number) => Ok(number),
        _ => Err(Error::Busy),
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_classifies_itself_decides() {
    let queue = Queue::in_memory();
    let recorder = testing::Recorder::new();
    let _scope = testing::without_jitter().recording(&recorder).on_this_thread();
    let [permanent, limited, busy] = [0, 1, 2].map(|kind| queue.enqueue(ByItself { kind }));
    let (permanent, limited, busy) =
        (permanent.await.unwrap(), limited.await.unwrap(), busy.await.unwrap());
    run::<ByItself, _>(&queue, ()).await;
    assert_eq!(dead(&permanent).await.reason, GiveUp::Permanent);
    assert_eq!(limited.wait(SECOND).await.unwrap(), 2);
    let dead = dead(&busy).await;
    assert_eq!((dead.reason, dead.failures), (GiveUp::Exhausted, 3));
    assert_eq!(dead.waited, Duration::from_secs(2 + 4));
    let waits: Vec<_> = recorder.events().iter().filter_map(|event| event.delay).collect();
    assert!(waits.contains(&Duration::from_secs(40)), "{waits:?}");
}

#[task(max_retries = 1, max_delay = "1m")]
async fn asked_for_a_day(attempt: &Attempt) -> Result<u32, Error> {
    if attempt.is_first() { Err(Error::Limited { wait: DAY }) } else { Ok(attempt.number()) }
}

#[task(max_retries = 1, max_delay = "1m", deadline = "23h")]
async fn without_a_day(_attempt: &Attempt) -> Result<u32, Error> {
    Err(Error::Limited { wait: DAY })
}

const DAY: Duration = Duration::from_hours(24);

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_may_be_longer_than_max_delay() {
    let queue = Queue::in_memory();
    let asked = queue.enqueue(AskedForADay {}).await.unwrap();
    run::<AskedForADay, _>(&queue, ()).await;
    assert_eq!(asked.wait(SECOND).await.unwrap(), 2);
    let late = queue.enqueue(WithoutADay {}).await.unwrap();
    run::<WithoutADay, _>(&queue, ()).await;
    assert_eq!(dead(&late).await.reason, GiveUp::DeadlineExceeded);
}

#[task(on = [io::Error], unless = [std::fmt::Error], max_retries = 1, base_delay = "1s")]
async fn by_type(kind: u8) -> anyhow::Result<()> {
    match kind {
        0 => Err(anyhow::Error::new(io::Error::other("disk")).context("saving")),
        1 => Err(std::fmt::Error.into()),
        _ => Err(anyhow::anyhow!("unknown")),
    }
}

#[task(when = |error| if error.len() > 4 { Verdict::TRANSIENT } else { Verdict::PERMANENT }, max_retries = 1)]
async fn by_function(text: String) -> Result<(), String> {
    Err(text)
}

#[task(on = _, max_retries = 3)]
async fn by_value(attempt: &Attempt) -> Option<u32> {
    (attempt.number() == 3).then_some(7)
}

#[derive(Serialize, Deserialize)]
enum Job {
    Pending,
    Ready(u32),
}

#[task(on = _, on_ok = Job::Pending, max_retries = 2, base_delay = "1s", jitter = "none")]
async fn poll(attempt: &Attempt, ready_at: u32) -> Result<Job, String> {
    Ok(if attempt.number() < ready_at { Job::Pending } else { Job::Ready(attempt.number()) })
}

#[tokio::test(start_paused = true)]
async fn types_functions_and_values_decide() {
    let queue = Queue::in_memory();
    let failures = async |handle| dead(&handle).await.failures;
    let mut found = Vec::new();
    for kind in 0..3 {
        let handle = queue.enqueue(ByType { kind }).await.unwrap();
        run::<ByType, _>(&queue, ()).await;
        found.push(failures(handle).await);
    }
    assert_eq!(found, [2, 1, 1]);
    for (text, attempts) in [("long enough", 2), ("no", 1)] {
        let handle = queue.enqueue(ByFunction { text: text.to_owned() }).await.unwrap();
        run::<ByFunction, _>(&queue, ()).await;
        assert_eq!(dead(&handle).await.failures, attempts, "{text}");
    }
    let handle = queue.enqueue(ByValue {}).await.unwrap();
    run::<ByValue, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_retried_until_the_end_leaves_the_task_dead() {
    let queue = Queue::in_memory();
    let late = queue.enqueue(Poll { ready_at: 3 }).await.unwrap();
    let never = queue.enqueue(Poll { ready_at: 4 }).await.unwrap();
    run::<Poll, _>(&queue, ()).await;
    assert!(matches!(late.wait(SECOND).await.unwrap(), Job::Ready(3)));
    let dead = dead(&never).await;
    assert_eq!(dead.reason, GiveUp::Exhausted);
    assert_eq!(dead.error, "it returned a value that is to be retried");
}

#[task(also = Error::BadInput, unless = Error::Busy, max_retries = 1, base_delay = "1s")]
async fn by_more(busy: bool) -> Result<(), Error> {
    if busy { Err(Error::Busy) } else { Err(Error::BadInput) }
}

#[tokio::test(start_paused = true)]
async fn failures_can_be_added_to_those_of_the_error() {
    let queue = Queue::in_memory();
    let bad = queue.enqueue(ByMore { busy: false }).await.unwrap();
    let busy = queue.enqueue(ByMore { busy: true }).await.unwrap();
    run::<ByMore, _>(&queue, ()).await;
    let bad = dead(&bad).await;
    assert_eq!((bad.reason, bad.failures), (GiveUp::Exhausted, 2));
    let busy = dead(&busy).await;
    assert_eq!((busy.reason, busy.failures), (GiveUp::Permanent, 1));
}

#[derive(Debug, Classify)]
enum Locked {
    #[retry(transient)]
    Busy,
    #[retry(transient, at_most = 1)]
    Deadlock,
}

#[task(base_delay = "1s")]
async fn by_kind(attempt: &Attempt) -> Result<(), Locked> {
    // Between the two deadlocks, the row has been stored and leased anew.
    if attempt.number() == 2 { Err(Locked::Busy) } else { Err(Locked::Deadlock) }
}

#[tokio::test(start_paused = true)]
async fn a_limit_by_kind_is_counted_in_the_row() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(ByKind {}).await.unwrap();
    run::<ByKind, _>(&queue, ()).await;
    let dead = dead(&handle).await;
    assert_eq!((dead.reason, dead.failures), (GiveUp::Exhausted, 3));
}
