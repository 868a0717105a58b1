//! Workers in processes of their own, which are killed, or stopped for a while.

use std::env;
use std::future::pending;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_tasks::{Queue, Worker};
use tokio::time::{sleep, timeout};

use crate::place::open;
use crate::rig::until;

const TASKS: usize = 2_000;
const SLOTS: usize = 8;
const KILLS: usize = 8;
/// What the test says to the workers: where the queue is, where to note what begins, and how often
/// to renew leases, in milliseconds.
const VARIABLES: [&str; 3] = ["A_WORKERS_QUEUE", "A_WORKERS_NOTES", "A_WORKERS_HEARTBEAT"];

/// Notes that it has begun, and takes its time. Whichever worker is killed, no task is poison.
#[task(when = |_| false, max_crashes = 100)]
pub(crate) async fn note(notes: &PathBuf, attempt: &Attempt, takes: Duration) -> io::Result<u32> {
    let mut notes = std::fs::OpenOptions::new().append(true).create(true).open(notes)?;
    notes.write_all(format!("{}\n", attempt.delivery().idempotency_key()).as_bytes())?;
    sleep(takes).await;
    Ok(attempt.delivery().crashes())
}

/// Copies pages, each of which it notes, and then that it has. Returns the page that the last attempt
/// began with.
#[task(when = |_| false)]
async fn copy(notes: &PathBuf, attempt: &Attempt, pages: u32) -> io::Result<u32> {
    let first = attempt.delivery().last_checkpoint().unwrap_or(0);
    let mut notes = std::fs::OpenOptions::new().append(true).create(true).open(notes)?;
    for page in first..pages {
        notes.write_all(format!("{page}\n").as_bytes())?;
        sleep(Duration::from_millis(10)).await;
        attempt.delivery().checkpoint(&(page + 1)).await.map_err(io::Error::other)?;
    }
    Ok(first)
}

#[tokio::test]
#[ignore = "for the tests below alone, which start it in processes of its own"]
async fn works_until_it_is_killed() {
    let [place, notes, heartbeat] = VARIABLES.map(|name| env::var(name).expect("from a test"));
    let queue = open(&place).await;
    let worker = Worker::new(&queue, PathBuf::from(notes)).task::<Note>().task::<Copy>();
    let worker = worker.concurrency(SLOTS);
    let heartbeat = Duration::from_millis(heartbeat.parse().expect("a number"));
    worker.lease(heartbeat, 3).run_until(pending::<()>()).await.expect("one task of that name");
}

/// A worker's process. It is killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(place: &str, notes: &Path, heartbeat: Duration) -> Self {
        let heartbeat = heartbeat.as_millis().to_string();
        let values = [place.as_ref(), notes.as_os_str(), heartbeat.as_ref()];
        let child = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "--ignored", "killed::works_until_it_is_killed"])
            .envs(VARIABLES.into_iter().zip(values))
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("another process"))
    }

    /// By the system's `kill`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("a program").success(), "{signal}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().expect("a process of ours"); // by SIGKILL
        self.0.wait().expect("its end");
    }
}

/// How many attempts have been noted.
pub(crate) fn starts(notes: &Path) -> usize {
    std::fs::read_to_string(notes).unwrap_or_default().lines().count()
}

/// Kills one of two workers again and again, while they run tasks: each task ends well. `disturb` is
/// called after each kill, with its number, from 0. Whether a task ended twice, the database knows.
async fn kill_workers(queue: &Queue, place: &str, notes: &Path, mut disturb: impl FnMut(usize)) {
    let heartbeat = Duration::from_millis(200);
    let note = |_| Note { takes: Duration::from_millis(40) };
    let handles = queue.enqueue_all((0..TASKS).map(note)).await.unwrap();
    let start = || Process::start(place, notes, heartbeat);
    let mut workers = [start(), start()];
    for kill in 0..KILLS {
        // In the middle of work, whichever of the two does it.
        let seen = starts(notes);
        until(async || starts(notes) > seen + SLOTS).await;
        let worker = &mut workers[kill % 2];
        worker.0.kill().expect("a process of ours");
        disturb(kill);
        *worker = start();
    }
    let mut crashes = 0;
    let all = async {
        for handle in &handles {
            crashes += handle.wait(Duration::from_mins(2)).await.expect("its own output");
        }
    };
    timeout(Duration::from_mins(2), all).await.expect("all of them end");
    drop(workers);
    let started = starts(notes);
    assert!(crashes > 0, "nobody was killed in the middle of work");
    // At least once each, and again only what a killed worker held: for each slot one that ran, and
    // one whose end was not written yet.
    assert!((TASKS..=TASKS + 2 * KILLS * SLOTS).contains(&started), "{started} starts");
    assert!(started <= TASKS + crashes as usize, "{started} starts, {crashes} crashes");
    assert!(queue.dead().list().await.unwrap().is_empty());
}

/// How many tasks ended, and how many ends were written, by the table of a trigger.
const COUNT_ENDS: &str = "SELECT count(DISTINCT id), count(*) FROM ends";

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn nothing_is_lost_in_a_file_when_workers_are_killed() {
    use sqlx::{Connection as _, Executor as _};

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let file = file.to_str().expect("a path of letters");
    let queue = open(file).await;
    let mut connection = sqlx::SqliteConnection::connect(file).await.expect("the file");
    let trigger = "CREATE TABLE ends (id BLOB); \
        CREATE TRIGGER an_end AFTER UPDATE ON persevere_tasks WHEN NEW.state = 'done' \
        BEGIN INSERT INTO ends VALUES (NEW.id); END";
    connection.execute(trigger).await.expect("a trigger");
    kill_workers(&queue, file, &folder.path().join("notes"), |_| ()).await;
    let ends = sqlx::query_as::<_, (i64, i64)>(COUNT_ENDS).fetch_one(&mut connection).await;
    let tasks = i64::try_from(TASKS).unwrap();
    assert_eq!(ends.expect("the ends"), (tasks, tasks), "each once");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn nothing_is_lost_on_a_server_that_restarts_when_workers_are_killed() {
    use sqlx::ConnectOptions as _;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut postgres = crate::services::postgres::Postgres::start(&[]);
    let place = postgres.options().to_url_lossy().to_string();
    let queue = open(&place).await;
    let pool = sqlx::PgPool::connect_lazy(&place).expect("an address");
    let trigger = "CREATE TABLE ends (id uuid); \
        CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN INSERT INTO ends VALUES (NEW.id); RETURN NULL; END $$; \
        CREATE TRIGGER an_end AFTER UPDATE ON persevere.tasks FOR EACH ROW \
            WHEN (NEW.state = 'done') EXECUTE FUNCTION note_end()";
    sqlx::raw_sql(trigger).execute(&pool).await.expect("a trigger");
    let restart = |kill| {
        if kill % 3 == 1 {
            postgres.stop();
            postgres.start_again();
        }
    };
    kill_workers(&queue, &place, &folder.path().join("notes"), restart).await;
    let ends = sqlx::query_as::<_, (i64, i64)>(COUNT_ENDS).fetch_one(&pool).await;
    let tasks = i64::try_from(TASKS).unwrap();
    assert_eq!(ends.expect("the ends"), (tasks, tasks), "each once");
}

/// The process that copies is killed in the middle; the next one goes on, with one page twice at most.
async fn kill_a_copier(queue: &Queue, place: &str, notes: &Path) {
    let handle = queue.enqueue(Copy { pages: 40 }).await.unwrap();
    let start = || Process::start(place, notes, Duration::from_millis(200));
    let killed = start();
    until(async || starts(notes) > 10).await;
    drop(killed);
    let copied = starts(notes);
    let _worker = start();
    let first = handle.wait(Duration::from_mins(2)).await.expect("it ends");
    let pages = std::fs::read_to_string(notes).expect("notes");
    let pages: Vec<u32> = pages.lines().map(|page| page.parse().expect("a number")).collect();
    assert_eq!(pages[copied..], (first..40).collect::<Vec<_>>(), "after the kill");
    assert_eq!(pages[..copied], (0..=pages[copied - 1]).collect::<Vec<_>>(), "before it");
    let last = pages[copied - 1];
    assert!(first == last || first == last + 1, "page {last}, then page {first}");
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_checkpoint_in_a_file_outlives_the_process() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let file = file.to_str().expect("a path of letters");
    kill_a_copier(&open(file).await, file, &folder.path().join("notes")).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_checkpoint_on_a_server_outlives_the_process() {
    use sqlx::ConnectOptions as _;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let postgres = crate::services::postgres::Postgres::start(&[]);
    let place = postgres.options().to_url_lossy().to_string();
    kill_a_copier(&open(&place).await, &place, &folder.path().join("notes")).await;
}
