//! The names that other programs are written against, each used once as they use it: what does not compile
//! here breaks them.

#![allow(clippy::unused_async, reason = "bodies that await nothing are tasks, too")]

use std::time::{Duration, SystemTime};

use persevere::engine::GiveUp;
use persevere::tasks::{
    Cancelled, Dead, DeadLetters, Ended, Enqueue, Handle, Priority, Provide, Queue, QueueError,
    Status, Task, TaskId, WaitError, Worker,
};
use persevere::{Attempt, task, testing};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Report {
    lines: usize,
}

#[derive(Debug)]
enum EvalError {
    #[allow(dead_code, reason = "the row shows it")]
    Busy(u32),
    Wrong,
}

struct Client;

#[derive(Provide)]
struct App {
    client: Client,
}

#[task(
    queue = "evaluations",
    name = "evaluate",
    formerly = ["eval"],
    version = 2,
    from = EvaluateCodeV1,
    keep = "1d",
    unique = eval_id,
    priority = high,
    max_crashes = 3,
    policy = "aggressive",
    on = EvalError::Busy(_),
    timeout = "30s",
    deadline = "1h"
)]
async fn evaluate_code(
    client: &Client,
    attempt: &Attempt,
    eval_id: String,
    code: String,
) -> Result<Report, EvalError> {
    let Client = client;
    let delivery = attempt.delivery();
    let (_, _): (TaskId, &str) = (delivery.id(), delivery.queue());
    let (_, _): (SystemTime, u32) = (delivery.enqueued(), delivery.crashes());
    delivery.checkpoint(&eval_id).await.map_err(|_| EvalError::Wrong)?;
    match (delivery.failures(), &*code) {
        (_, "") => Err(EvalError::Wrong),
        (0, _) => Err(EvalError::Busy(attempt.number())),
        _ => {
            delivery.then(Tidy { key: delivery.idempotency_key().to_owned() });
            Ok(Report { lines: code.lines().count() })
        }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct EvaluateCodeV1 {
    code: String,
}

impl From<EvaluateCodeV1> for EvaluateCode {
    fn from(EvaluateCodeV1 { code }: EvaluateCodeV1) -> Self {
        Self { eval_id: String::new(), code }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Tidy {
    key: String,
}

#[task(args = Tidy, on = _)]
async fn tidy_up(task: Tidy) -> Result<(), String> {
    if task.key.is_empty() { Err("nothing".to_owned()) } else { Ok(()) }
}

fn evaluation(eval_id: &str, code: &str) -> EvaluateCode {
    EvaluateCode { eval_id: eval_id.to_owned(), code: code.to_owned() }
}

/// Where a queue is.
async fn opens(sqlite: sqlx::SqlitePool, postgres: sqlx::PgPool) -> Result<[Queue; 4], QueueError> {
    Ok([
        Queue::sqlite("tasks.db").await?,
        Queue::sqlite_with(sqlite).await?,
        Queue::postgres(postgres).await?,
        Queue::in_memory(),
    ])
}

/// In a transaction of the caller's, of either database.
async fn in_transactions(
    queue: &Queue,
    sqlite: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    postgres: &mut sqlx::Transaction<'_, sqlx::Postgres>,
) -> Result<(), QueueError> {
    let _: Handle<EvaluateCode> =
        queue.enqueue(evaluation("1", "1")).in_transaction(sqlite).await?;
    let _: Handle<EvaluateCode> =
        queue.enqueue(evaluation("1", "1")).in_transaction(postgres).await?;
    Ok(())
}

fn name(status: &Status) -> &'static str {
    match status {
        Status::Waiting { at } if *at == SystemTime::UNIX_EPOCH => "waiting for ever",
        Status::Waiting { at: _ } => "waiting",
        Status::Running { since: _, worker: _ } => "running",
        Status::Retrying { at: _, failures: _, error: _ } => "retrying",
        Status::Done => "done",
        Status::Dead(
            GiveUp::WorkerLost | GiveUp::Expired | GiveUp::Cancelled | GiveUp::Unreadable,
        ) => "dead by the queue",
        Status::Dead(_) => "dead",
        Status::Cancelled => "cancelled",
        _ => "another release's",
    }
}

#[allow(clippy::match_same_arms, reason = "each is named")]
fn reason(error: &WaitError) -> Option<GiveUp> {
    match error {
        WaitError::Dead(Dead { reason, .. }) => Some(*reason),
        WaitError::TimedOut | WaitError::Cancelled | WaitError::Queue(_) => None,
        _ => None,
    }
}

async fn run_all(queue: &Queue) -> Result<Ended, QueueError> {
    Worker::new(queue, App { client: Client })
        .task::<EvaluateCode>()
        .task_with::<Tidy>(|t| t.concurrency(4))
        .concurrency(20)
        .max_inline_wait(SECOND)
        .lease(5 * SECOND, 3)
        .drain(25 * SECOND)
        .run_until_idle()
        .await
}

#[tokio::test(start_paused = true)]
async fn a_producer_and_a_worker_are_written_with_these_names() {
    let queue = Queue::in_memory();
    let enqueue: Enqueue<'_, EvaluateCode> = queue.enqueue(evaluation("a", "1\n2"));
    let enqueue =
        enqueue.delay(SECOND).at(SystemTime::now()).start_within(60 * SECOND).deadline(60 * SECOND);
    let enqueue = enqueue.unique("a").unique_until_started(7).priority(Priority::Low);
    let handle: Result<Handle<EvaluateCode>, QueueError> = enqueue.await;
    let handle = handle.unwrap();
    assert_eq!(name(&handle.status().await.unwrap()), "waiting");
    assert_eq!(queue.waiting::<EvaluateCode>().await.unwrap().len(), 1);
    assert_eq!(queue.enqueued::<EvaluateCode>().await.unwrap()[0].code, "1\n2");
    assert_eq!(queue.stats().await.unwrap()[0].task, "evaluate");

    let many: Vec<Handle<EvaluateCode>> =
        queue.enqueue_all(["b", "c"].map(|id| evaluation(id, ""))).await.unwrap();
    let cancelled: Cancelled = many[1].cancel().await.unwrap();
    assert!(matches!(cancelled, Cancelled::BeforeStart), "neither Requested nor TooLate");
    let Ended { .. } = run_all(&queue).await.unwrap();

    let same = queue.handle::<EvaluateCode>(handle.id());
    let report: Report = same.wait(60 * SECOND).await.unwrap();
    assert_eq!(report, Report { lines: 2 });
    assert_eq!(reason(&many[0].wait(SECOND).await.unwrap_err()), Some(GiveUp::Permanent));
    assert_eq!(reason(&many[1].wait(SECOND).await.unwrap_err()), None);

    let dead: DeadLetters = queue.dead().of::<EvaluateCode>().because(GiveUp::Permanent);
    let dead = dead.since(SystemTime::UNIX_EPOCH).limit(10);
    let [Dead { id, task, args, reason, error, failures, crashes, waited, enqueued, died, .. }] =
        &dead.clone().list().await.unwrap()[..]
    else {
        panic!("one is dead")
    };
    assert_eq!(
        (*id, task.as_str(), *reason, error.as_str()),
        (many[0].id(), "evaluate", GiveUp::Permanent, "Wrong")
    );
    assert_eq!(args, &serde_json::json!({ "eval_id": "b", "code": "" }));
    assert_eq!((*failures, *crashes, *waited, enqueued <= died), (1, 0, Duration::ZERO, true));
    let requeued: u64 = dead.clone().requeue().await.unwrap();
    assert_eq!(requeued, 1);
    run_all(&queue).await.unwrap();
    let discarded: u64 = dead.discard().await.unwrap();
    assert_eq!(discarded, 1);

    let shutdown = std::future::ready(());
    let scheduled = Worker::new(&queue, ()).task::<Tidy>();
    let scheduled =
        scheduled.schedule("nightly", "0 3 * * *", |_tick| Tidy { key: "k".to_owned() });
    assert_eq!(scheduled.run_until(shutdown).await.unwrap().released, 0);
}

#[tokio::test]
async fn the_function_is_called_as_it_was_written() {
    let attempt = testing::attempt(1);
    let outcome = evaluate_code(&Client, &attempt, "a".to_owned(), String::new()).await;
    assert!(matches!(outcome, Err(EvalError::Wrong)));
    assert_eq!((EvaluateCode::NAME, EvaluateCode::VERSION), ("evaluate", 2));
    let _ = (opens, in_transactions);
}
