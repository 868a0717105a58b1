//! Workers in processes of their own, which are killed.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::future::pending;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_core::engine::GiveUp;
use persevere_tasks::WaitError;
use persevere_tasks::restate::Worker;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::rig::{PATIENCE, connect, until};
use crate::services::free_port;
use crate::services::restate::Restate;

const TASKS: usize = 200;
const SLOTS: usize = 8;
const KILLS: usize = 6;
/// What the test says to the workers: where they note, where they serve, and where Restate is.
const VARIABLES: [&str; 4] =
    ["A_WORKERS_NOTES", "A_WORKERS_ADDRESS", "A_WORKERS_INGRESS", "A_WORKERS_ADMIN"];

/// Notes that it has begun, and fails once. Whichever worker is killed, no task is poison.
#[task(name = "note", on = _, base_delay = "20ms", max_crashes = 100)]
pub(crate) async fn note_once(notes: &PathBuf, attempt: &Attempt) -> Result<u32, String> {
    let number = attempt.number();
    note(notes, &format!("{} {number}", attempt.delivery().idempotency_key()));
    sleep(Duration::from_millis(60)).await;
    if number == 1 { Err("once".to_owned()) } else { Ok(attempt.delivery().crashes()) }
}

/// Takes its worker with it.
#[task(on = _, max_crashes = 1)]
#[allow(clippy::unused_async, reason = "it ends before it could await anything")]
async fn poison(notes: &PathBuf, attempt: &Attempt) -> Result<u32, String> {
    note(notes, &format!("{} {}", attempt.delivery().idempotency_key(), attempt.number()));
    std::process::abort()
}

/// Goes on from its checkpoint; stands still after three steps, unless it began with some.
#[task(on = _, max_crashes = 3)]
async fn go_on(notes: &PathBuf, attempt: &Attempt) -> Result<(u32, u32), String> {
    let delivery = attempt.delivery();
    let first = delivery.last_checkpoint::<u32>().unwrap_or(0);
    for step in first + 1..=first + 3 {
        delivery.checkpoint(&step).await.map_err(|error| error.to_string())?;
        note(notes, &format!("step {step}"));
    }
    if first < 6 {
        pending::<()>().await;
    }
    Ok((first, delivery.crashes()))
}

fn note(notes: &Path, line: &str) {
    let mut notes = fs::OpenOptions::new().append(true).create(true).open(notes).expect("a file");
    notes.write_all(format!("{line}\n").as_bytes()).expect("a file");
}

#[tokio::test]
#[ignore = "for the tests below alone, which start it in processes of its own"]
async fn works_until_it_is_killed() {
    let [notes, address, ingress, admin] =
        VARIABLES.map(|name| env::var(name).expect("called by a test"));
    let queue = persevere_tasks::restate::Queue::connect(ingress, admin).await.expect("a server");
    let listener = TcpListener::bind(&address).await.expect("a port that is free");
    let worker = Worker::new(PathBuf::from(notes)).task::<NoteOnce>().task::<Poison>();
    let worker = worker.task::<GoOn>().checkpoints(&queue);
    worker.concurrency(SLOTS).serve(listener, pending::<()>()).await.expect("tasks to serve");
}

pub(crate) fn start(notes: &Path, address: &str, restate: &Restate) -> Child {
    let (ingress, admin) = (restate.ingress(), restate.admin());
    Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "killed::works_until_it_is_killed"])
        .envs(VARIABLES.into_iter().zip([
            notes.as_os_str(),
            address.as_ref(),
            ingress.as_ref(),
            admin.as_ref(),
        ]))
        .stdout(Stdio::null())
        .spawn()
        .expect("another process")
}

/// How often each attempt has begun.
pub(crate) fn begun(notes: &Path) -> HashMap<String, usize> {
    let mut begun = HashMap::new();
    for line in fs::read_to_string(notes).unwrap_or_default().lines() {
        *begun.entry(line.to_owned()).or_default() += 1;
    }
    begun
}

#[tokio::test]
async fn nothing_is_lost_when_workers_are_killed_and_the_server_with_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    let mut restate = Restate::start(Duration::from_millis(100));
    let queue = connect(&restate).await;
    let address = format!("127.0.0.1:{}", free_port());
    let mut worker = start(&notes, &address, &restate);
    let served = format!("http://{address}");
    until(async || queue.register(&served).await.is_ok()).await;

    let mut handles = Vec::new();
    for _ in 0..TASKS {
        handles.push(queue.enqueue(NoteOnce {}).await.unwrap());
    }
    for kill in 0..KILLS {
        // In the middle of work.
        let seen = begun(&notes).len();
        until(async || begun(&notes).len() >= seen + SLOTS).await;
        worker.kill().expect("a process");
        worker.wait().expect("its end");
        if kill == KILLS / 2 {
            restate.stop();
            restate.start_again();
        }
        worker = start(&notes, &address, &restate);
    }
    let mut crashes = 0;
    for handle in &handles {
        crashes += handle.wait(PATIENCE).await.expect("its own output") as usize;
    }
    worker.kill().expect("a process");
    worker.wait().expect("its end");

    let begun = begun(&notes);
    assert!(crashes > 0, "nobody was killed in the middle of work");
    for handle in &handles {
        for number in [1, 2] {
            assert!(begun.contains_key(&format!("{} {number}", handle.id())), "{number}");
        }
    }
    assert_eq!(begun.len(), 2 * TASKS, "two attempts of each, however often they are made");
    let starts: usize = begun.values().sum();
    assert!(starts <= 2 * TASKS + crashes, "{starts} starts, {crashes} crashes");
}

#[tokio::test]
async fn a_task_that_kills_its_worker_ends_after_its_crashes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    let restate = Restate::start(Duration::from_millis(100));
    let queue = connect(&restate).await;
    let address = format!("127.0.0.1:{}", free_port());
    let mut worker = start(&notes, &address, &restate);
    let served = format!("http://{address}");
    until(async || queue.register(&served).await.is_ok()).await;

    let poison = queue.enqueue(Poison {}).await.unwrap();
    for _ in 0..2 {
        worker.wait().expect("its end");
        worker = start(&notes, &address, &restate);
    }
    let Err(WaitError::Dead(dead)) = poison.wait(PATIENCE).await else { panic!("it is poison") };
    assert_eq!((dead.reason, dead.crashes, dead.failures), (GiveUp::WorkerLost, 2, 0));
    assert_eq!(begun(&notes).into_values().collect::<Vec<_>>(), [2]);
    worker.kill().expect("a process");
    worker.wait().expect("its end");
}

#[tokio::test]
async fn a_checkpoint_survives_the_loss_of_the_worker() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    let restate = Restate::start(Duration::from_millis(100));
    let queue = connect(&restate).await;
    let address = format!("127.0.0.1:{}", free_port());
    let mut worker = start(&notes, &address, &restate);
    let served = format!("http://{address}");
    until(async || queue.register(&served).await.is_ok()).await;
    let handle = queue.enqueue(GoOn {}).await.unwrap();
    for step in [3, 6] {
        until(async || begun(&notes).contains_key(&format!("step {step}"))).await;
        worker.kill().expect("a process");
        worker.wait().expect("its end");
        worker = start(&notes, &address, &restate);
    }
    assert_eq!(handle.wait(PATIENCE).await.expect("its output"), (6, 2), "two crashes");
    let steps = (1..=9).map(|step| (format!("step {step}"), 1)).collect();
    assert_eq!(begun(&notes), steps, "each once");
    worker.kill().expect("a process");
    worker.wait().expect("its end");
}
