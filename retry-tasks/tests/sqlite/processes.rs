//! Several processes on one file. They are this test's own program, called for [`child`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, process};

use persevere_core::engine::GiveUp;
use persevere_tasks::Queue;
use persevere_tasks::engine::{
    Ask, Engine, Leased, Payload, Settled, Settlement, Transition, Wanted,
};
use tempfile::tempdir;
use tokio::time::sleep;

use crate::{Count, count};

/// The variables that a child is called with: the file, its log, and how many tasks it enqueues.
const VARIABLES: [&str; 3] = ["TASKS_FILE", "TASKS_LOG", "TASKS_OWN"];

const LEASE: Duration = Duration::from_secs(3);

pub(crate) fn ask(room: usize) -> Ask {
    Ask {
        worker: format!("worker-{}", process::id()),
        tasks: vec![Wanted { names: vec!["count".to_owned()], version: 1, room }],
        room,
        suspects: 1,
        span: LEASE,
    }
}

fn settlement(leased: &Leased, transition: Transition) -> Settlement {
    Settlement {
        held: leased.held(),
        progress: leased.row.progress.clone(),
        attempts: leased.row.attempts.clone(),
        transition,
        keep: Duration::from_hours(1),
    }
}

fn done(leased: &Leased) -> Settlement {
    let output = Payload::of(&1_u32).expect("a number");
    settlement(leased, Transition::Done { output, then: vec![] })
}

pub(crate) fn dead(leased: &Leased) -> Settlement {
    let error = "unreadable".to_owned();
    settlement(leased, Transition::Dead { reason: GiveUp::Unreadable, error })
}

fn spawn(file: &Path, log: &Path, own: usize) -> Child {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "processes::child", "--ignored", "--nocapture", "--quiet"]);
    let values = [file.as_os_str(), log.as_os_str()].map(ToOwned::to_owned);
    let own = own.to_string().into();
    command.envs(VARIABLES.into_iter().zip(values.into_iter().chain([own])));
    command.stdout(Stdio::null()).spawn().expect("a process")
}

/// What a child does: it enqueues, and works until all is done. It logs each start and each end that
/// was written.
#[tokio::test]
#[ignore = "a process that the other tests start"]
async fn child() {
    let [file, log, own] = VARIABLES.map(|name| env::var(name).expect("called by a test"));
    let queue = Queue::sqlite(file).await.expect("a file that can be opened");
    for number in 0..own.parse().expect("a number") {
        queue.enqueue(count(number)).await.expect("nobody is told that the file is locked");
    }
    let engine = queue.engine();
    let mut log = fs::OpenOptions::new().append(true).create(true).open(log).expect("a log");
    loop {
        engine.recover(10).await.expect("an engine that works");
        let leases = engine.lease(&ask(5)).await.expect("an engine that works");
        note(&mut log, "start", &leases.rows);
        if leases.rows.is_empty() {
            if is_idle(engine.as_ref()).await {
                return;
            }
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        sleep(Duration::from_millis(2)).await; // the tasks themselves
        let settlements: Vec<_> = leases.rows.iter().map(done).collect();
        let settled = engine.settle(&settlements).await.expect("an engine that works");
        let written = leases.rows.into_iter().zip(settled);
        let written = written.filter(|(_, settled)| *settled == Settled::Written);
        note(&mut log, "end", &written.map(|(leased, _)| leased).collect::<Vec<_>>());
    }
}

/// Whether all that is enqueued has ended.
async fn is_idle(engine: &dyn Engine) -> bool {
    let stats = engine.stats().await.expect("an engine that works");
    stats.iter().all(|of| of.waiting + of.running == 0)
}

fn note(log: &mut fs::File, what: &str, leased: &[Leased]) {
    use std::io::Write as _;

    let lines: Vec<_> = leased.iter().map(|leased| format!("{what} {}\n", leased.row.id)).collect();
    log.write_all(lines.concat().as_bytes()).expect("a log");
}

/// How often each task is in a log with that word.
fn lines(log: &Path, what: &str) -> HashMap<String, usize> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let mut counts = HashMap::new();
    for id in text.lines().filter_map(|line| line.strip_prefix(what)) {
        *counts.entry(id.trim().to_owned()).or_default() += 1;
    }
    counts
}

struct Place {
    _folder: tempfile::TempDir,
    file: PathBuf,
    log: PathBuf,
}

fn place() -> Place {
    let folder = tempdir().expect("a temporary folder");
    let (file, log) = (folder.path().join("tasks.db"), folder.path().join("log"));
    Place { _folder: folder, file, log }
}

#[tokio::test]
async fn eight_processes_open_an_absent_file_and_each_task_starts_once() {
    let place = place();
    let children: Vec<_> = (0..8).map(|_| spawn(&place.file, &place.log, 100)).collect();
    for mut child in children {
        assert!(child.wait().expect("a process of ours").success());
    }
    for what in ["start", "end"] {
        let counts = lines(&place.log, what);
        assert_eq!(counts.len(), 800, "{what}");
        assert!(counts.values().all(|&count| count == 1), "{what}: each once");
    }
}

#[tokio::test]
async fn killed_workers_lose_nothing_and_end_nothing_twice() {
    let place = place();
    let queue = Queue::sqlite(&place.file).await.expect("a new file");
    let handles = queue.enqueue_all((0..400).map(count)).await.expect("an engine that works");
    let mut children: Vec<_> = (0..2).map(|_| spawn(&place.file, &place.log, 0)).collect();
    for kill in 1..=8 {
        while lines(&place.log, "start").len() < kill * 40 {
            sleep(Duration::from_millis(1)).await;
        }
        let victim = &mut children[kill % 2];
        victim.kill().expect("a process of ours"); // by SIGKILL
        victim.wait().expect("a process of ours");
        *victim = spawn(&place.file, &place.log, 0);
    }
    for mut child in children {
        assert!(child.wait().expect("a process of ours").success());
    }
    let ends = lines(&place.log, "end");
    assert!(ends.values().all(|&count| count == 1), "none ended twice");
    let mut crashes = 0;
    for handle in handles {
        let look = queue.engine().look(&[handle.id()]).await.expect("an engine that works");
        let look = look[0].as_ref().expect("none is lost");
        assert!(matches!(look.state, persevere_tasks::engine::State::Done { .. }), "{look:?}");
        crashes += look.row.progress.crashes;
    }
    let starts: usize = lines(&place.log, "start").values().sum();
    assert!(starts <= 400 + crashes as usize, "{starts} starts, {crashes} crashes");
    assert!(queue.waiting::<Count>().await.expect("an engine that works").is_empty());
}
