//! Workers in processes of their own, which are killed.

use std::env;
use std::future::pending;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use persevere_core::driver::Driver;
use persevere_core::{Policy, Verdict};
use persevere_tasks::{Delivery, Queue, Run, Task, Worker, engine};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::time::{sleep, timeout};

use crate::rig::until;

const TASKS: usize = 2_000;
const SLOTS: usize = 8;
const KILLS: usize = 8;
/// What the test says to the workers.
const FOLDER: &str = "A_WORKERS_FOLDER";

/// Notes that it has begun.
#[derive(serde::Serialize, serde::Deserialize)]
struct Note;

impl Task for Note {
    type Output = u32;
    const NAME: &'static str = "note";
}

impl Run<PathBuf> for Note {
    type Error = std::io::Error;
    const MAX_CRASHES: u32 = 100; // whoever is killed, no task is poison

    fn driver() -> Driver {
        Driver::named("note", Policy::DEFAULT)
    }

    async fn run(self, notes: &PathBuf, delivery: &Delivery) -> std::io::Result<u32> {
        let mut notes = std::fs::OpenOptions::new().append(true).create(true).open(notes)?;
        notes.write_all(format!("{}\n", delivery.idempotency_key()).as_bytes())?;
        sleep(Duration::from_millis(40)).await;
        Ok(delivery.crashes())
    }

    fn judge(_: &std::io::Error) -> Verdict {
        Verdict::PERMANENT
    }
}

async fn open(folder: &Path) -> Queue {
    let file = folder.join("tasks.db");
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    Queue::on(engine::sqlite(options).await.expect("a file that can be opened"))
}

#[tokio::test]
#[ignore = "for the test below alone, which starts it in processes of its own"]
async fn works_until_it_is_killed() {
    let folder = PathBuf::from(env::var_os(FOLDER).expect("a folder"));
    let queue = open(&folder).await;
    let worker = Worker::new(&queue, folder.join("notes")).task::<Note>().concurrency(SLOTS);
    let worker = worker.lease(Duration::from_millis(200), 3);
    worker.run_until(pending::<()>()).await.expect("one task of that name");
}

fn start(folder: &Path) -> Child {
    Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "killed::works_until_it_is_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("another process")
}

#[tokio::test]
async fn nothing_is_lost_when_workers_are_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let queue = open(folder).await;
    let handles = queue.enqueue_all((0..TASKS).map(|_| Note)).await.unwrap();
    let starts =
        || std::fs::read_to_string(folder.join("notes")).unwrap_or_default().lines().count();
    let mut workers = [start(folder), start(folder)];
    for kill in 0..KILLS {
        // In the middle of work, whichever of the two does it.
        let seen = starts();
        until(async || starts() > seen + SLOTS).await;
        let worker = &mut workers[kill % 2];
        worker.kill().expect("a process");
        worker.wait().expect("its end");
        *worker = start(folder);
    }
    let mut crashes = 0;
    let all = async {
        for handle in &handles {
            crashes += handle.wait(Duration::from_mins(2)).await.expect("its own output");
        }
    };
    timeout(Duration::from_mins(2), all).await.expect("all of them end");
    for mut worker in workers {
        worker.kill().expect("a process");
        worker.wait().expect("its end");
    }
    let started = starts();
    assert!(crashes > 0, "nobody was killed in the middle of work");
    // At least once each, and again only what a killed worker held.
    assert!((TASKS..=TASKS + KILLS * SLOTS).contains(&started), "{started} starts");
    assert!(started <= TASKS + crashes as usize, "{started} starts, {crashes} crashes");
    assert!(queue.dead().list().await.unwrap().is_empty());
}
