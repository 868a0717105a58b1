//! What a lease and a list of the dead take beside many tasks that have ended.

use std::time::{Duration, Instant};

use persevere_tasks::engine::{Ask, Leased, Payload, Settlement, Transition, Wanted};
use persevere_tasks::{Queue, Task as _};

use crate::log::now;
use crate::ours::{Probe, open};
use crate::subjects::Services;

/// How many tasks are leased, one by one.
const LEASES: usize = 400;

/// Half of them done, to be pruned some day; half of them dead, for two reasons.
const ENDED: &str = "\
    1, 'default', '{\"what\":\"empty\",\"number\":1,\"at\":0}', '{}', 1, \
    CASE n % 2 WHEN 0 THEN 'done' ELSE 'dead' END, n, n, n, \
    CASE n % 20 WHEN 1 THEN 'permanent' ELSE 'exhausted' END, 'no', n, \
    CASE n % 2 WHEN 0 THEN 4000000000000000 + n END";

const COLUMNS: &str = "id, task, version, queue, args, envelope, priority, state, enqueued, first_due, \
    due, reason, error, ended, keep_until";

pub(crate) async fn run(rows: usize) {
    let services = Services::of_ours();
    println!(
        "| beside {rows} tasks that have ended | lease p50 | p95 | max | 1000 of the dead | pruning in vain |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for subject in services.subjects() {
        let place = subject.place().await;
        let queue = open(&place.address).await;
        let fill = if subject.name == "sqlite" {
            format!(
                "WITH RECURSIVE numbers (n) AS \
                    (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows}) \
                 INSERT INTO persevere_tasks ({COLUMNS}) \
                 SELECT CAST(printf('%016d', n) AS BLOB), 'probe', {ENDED} FROM numbers"
            )
        } else {
            format!(
                "INSERT INTO persevere.tasks ({COLUMNS}) \
                 SELECT lpad(to_hex(n), 32, '0')::uuid, 'probe', {ENDED} \
                 FROM generate_series(1, {rows}) AS numbers (n)"
            )
        };
        place.execute(&fill).await;
        println!("| {} | {} |", subject.title, measure(&queue).await);
    }
}

async fn measure(queue: &Queue) -> String {
    let probe = |number| Probe { what: "empty".to_owned(), number, at: now() };
    queue.enqueue_all((0..LEASES).map(probe)).await.expect("a queue that answers");
    let engine = queue.engine();
    let ask = Ask {
        worker: "one".to_owned(),
        tasks: vec![Wanted { names: vec![Probe::NAME.to_owned()], version: 1, room: 1 }],
        room: 1,
        suspects: 1,
        span: Duration::from_mins(1),
    };
    let mut leases = Vec::new();
    for _ in 0..LEASES {
        let started = Instant::now();
        let rows = engine.lease(&ask).await.expect("a queue that answers").rows;
        leases.push(started.elapsed());
        engine.settle(&[done(&rows[0])]).await.expect("a queue that answers");
    }
    leases.sort_unstable();
    let at = |percent: usize| millis(leases[(LEASES - 1) * percent / 100]);
    let started = Instant::now();
    let dead = queue.dead().list().await.expect("a list").len();
    let listed = millis(started.elapsed());
    let started = Instant::now();
    assert_eq!(engine.prune(1_000).await.expect("a queue that answers"), 0, "none is old enough");
    let pruned = millis(started.elapsed());
    assert!(dead > 0);
    format!("{} | {} | {} | {listed} | {pruned}", at(50), at(95), at(100))
}

fn done(leased: &Leased) -> Settlement {
    Settlement {
        held: leased.held(),
        progress: leased.row.progress.clone(),
        attempts: leased.row.attempts.clone(),
        transition: Transition::Done {
            output: Payload::of(&()).expect("it is null"),
            then: vec![],
        },
        keep: Duration::from_hours(1),
    }
}

fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1_000.0)
}
