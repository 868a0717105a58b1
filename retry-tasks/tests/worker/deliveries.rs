//! What a body asks of its delivery, on every engine: checkpoints, and tasks that follow.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_core::engine::GiveUp;
use persevere_core::{Jitter, Policy};
use persevere_tasks::{Dead, Handle, Priority, Queue, Task, WaitError, Worker};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The bytes that arguments and checkpoints may have here.
const LIMIT: usize = 200;

const QUICK: Policy = Policy::DEFAULT
    .with_jitter(Jitter::None)
    .with_base_delay(Duration::from_millis(10))
    .with_max_retries(2);

/// The pages that were copied.
type Copied = Arc<Mutex<Vec<u32>>>;

/// Copies five pages; the first attempt fails after the third. Returns the page that the last attempt
/// began with.
#[task(policy = QUICK, on = _)]
async fn copy(copied: &Copied, attempt: &Attempt) -> Result<u32, String> {
    let delivery = attempt.delivery();
    let first = delivery.last_checkpoint().unwrap_or(0);
    assert_eq!(delivery.last_checkpoint::<Vec<u8>>(), None, "a number is no list");
    for page in first..5 {
        copied.lock().unwrap().push(page);
        delivery.checkpoint(&(page + 1)).await.map_err(|error| error.to_string())?;
        if page == 2 && attempt.is_first() {
            return Err("the light went out".to_owned());
        }
    }
    Ok(first)
}

async fn goes_on_from_the_last_checkpoint(queue: &Queue) {
    // The wait is made by the worker, or in the queue.
    for max_inline_wait in [MINUTE, Duration::ZERO] {
        let handle = queue.enqueue(Copy {}).await.unwrap();
        let copied = Copied::default();
        let worker = Worker::new(queue, Arc::clone(&copied)).task::<Copy>();
        worker.max_inline_wait(max_inline_wait).run_until_idle().await.unwrap();
        assert_eq!(handle.wait(MINUTE).await.unwrap(), 3);
        assert_eq!(*copied.lock().unwrap(), [0, 1, 2, 3, 4]);
    }
}

/// What a [`Lead`] leads to.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Follow(String);

impl Task for Follow {
    type Output = ();
    const NAME: &'static str = "follow";
}

/// Does as it is named, once its first attempt has failed.
#[derive(serde::Serialize, serde::Deserialize)]
enum Lead {
    Well,
    Badly,
    Twice,
    TooFar,
    TooMuch,
}

#[task(args = Lead, policy = QUICK, name = "lead", on = error if error == "not yet")]
async fn run_lead(attempt: &Attempt, lead: Lead) -> Result<(), String> {
    let delivery = attempt.delivery();
    let follow = |letters| delivery.then(Follow("x".repeat(letters)));
    follow(attempt.number() as usize).delay(HOUR);
    if attempt.is_first() {
        return Err("not yet".to_owned());
    }
    match lead {
        Lead::Well => {
            follow(7).delay(2 * HOUR).priority(Priority::High);
            Ok(())
        }
        Lead::Badly => Err("no way".to_owned()),
        Lead::Twice => {
            follow(8).unique("key").delay(3 * HOUR);
            follow(9).unique("key").delay(4 * HOUR);
            Ok(())
        }
        Lead::TooFar => {
            follow(LIMIT);
            Ok(())
        }
        Lead::TooMuch => {
            let checkpoint = delivery.checkpoint(&"x".repeat(LIMIT)).await;
            assert_eq!(delivery.last_checkpoint::<String>(), None);
            checkpoint.map_err(|error| format!("no way: {error}"))
        }
    }
}

async fn lead(queue: &Queue, lead: Lead) -> Handle<Lead> {
    let handle = queue.enqueue(lead).await.unwrap();
    Worker::new(queue, ()).task::<Lead>().run_until_idle().await.unwrap();
    handle
}

/// How it died, once no attempt followed.
async fn dies(queue: &Queue, which: Lead) -> Dead {
    let handle = lead(queue, which).await;
    let Err(WaitError::Dead(dead)) = handle.wait(MINUTE).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::Permanent, 2));
    dead
}

/// The lengths of what followed, first what is due first.
async fn followed(queue: &Queue) -> Vec<usize> {
    let following = queue.enqueued::<Follow>().await.unwrap();
    following.into_iter().map(|follow| follow.0.len()).collect()
}

async fn enqueues_what_follows_with_the_success_alone(queue: &Queue) {
    assert_eq!(dies(queue, Lead::Badly).await.error, "no way");
    assert_eq!(followed(queue).await, [0; 0], "of two attempts that failed");
    lead(queue, Lead::Well).await.wait(MINUTE).await.unwrap();
    assert_eq!(followed(queue).await, [2, 7], "of the attempt that succeeded");
    let first = &queue.waiting::<Follow>().await.unwrap()[0];
    let rows = queue.engine().look(&[first.id()]).await.unwrap();
    let row = &rows[0].as_ref().expect("it waits").row;
    assert_eq!((row.priority, row.queue.as_str()), (Priority::Normal, "default"));
    lead(queue, Lead::Twice).await.wait(MINUTE).await.unwrap();
    assert_eq!(followed(queue).await, [2, 2, 7, 8], "of two with one key, the first");
}

async fn says_what_is_too_large(queue: &Queue) {
    let dead = dies(queue, Lead::TooFar).await;
    assert_eq!(
        dead.error,
        "what is to follow it cannot be stored: the arguments of `follow` have 202 bytes in JSON, \
         and the queue takes 200: store what is large elsewhere, and enqueue its name"
    );
    assert_eq!(followed(queue).await, [0; 0]);
    let dead = dies(queue, Lead::TooMuch).await;
    assert_eq!(
        dead.error,
        "no way: the checkpoint has 202 bytes in JSON, and the queue takes 200: store what is large \
         elsewhere, and keep its name"
    );
}

/// Each question to each engine.
macro_rules! ask {
    ($($question:ident)*) => {
        mod memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $question() {
                    let queue = super::Queue::in_memory().max_args(super::LIMIT);
                    super::$question(&queue).await;
                }
            )*
        }

        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(
                #[tokio::test]
                async fn $question() {
                    let folder = tempfile::tempdir().expect("a temporary folder");
                    let queue = super::Queue::sqlite(folder.path().join("tasks.db")).await;
                    super::$question(&queue.expect("a new file").max_args(super::LIMIT)).await;
                }
            )*
        }

        /// One server for all, so that it ends with the test.
        #[cfg(feature = "postgres")]
        #[tokio::test]
        async fn postgres() {
            $(
                let server = crate::services::postgres::Postgres::start(&[]);
                eprintln!(stringify!($question));
                let pool = sqlx::PgPool::connect_lazy_with(server.options());
                let queue = Queue::postgres(&pool).await.expect("a server").max_args(LIMIT);
                $question(&queue).await;
            )*
        }
    };
}

ask! {
    goes_on_from_the_last_checkpoint
    enqueues_what_follows_with_the_success_alone
    says_what_is_too_large
}
