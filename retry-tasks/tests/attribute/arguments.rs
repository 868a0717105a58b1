//! What a body is called with: what is owned comes out of the row, what is borrowed out of the state.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::Mutex;

use persevere::tasks::{Provide, Queue, WaitError, Worker};
use persevere::{Attempt, task, testing};
use serde::{Deserialize, Serialize};

use crate::{SECOND, run};

#[derive(Debug, PartialEq)]
enum EvalError {
    Busy,
    BadInput,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    eval_id: String,
    by: String,
    attempt: u32,
}

struct Client {
    name: &'static str,
    failures: Mutex<u32>,
}

fn client(failures: u32) -> Client {
    Client { name: "Ada", failures: Mutex::new(failures) }
}

#[derive(Provide)]
struct App {
    client: Client,
    seen: Mutex<Vec<String>>,
}

#[task(
    queue = "evaluations",
    policy = "aggressive",
    on = EvalError::Busy,
    timeout = "30s",
    deadline = "1h"
)]
async fn evaluate_code(
    client: &Client,
    attempt: &Attempt,
    eval_id: String,
    code: String,
) -> Result<Report, EvalError> {
    if code.is_empty() {
        return Err(EvalError::BadInput);
    }
    let mut failures = client.failures.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return Err(EvalError::Busy);
    }
    Ok(Report { eval_id, by: client.name.to_owned(), attempt: attempt.number() })
}

fn evaluation(code: &str) -> EvaluateCode {
    EvaluateCode { eval_id: "e-1".to_owned(), code: code.to_owned() }
}

fn report(attempt: u32) -> Report {
    Report { eval_id: "e-1".to_owned(), by: "Ada".to_owned(), attempt }
}

async fn is_evaluated(queue: &Queue) {
    let handle = queue.enqueue(evaluation("1 + 1")).await.unwrap();
    let app = App { client: client(2), seen: Mutex::default() };
    run::<EvaluateCode, _>(queue, app).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), report(3));
}

#[tokio::test(start_paused = true)]
async fn the_row_brings_what_is_owned_and_the_state_what_is_borrowed() {
    is_evaluated(&Queue::in_memory()).await;
}

#[tokio::test]
async fn the_same_in_a_file() {
    let _scope = testing::no_waiting().on_this_thread();
    let folder = tempfile::tempdir().unwrap();
    is_evaluated(&Queue::sqlite(folder.path().join("tasks.db")).await.unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_pattern_excludes_is_dead_at_once_with_the_text_of_its_debug() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(evaluation("")).await.unwrap();
    run::<EvaluateCode, _>(&queue, client(0)).await;
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.error.as_str(), dead.failures), ("BadInput", 1));
    assert_eq!(dead.args, serde_json::json!({ "eval_id": "e-1", "code": "" }));
}

#[tokio::test]
async fn called_it_is_the_function_as_it_was_written() {
    let (client, attempt) = (client(1), testing::attempt(4));
    let call = || evaluate_code(&client, &attempt, "e-1".to_owned(), "1".to_owned());
    assert_eq!(call().await, Err(EvalError::Busy));
    assert_eq!(call().await, Ok(report(4)));
}

#[test]
fn the_debug_of_arguments_shows_none() {
    assert_eq!(format!("{:?}", evaluation("secret")), "EvaluateCode { .. }");
}

/// Nothing is owned, nothing is borrowed.
#[task]
async fn ping() -> Result<u8, Infallible> {
    Ok(1)
}

impl persevere::Classify for Opaque {
    fn classify(&self) -> persevere::Verdict {
        persevere::Verdict::PERMANENT
    }
}

struct Opaque;

/// Shows neither a `Display` nor a `Debug`; the name of its type is what is stored.
#[task]
async fn refuse() -> Result<(), Opaque> {
    Err(Opaque)
}

/// An alias of `Result`, arguments of many types, and attributes of the fields.
#[task]
async fn add_up(
    seen: &Mutex<Vec<String>>,
    /// What is added.
    numbers: Vec<u64>,
    #[serde(default, rename = "labels")] mut by_name: BTreeMap<String, (u64, Option<char>)>,
    r#type: String,
) -> io::Result<u64> {
    by_name.insert(r#type, (0, None));
    seen.lock().unwrap().extend(by_name.into_keys());
    Ok(numbers.into_iter().sum())
}

#[tokio::test(start_paused = true)]
async fn arguments_are_none_or_many_and_of_any_type_that_can_be_read_again() {
    let queue = Queue::in_memory();
    let ping = queue.enqueue(Ping {}).await.unwrap();
    let refuse = queue.enqueue(Refuse {}).await.unwrap();
    Worker::new(&queue, ()).task::<Ping>().task::<Refuse>().run_until_idle().await.unwrap();
    assert_eq!(ping.wait(SECOND).await.unwrap(), 1);
    let Err(WaitError::Dead(dead)) = refuse.wait(SECOND).await else { panic!("it is dead") };
    assert!(dead.error.ends_with("Opaque"), "{}", dead.error);
}

#[tokio::test(start_paused = true)]
async fn serde_attributes_of_an_argument_are_those_of_its_field() {
    let queue = Queue::in_memory();
    let by_name = BTreeMap::from([("a".to_owned(), (1, Some('x')))]);
    let task = AddUp { numbers: vec![1, 2, 3], by_name, r#type: "sum".to_owned() };
    let written = serde_json::to_value(&task).unwrap();
    let expected =
        serde_json::json!({ "numbers": [1, 2, 3], "labels": { "a": [1, "x"] }, "type": "sum" });
    assert_eq!(written, expected);
    let sum = queue.enqueue(task).await.unwrap();
    let short: AddUp = serde_json::from_str(r#"{ "numbers": [4], "type": "short" }"#).unwrap();
    let short = queue.enqueue(short).await.unwrap();
    let app = std::sync::Arc::new(Mutex::new(Vec::new()));
    run::<AddUp, _>(&queue, Shared { seen: app.clone() }).await;
    assert_eq!(sum.wait(SECOND).await.unwrap(), 6);
    assert_eq!(short.wait(SECOND).await.unwrap(), 4);
    assert_eq!(*app.lock().unwrap(), ["a", "sum", "short"]);
}

/// A state that provides what an `Arc` of it holds.
struct Shared {
    seen: std::sync::Arc<Mutex<Vec<String>>>,
}

impl Provide<Mutex<Vec<String>>> for Shared {
    fn provide(&self) -> &Mutex<Vec<String>> {
        &self.seen
    }
}

/// The arguments stand here, for producers that need no body.
mod contract {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(crate) struct Resize {
        pub(crate) picture: String,
        pub(crate) width: u32,
    }
}

#[task(on = _, args = contract::Resize, unique = resize.picture)]
async fn resize(seen: &Mutex<Vec<String>>, resize: contract::Resize) -> Option<u32> {
    seen.lock().unwrap().push(resize.picture);
    Some(resize.width)
}

#[tokio::test(start_paused = true)]
async fn arguments_may_stand_elsewhere() {
    let queue = Queue::in_memory();
    let task = |width| contract::Resize { picture: "cat".to_owned(), width };
    let handle = queue.enqueue(task(640)).await.unwrap();
    let same = queue.enqueue(task(1_024)).await.unwrap();
    assert_eq!(handle.id(), same.id());
    let app = App { client: client(0), seen: Mutex::default() };
    run::<contract::Resize, _>(&queue, app).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 640);
}
