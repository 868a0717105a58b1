//! The queue in front of an engine: handles, outputs, dead letters, refusals.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{
    Ask, Key, KeyUntil, Leased, Payload, Settlement, Transition, Wanted,
};
use persevere_tasks::{Cancelled, Priority, Queue, QueueError, Status, Task, TaskId, WaitError};

const SECOND: Duration = Duration::from_secs(1);
const SECRET: &str = "4111 1111 1111 1111";

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Charge {
    card: String,
}

impl Task for Charge {
    type Output = String;
    const NAME: &'static str = "charge";
    const FORMERLY: &'static [&'static str] = &["bill"];
    const QUEUE: &'static str = "payments";
    const VERSION: u32 = 2;
    const PRIORITY: Priority = Priority::High;

    fn unique(&self) -> Option<Key> {
        (!self.card.is_empty()).then(|| Key { text: self.card.clone(), until: KeyUntil::Ended })
    }
}

fn charge() -> Charge {
    Charge { card: SECRET.to_owned() }
}

/// Its key is free.
fn charge_nothing() -> Charge {
    Charge { card: String::new() }
}

async fn lease(queue: &Queue) -> Leased {
    let ask = Ask {
        worker: "worker-1".to_owned(),
        tasks: vec![Wanted { names: vec!["charge".to_owned()], version: 2, room: 1 }],
        room: 1,
        suspects: 1,
        span: 15 * SECOND,
    };
    queue.engine().lease(&ask).await.expect("an engine that works").rows.remove(0)
}

async fn settle(queue: &Queue, leased: &Leased, transition: Transition) {
    let mut settlement = Settlement {
        held: leased.held(),
        progress: leased.row.progress.clone(),
        attempts: leased.row.attempts.clone(),
        transition,
        keep: SECOND,
    };
    if !matches!(settlement.transition, Transition::Done { .. }) {
        settlement.progress.failures += 1;
        settlement.progress.waited_ms += 2_000;
        settlement.attempts.add(SystemTime::now(), Some(SECOND), "busy");
    }
    queue.engine().settle(&[settlement]).await.expect("an engine that works");
}

fn done(output: &impl serde::Serialize) -> Transition {
    Transition::Done { output: Payload::of(output).expect("an output"), then: vec![] }
}

#[tokio::test(start_paused = true)]
async fn a_handle_follows_its_task() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(charge()).delay(SECOND).await.expect("an engine that works");
    assert!(matches!(handle.status().await, Ok(Status::Waiting { .. })));
    tokio::time::advance(SECOND).await;
    let leased = lease(&queue).await;
    assert_eq!((leased.row.queue.as_str(), leased.row.priority), ("payments", Priority::High));
    assert!(leased.row.envelope.enqueued_by.is_some());
    let running = handle.status().await.expect("an engine that works");
    assert!(matches!(&running, Status::Running { worker, .. } if worker == "worker-1"));
    settle(&queue, &leased, Transition::Again(SECOND)).await;
    let retrying = handle.status().await.expect("an engine that works");
    let is_busy = |error: &str| error == "busy";
    assert!(matches!(&retrying, Status::Retrying { failures: 1, error, .. } if is_busy(error)));
    tokio::time::advance(SECOND).await;
    settle(&queue, &lease(&queue).await, done(&"receipt 7")).await;
    assert!(matches!(handle.status().await, Ok(Status::Done)));
    assert_eq!(handle.wait(SECOND).await.expect("an output"), "receipt 7");
    assert!(matches!(handle.cancel().await, Ok(Cancelled::TooLate)));

    tokio::time::advance(2 * SECOND).await;
    queue.engine().prune(9).await.expect("an engine that works");
    let gone = handle.wait(SECOND).await;
    assert!(
        matches!(gone, Err(WaitError::Queue(QueueError::UnknownTask(id))) if id == handle.id())
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_task_in_whatever_way() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(charge()).await.expect("an engine that works");
    assert!(matches!(handle.wait(60 * SECOND).await, Err(WaitError::TimedOut)));
    let dead = Transition::Dead { reason: GiveUp::Exhausted, error: "declined".to_owned() };
    settle(&queue, &lease(&queue).await, dead).await;
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!(
        (dead.reason, dead.error.as_str(), dead.failures),
        (GiveUp::Exhausted, "declined", 1)
    );
    assert_eq!(
        (dead.waited, dead.crashes, dead.args["card"].as_str()),
        (2 * SECOND, 0, Some(SECRET))
    );

    let handle = queue.enqueue(charge_nothing()).await.expect("an engine that works");
    assert!(matches!(handle.cancel().await, Ok(Cancelled::BeforeStart)));
    assert!(matches!(handle.wait(SECOND).await, Err(WaitError::Cancelled)));

    let handle = queue.enqueue(charge_nothing()).await.expect("an engine that works");
    settle(&queue, &lease(&queue).await, done(&17)).await;
    let wrong = handle.wait(SECOND).await;
    assert!(matches!(wrong, Err(WaitError::Queue(QueueError::Json { what: "output", .. }))));
}

async fn five_hundred_wait(queue: Queue) {
    let handle = queue.enqueue(charge()).await.expect("an engine that works");
    let others = queue.enqueue_all((0..99).map(|_| charge_nothing())).await.expect("an engine");
    let mut waiters = tokio::task::JoinSet::new();
    for number in 0..500 {
        let handle = if number % 5 == 0 { handle.clone() } else { others[number % 99].clone() };
        waiters.spawn(async move { handle.wait(600 * SECOND).await });
    }
    tokio::task::yield_now().await;
    for number in 0..100 {
        settle(&queue, &lease(&queue).await, done(&format!("receipt {number}"))).await;
    }
    let answers = waiters.join_all().await;
    assert_eq!(answers.len(), 500);
    assert!(
        answers.iter().all(Result::is_ok),
        "{:?}",
        answers.iter().find(|answer| answer.is_err())
    );
}

#[tokio::test(start_paused = true)]
async fn five_hundred_callers_get_answers() {
    five_hundred_wait(Queue::in_memory()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn five_hundred_callers_get_answers_from_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let queue = Queue::sqlite(folder.path().join("tasks.db")).await.expect("a new file");
    five_hundred_wait(queue).await;
}

#[tokio::test]
async fn arguments_that_are_too_large_or_cannot_be_written_are_refused() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Weights {
        by_pair: std::collections::HashMap<(u8, u8), f32>,
    }

    impl Task for Weights {
        type Output = ();
        const NAME: &'static str = "weights";
    }

    let queue = Queue::in_memory();
    let large = Charge { card: "x".repeat(1_024 * 1_024) };
    let error = queue.enqueue(large).await.expect_err("more than 1 MiB");
    let text = error.to_string();
    assert!(
        matches!(error, QueueError::TooLarge { bytes: 1_048_587, limit: 1_048_576, .. }),
        "{text}"
    );
    assert!(!text.contains("xxx") && text.contains("`charge`"), "{text}");
    let by_pair = [((1, 2), 0.5)].into();
    let error = queue.enqueue(Weights { by_pair }).await.expect_err("no key of JSON's");
    assert!(matches!(error, QueueError::Json { what: "arguments", .. }), "{error}");

    let small = queue.clone().max_args(10);
    let all = [charge_nothing(), charge()];
    let error = small.enqueue_all(all).await.expect_err("the second is too large, or both");
    assert!(matches!(error, QueueError::TooLarge { limit: 10, .. }), "{error}");
    assert!(queue.stats().await.expect("numbers").is_empty(), "none is stored");

    let long = queue.enqueue(charge()).unique("k".repeat(513)).await.expect_err("a long key");
    assert!(matches!(long, QueueError::LongKey { bytes: 513, .. }), "{long}");
}

#[tokio::test]
async fn keys_of_the_task_and_of_the_call() {
    let queue = Queue::in_memory();
    let first = queue.enqueue(charge()).await.expect("an engine that works");
    let same = queue.enqueue(charge()).await.expect("an engine that works");
    assert_eq!(first.id(), same.id(), "by the task's own key");
    let other = queue.enqueue(charge()).unique("another").await.expect("an engine that works");
    assert_ne!(first.id(), other.id(), "by the call's");
    let third = queue.enqueue(charge()).unique_until_started(7).await.expect("an engine");
    let same = queue.enqueue(charge()).unique_until_started(7).await.expect("an engine");
    assert_eq!(third.id(), same.id());
    assert_eq!(queue.enqueued::<Charge>().await.expect("a list"), [charge(), charge(), charge()]);
}

#[tokio::test]
async fn nothing_shows_an_argument() {
    let queue = Queue::in_memory();
    let enqueue = queue.enqueue(charge()).delay(Duration::ZERO);
    let mut shown = format!("{queue:?} {enqueue:?}");
    let handle = enqueue.await.expect("an engine that works");
    let leased = lease(&queue).await;
    write!(shown, "{handle:?} {leased:?} {:?}", leased.row).expect("a text");
    let dead = Transition::Dead { reason: GiveUp::Permanent, error: "declined".to_owned() };
    write!(shown, "{dead:?} {:?}", done(&SECRET)).expect("a text");
    settle(&queue, &leased, dead).await;
    let letters = queue.dead().of::<Charge>();
    write!(shown, "{letters:?} {:?}", letters.clone().list().await.expect("a list"))
        .expect("a text");
    write!(shown, "{:?}", handle.wait(SECOND).await).expect("a text");
    write!(shown, "{:?}", queue.engine().look(&[handle.id()]).await.expect("a look"))
        .expect("a text");
    write!(shown, "{:?}", queue.engine()).expect("a text");
    assert!(shown.contains("declined") && !shown.contains("4111"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_requeued_or_discarded() {
    let queue = Queue::in_memory();
    for reason in [GiveUp::Exhausted, GiveUp::Permanent, GiveUp::Exhausted] {
        queue.enqueue(charge_nothing()).await.expect("an engine that works");
        let dead = Transition::Dead { reason, error: reason.as_str().to_owned() };
        settle(&queue, &lease(&queue).await, dead).await;
        tokio::time::advance(SECOND).await;
    }
    let exhausted = || queue.dead().of::<Charge>().because(GiveUp::Exhausted);
    assert_eq!(exhausted().list().await.expect("a list").len(), 2);
    assert_eq!(exhausted().limit(1).requeue().await.expect("an engine that works"), 1);
    assert_eq!(queue.waiting::<Charge>().await.expect("a list").len(), 1);
    let dead = queue.dead().list().await.expect("a list");
    let reasons: Vec<_> = dead.iter().map(|dead| dead.reason).collect();
    assert_eq!(reasons, [GiveUp::Permanent, GiveUp::Exhausted], "the latest first");
    assert_eq!(queue.dead().since(dead[0].died).discard().await.expect("an engine"), 1);
    assert_eq!(queue.dead().list().await.expect("a list")[0].id, dead[1].id);
}

/// The lengths of the lists of all dead tasks, each after the last one of that before it.
async fn lists_of_the_dead(queue: &Queue) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut next = queue.dead();
    loop {
        let dead = next.list().await.expect("a list");
        let Some(last) = dead.last() else { return lengths };
        lengths.push(dead.len());
        next = queue.dead().after(last);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_the_dead_has_a_thousand_tasks_or_16_mib_at_most() {
    let dies = async |queue: &Queue, card: String| {
        let key = card[..4].to_owned();
        queue.enqueue(Charge { card }).unique(key).await.expect("an engine that works");
        let dead = Transition::Dead { reason: GiveUp::Permanent, error: "declined".to_owned() };
        settle(queue, &lease(queue).await, dead).await;
    };
    let many = Queue::in_memory();
    for number in 0..1_003 {
        dies(&many, format!("{number:04}")).await;
    }
    assert_eq!(lists_of_the_dead(&many).await, [1_000, 3]);

    let large = Queue::in_memory();
    for number in 0..20 {
        dies(&large, format!("{number:04}{}", "0".repeat(1_000_000))).await;
    }
    assert_eq!(lists_of_the_dead(&large).await, [16, 4]);
}

#[tokio::test]
async fn an_unknown_task_has_an_error_of_its_own() {
    let queue = Queue::in_memory();
    let handle = queue.handle::<Charge>(TaskId::new());
    assert!(matches!(handle.status().await, Err(QueueError::UnknownTask(_))));
    assert!(matches!(handle.cancel().await, Err(QueueError::UnknownTask(_))));
    let waited = handle.wait(SECOND).await.expect_err("nothing to wait for");
    assert!(matches!(&waited, WaitError::Queue(QueueError::UnknownTask(_))));
    assert!(waited.to_string().starts_with("there is no task "), "{waited}");
}
