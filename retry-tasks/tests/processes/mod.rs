//! Several processes on one database. They are a test's own program, called for [`child`].
#![allow(dead_code, reason = "not every program uses all")]

#[path = "../place/mod.rs"]
mod place;

use std::collections::HashMap;
use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, process};

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{
    Ask, Leased, Payload, Settled, Settlement, State, Transition, Wanted,
};
use persevere_tasks::{Queue, QueueError, Task};
use tokio::time::sleep;

use place::open;

/// A task whose arguments are a number.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Count {
    pub(crate) number: u32,
    pub(crate) padding: String,
}

impl Task for Count {
    type Output = u32;
    const NAME: &'static str = "count";
}

pub(crate) fn count(number: u32) -> Count {
    Count { number, padding: String::new() }
}

/// The variables that a child is called with: the database, its log, and how many tasks it enqueues.
const VARIABLES: [&str; 3] = ["TASKS_PLACE", "TASKS_LOG", "TASKS_OWN"];

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

pub(crate) fn done(leased: &Leased) -> Settlement {
    let output = Payload::of(&1_u32).expect("a number");
    settlement(leased, Transition::Done { output, then: vec![] })
}

pub(crate) fn dead(leased: &Leased) -> Settlement {
    let error = "unreadable".to_owned();
    settlement(leased, Transition::Dead { reason: GiveUp::Unreadable, error })
}

/// A file's path, or the address of a server.
pub(crate) fn spawn(place: &str, log: &Path, own: usize) -> Child {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "processes::child", "--ignored", "--nocapture", "--quiet"]);
    let values = [place.into(), log.into(), OsString::from(own.to_string())];
    command.envs(VARIABLES.into_iter().zip(values));
    command.stdout(Stdio::null()).spawn().expect("a process")
}

/// An answer, which a file gives at once. A server may be down for a while.
async fn answer<T, F>(place: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, QueueError>>,
{
    for _ in 0..1_000 {
        match ask().await {
            Ok(answer) => return answer,
            Err(QueueError::Unavailable(_)) if place.starts_with("postgres:") => {
                sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{place} does not come back");
}

/// What a child does: it enqueues, and works until all is done. It logs each start, and each end that
/// was written.
#[tokio::test]
#[ignore = "a process that the other tests start"]
async fn child() {
    let [place, log, own] = VARIABLES.map(|name| env::var(name).expect("called by a test"));
    let queue = open(&place).await;
    for number in 0..own.parse().expect("a number") {
        queue.enqueue(count(number)).await.expect("a locked file is waited for");
    }
    let engine = queue.engine();
    let mut log = fs::OpenOptions::new().append(true).create(true).open(log).expect("a log");
    loop {
        answer(&place, || engine.recover(10)).await;
        let leases = answer(&place, || async { engine.lease(&ask(5)).await }).await;
        note(&mut log, "start", &leases.rows);
        if leases.rows.is_empty() {
            if answer(&place, || engine.stats()).await.iter().all(|of| of.waiting + of.running == 0)
            {
                return;
            }
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        sleep(Duration::from_millis(2)).await; // the tasks themselves
        let settlements: Vec<_> = leases.rows.iter().map(done).collect();
        let settled = answer(&place, || engine.settle(&settlements)).await;
        let written = leases.rows.into_iter().zip(settled);
        let written = written.filter(|(_, settled)| *settled == Settled::Written);
        note(&mut log, "end", &written.map(|(leased, _)| leased).collect::<Vec<_>>());
    }
}

fn note(log: &mut fs::File, what: &str, leased: &[Leased]) {
    use std::io::Write as _;

    let lines: Vec<_> = leased.iter().map(|leased| format!("{what} {}\n", leased.row.id)).collect();
    log.write_all(lines.concat().as_bytes()).expect("a log");
}

/// How often each task is in a log with that word.
pub(crate) fn lines(log: &Path, what: &str) -> HashMap<String, usize> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let mut counts = HashMap::new();
    for id in text.lines().filter_map(|line| line.strip_prefix(what)) {
        *counts.entry(id.trim().to_owned()).or_default() += 1;
    }
    counts
}

/// Kills one of two workers again and again, while they run 400 tasks: none is lost, and none ends
/// twice. `disturb` is called after each kill.
pub(crate) async fn kill_workers(
    queue: &Queue,
    place: &str,
    log: &Path,
    mut disturb: impl FnMut(),
) {
    let handles = queue.enqueue_all((0..400).map(count)).await.expect("an engine that works");
    let mut children: Vec<_> = (0..2).map(|_| spawn(place, log, 0)).collect();
    for kill in 1..=8 {
        while lines(log, "start").len() < kill * 40 {
            sleep(Duration::from_millis(1)).await;
        }
        let victim = &mut children[kill % 2];
        victim.kill().expect("a process of ours"); // by SIGKILL
        victim.wait().expect("a process of ours");
        disturb();
        *victim = spawn(place, log, 0);
    }
    for mut child in children {
        assert!(child.wait().expect("a process of ours").success());
    }
    let ends = lines(log, "end");
    assert!(ends.values().all(|&count| count == 1), "none ended twice");
    let mut crashes = 0;
    for handle in handles {
        let look = queue.engine().look(&[handle.id()]).await.expect("an engine that works");
        let look = look[0].as_ref().expect("none is lost");
        assert!(matches!(look.state, State::Done { .. }), "{look:?}");
        crashes += look.row.progress.crashes;
    }
    let starts: usize = lines(log, "start").values().sum();
    assert!(starts <= 400 + crashes as usize, "{starts} starts, {crashes} crashes");
    assert!(queue.waiting::<Count>().await.expect("an engine that works").is_empty());
}
