//! What is measured of each subject.

use std::collections::HashMap;
use std::time::Duration;

use benches::children::text;
use benches::table::figure;
use tokio::time::sleep;

use crate::log::{self, Line};
use crate::place::Place;
use crate::subjects::Subject;

/// How long to wait for a task that does not begin.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many tasks are timed one by one.
const TIMED: usize = 200;

/// Some spans, in milliseconds.
pub(crate) struct Span {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) max: f64,
}

impl Span {
    fn of(mut micros: Vec<i64>) -> Self {
        assert!(!micros.is_empty(), "nothing was measured");
        micros.sort_unstable();
        #[allow(clippy::cast_precision_loss, reason = "far below 2⁵³")]
        let at = |percent: usize| micros[(micros.len() - 1) * percent / 100] as f64 / 1_000.0;
        Self { p50: at(50), p95: at(95), max: at(100) }
    }
}

/// What became of tasks whose workers were killed.
pub(crate) struct Lost {
    pub(crate) lost: usize,
    pub(crate) ended_twice: usize,
}

/// How many empty tasks two processes run in a second: from the first one's beginning to the last
/// one's.
pub(crate) async fn throughput(subject: &Subject<'_>, slots: usize) -> f64 {
    let place = subject.place().await;
    text(&mut subject.enqueue(&place, "empty", subject.empty));
    let workers = [subject.work(&place, slots), subject.work(&place, slots)];
    let all = log::reaches(&place.log, subject.empty, PATIENCE).await;
    assert!(all, "{}: tasks that nobody runs", subject.title);
    drop(workers);
    let began: Vec<_> = log::read(&place.log).iter().map(|line| line.began).collect();
    let first = began.iter().min().expect("tasks");
    let span = began.iter().max().expect("tasks") - first;
    figure(began.len()) / Duration::from_micros(span).as_secs_f64()
}

/// The milliseconds from before a task is stored until it begins, with an idle worker in another
/// process.
pub(crate) async fn starts(subject: &Subject<'_>) -> Span {
    let lines = timed(subject, "stamped", TIMED).await;
    Span::of(lines.iter().map(|line| span(line.at, line.began)).collect())
}

/// By how many milliseconds a retry begins after it was due.
pub(crate) async fn lateness(subject: &Subject<'_>) -> Span {
    let lines = timed(subject, "failing", 2 * TIMED).await;
    let first = lines.iter().filter(|line| line.attempt == 1).map(|line| (line.number, line.began));
    let first: HashMap<_, _> = first.collect();
    let second = lines.iter().filter(|line| line.attempt == 2);
    let late = second.map(|line| span(first[&line.number] + subject.retry, line.began));
    Span::of(late.collect())
}

fn span(from: u64, to: u64) -> i64 {
    to.cast_signed() - from.cast_signed()
}

/// Stores tasks one by one, and waits for as many beginnings.
async fn timed(subject: &Subject<'_>, what: &str, beginnings: usize) -> Vec<Line> {
    let place = subject.place().await;
    // One to warm up: when it begins, the worker is there.
    text(&mut subject.enqueue(&place, "empty", 1));
    let worker = subject.work(&place, 10);
    assert!(log::reaches(&place.log, 1, PATIENCE).await, "{}: no worker", subject.title);
    text(&mut subject.enqueue(&place, what, TIMED));
    let all = log::reaches(&place.log, 1 + beginnings, PATIENCE).await;
    assert!(all, "{}: tasks that nobody runs", subject.title);
    drop(worker);
    let lines = log::read(&place.log);
    lines.into_iter().filter(|line| line.what == what).collect()
}

/// The milliseconds for storing a thousand tasks, after one that opens connections.
pub(crate) async fn thousand(subject: &Subject<'_>) -> f64 {
    let place = subject.place().await;
    text(&mut subject.enqueue(&place, "empty", 1));
    let seconds = text(&mut subject.enqueue(&place, "empty", 1_000));
    seconds.trim().parse::<f64>().expect("a number of seconds") * 1_000.0
}

/// 1000 tasks of 20 ms, two processes of 8 slots, of which one is killed eight times.
pub(crate) async fn kills(subject: &Subject<'_>) -> Lost {
    const TASKS: usize = 1_000;
    let place = subject.place().await;
    text(&mut subject.enqueue(&place, "slow", TASKS));
    subject.note_ends(&place).await;
    let start = || subject.work(&place, subject.slots[0].min(8));
    let mut workers = [start(), start()];
    for kill in 0..8 {
        log::reaches(&place.log, 40 + kill * 100, PATIENCE).await;
        drop(std::mem::replace(&mut workers[kill % 2], start()));
    }
    let (lost, twice) = ended(subject, &place, TASKS).await;
    drop(workers);
    Lost { lost, ended_twice: twice }
}

/// Waits until all have ended, a minute at most: how many are missing, and how many ends are too many.
async fn ended(subject: &Subject<'_>, place: &Place, tasks: usize) -> (usize, usize) {
    let mut ends = subject.ends(place).await;
    for _ in 0..120 {
        if ends.0 == tasks {
            break;
        }
        sleep(Duration::from_millis(500)).await;
        ends = subject.ends(place).await;
    }
    sleep(Duration::from_secs(1)).await; // for an end too many
    let (different, all) = subject.ends(place).await;
    (tasks - different, all - different)
}
