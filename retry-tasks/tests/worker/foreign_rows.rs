//! Rows that no release of ours has written, between tasks of ours: neither a worker nor a queue is
//! harmed by them, and none of ours is kept waiting.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_tasks::{Dead, DeadLetters, Queue, Worker, testing};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, query_as, query_scalar};
use tokio::time::timeout;

use crate::rig::{Act, SECOND, Stage, act, worker};
use crate::subscribed::log::Log;

/// What stands in each column, in SQL: each is combined with each.
const ARGS: [&str; 7] = [
    r#"'{"letters":"o"}'"#,
    "'}'",
    "''",
    "'5'",
    "CAST(x'7bff7d' AS TEXT)",
    "replace(hex(zeroblob(5000)), '00', '[')",
    "hex(zeroblob(500000))",
];
const PROGRESS: [&str; 7] = [
    "'{}'",
    "'['",
    "CAST(x'7bff7d' AS TEXT)",
    r#"'{"retries":-1,"waited_ms":1e300,"failures":"many"}'"#,
    r#"'{"retries":4294967295,"failures":4294967295,"postponed":4294967295,"released":4294967295,
        "waited_ms":18446744073709551615,"delay_ms":18446744073709551615,"granted":"failure",
        "attempts_within":4294967295}'"#,
    r#"'{"crashes":4294967295}'"#,
    "hex(zeroblob(1000000))",
];
const ENVELOPE: [&str; 4] = [
    "'{}'",
    "'no'",
    "CAST(x'ff' AS TEXT)",
    r#"'{"deadline_ms":18446744073709551615,"start_within_ms":18446744073709551615,"traceparent":5}'"#,
];
/// When it was due, the number of its last lease, and its history.
const REST: [&str; 2] = [
    "0, 0, '[]'",
    r#"-9223372036854775807, 9223372036854775807,
        '[{"at_us":-9223372036854775808,"took_ms":18446744073709551615,"error":"' || hex(zeroblob(9000)) || '"}]'"#,
];

/// All of them, as a list in SQL.
fn foreign(state: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for args in ARGS {
        for progress in PROGRESS {
            for envelope in ENVELOPE {
                for rest in REST {
                    rows.push(format!("({args}, {progress}, {envelope}, {rest}, '{state}')"));
                }
            }
        }
    }
    rows
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.expect("the file")
}

/// Stores them, in small statements.
async fn store(connection: &mut SqliteConnection, rows: &[String]) {
    for rows in rows.chunks(50) {
        let values = rows.join(", ");
        let insert = format!(
            "WITH rows (args, progress, envelope, due, lease, attempts, state) AS (VALUES {values}) \
             INSERT INTO persevere_tasks (id, task, version, queue, args, envelope, priority, state, \
                enqueued, first_due, due, progress, attempts, lease, since, until, worker) \
             SELECT randomblob(16), 'act', 1, CAST(x'ff' AS TEXT), args, envelope, 1, state, \
                due, due, due, progress, attempts, lease, due, due, CAST(x'ff' AS TEXT) FROM rows"
        );
        connection.execute(AssertSqlSafe(insert)).await.expect("rows");
    }
}

/// How many there are in each state.
async fn states(connection: &mut SqliteConnection) -> Vec<(String, i64)> {
    let states = "SELECT state, count(*) FROM persevere_tasks GROUP BY state ORDER BY state";
    query_as(states).fetch_all(connection).await.expect("numbers")
}

/// All of a list, page by page, each once.
async fn all_of(which: &DeadLetters) -> Vec<Dead> {
    let mut all: Vec<Dead> = Vec::new();
    loop {
        let page = match all.last() {
            Some(last) => which.clone().after(last).list().await.unwrap(),
            None => which.clone().list().await.unwrap(),
        };
        if page.is_empty() {
            let ids: HashSet<_> = all.iter().map(|dead| dead.id).collect();
            assert_eq!(ids.len(), all.len(), "each once");
            return all;
        }
        all.extend(page);
        assert!(all.len() < 10_000, "it does not end");
    }
}

/// Each is run, or dead for its own reason, and leased once; those that can be read are done.
#[tokio::test(start_paused = true)]
async fn each_foreign_row_ends_and_none_of_ours_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue = testing::sqlite(&file).await.unwrap();
    let mut connection = connect(&file).await;
    store(&mut connection, &foreign("waiting")).await;
    let foreign = foreign("waiting").len();
    let ours = queue.enqueue_all((0..50).map(|_| act("fo"))).await.unwrap();
    let stage = Stage::new();
    let run = worker(&queue, stage).max_inline_wait(Duration::ZERO).run_until_idle();
    let ended = timeout(3_600 * SECOND, run).await.expect("it does not loop").unwrap();
    assert_eq!((ended.released, ended.abandoned), (0, 0));
    for handle in ours {
        assert_eq!(handle.wait(SECOND).await.unwrap(), 2);
    }
    let states = states(&mut connection).await;
    let [(dead, died), (done, ended)] = &states[..] else { panic!("{states:?}") };
    assert_eq!((dead.as_str(), done.as_str()), ("dead", "done"));
    assert_eq!(usize::try_from(*died + *ended), Ok(foreign + 50));

    // With their arguments as they were.
    let listed = all_of(&queue.dead().because(GiveUp::Unreadable)).await;
    assert!(listed.iter().any(|dead| dead.args == "}"));
    assert!(listed.iter().all(|dead| dead.attempts.iter().count() <= 20));
    let kept = "SELECT count(DISTINCT args) FROM persevere_tasks WHERE state = 'dead'";
    let kept: i64 = query_scalar(kept).fetch_one(&mut connection).await.unwrap();
    assert_eq!(usize::try_from(kept), Ok(ARGS.len()));
    let lost = all_of(&queue.dead().because(GiveUp::WorkerLost)).await;
    assert_eq!(lost.len(), foreign / PROGRESS.len(), "those with four billion crashes");

    // And again.
    let requeued = queue.dead().requeue().await.unwrap();
    assert_eq!(requeued, u64::try_from(*died).unwrap());
    let run = worker(&queue, stage).run_until_idle();
    timeout(3_600 * SECOND, run).await.expect("it does not loop").unwrap();
    let unreadable = all_of(&queue.dead().because(GiveUp::Unreadable)).await;
    assert_eq!(unreadable.len(), foreign / ARGS.len() * (ARGS.len() - 1));
    assert_eq!(queue.dead().discard().await.unwrap(), unreadable.len() as u64);
}

/// Their workers are unknown; the pause after four billion crashes is longer than anybody waits.
#[tokio::test(start_paused = true)]
async fn foreign_leases_run_out_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue = testing::sqlite(&file).await.unwrap();
    let mut connection = connect(&file).await;
    let rows = foreign("running");
    store(&mut connection, &rows).await;
    let mut recovered = 0;
    while recovered < rows.len() {
        let lost = queue.engine().recover(100).await.unwrap();
        assert!(!lost.is_empty(), "{recovered} of {}", rows.len());
        recovered += lost.len();
    }
    assert!(queue.engine().recover(100).await.unwrap().is_empty());
    let counted = queue.stats().await.unwrap();
    assert_eq!((counted[0].waiting, counted[0].due), (rows.len() as u64, 0));
    assert_eq!((counted.len(), counted[0].running), (1, 0));
}

/// Whoever switches the tables' checks off may store states and ids that there are not.
#[tokio::test(start_paused = true)]
async fn unknown_states_and_ids_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue = testing::sqlite(&file).await.unwrap();
    let mut connection = connect(&file).await;
    connection.execute("PRAGMA ignore_check_constraints = ON").await.unwrap();
    let mut rows = foreign("sleeping");
    rows.truncate(10);
    store(&mut connection, &rows).await;
    let odd = "UPDATE persevere_tasks SET id = x'01', state = 'dead' WHERE rowid = 1; \
        UPDATE persevere_tasks SET id = zeroblob(40), state = 'running' WHERE rowid = 2; \
        UPDATE persevere_tasks SET ended = NULL WHERE rowid = 1";
    connection.execute(odd).await.unwrap();
    let ours = queue.enqueue(act("o")).await.unwrap();
    let run = worker(&queue, Stage::new()).run_until_idle();
    timeout(3_600 * SECOND, run).await.expect("it does not loop").unwrap();
    assert_eq!(ours.wait(SECOND).await.unwrap(), 1);
    assert!(queue.dead().list().await.unwrap().is_empty(), "its id is no id");
    assert_eq!(queue.dead().requeue().await.unwrap(), 0);
    let states = states(&mut connection).await;
    assert!(states.contains(&("sleeping".to_owned(), 8)), "{states:?}");
}

/// More than any queue takes: they are dead, and stay in the file.
#[tokio::test(start_paused = true)]
async fn arguments_of_a_hundred_megabytes_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue = testing::sqlite(&file).await.unwrap();
    let mut connection = connect(&file).await;
    let huge = "('{\"letters\":\"' || hex(zeroblob(50000000)) || '\"}', '{}', '{}', 0, 0, '[]', 'waiting')";
    store(&mut connection, &[huge.to_owned()]).await;
    let stage = Stage::new();
    worker(&queue, stage).run_until_idle().await.unwrap();
    let dead = queue.dead().list().await.unwrap();
    assert_eq!((dead[0].reason, dead[0].args.as_str()), (GiveUp::Unreadable, Some("…")));
    let length: i64 = query_scalar("SELECT octet_length(args) FROM persevere_tasks")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((length, stage.starts()), (100_000_014, 0));
}

/// A list of the dead is read in pieces, and ends, whatever stands in the column of their ends.
#[tokio::test(start_paused = true)]
async fn large_and_timeless_dead_are_listed_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let queue = testing::sqlite(folder.path().join("tasks.db")).await.unwrap();
    let mut connection = connect(&folder.path().join("tasks.db")).await;
    let large =
        "('{\"letters\":\"' || hex(zeroblob(1000000)) || '\"}', '{}', '{}', 0, 0, '[]', 'dead')";
    store(&mut connection, &vec![large.to_owned(); 40]).await;
    let ends = "UPDATE persevere_tasks SET ended = CASE rowid % 5 WHEN 0 THEN -9223372036854775808 \
        WHEN 1 THEN 9223372036854775807 WHEN 2 THEN 0 ELSE -4611686018427387905 END";
    connection.execute(ends).await.unwrap();
    assert_eq!(queue.dead().list().await.unwrap().len(), 8, "of 2 MB each");
    let ids: HashSet<_> = all_of(&queue.dead()).await.into_iter().map(|dead| dead.id).collect();
    assert_eq!(ids.len(), 40);
}

/// Who holds a key is said by 1. Two rows that say so by another number are no twins, and keep no other lost
/// task from being recovered; what they are called breaks no line of the log.
#[tokio::test(start_paused = true)]
async fn odd_flags_and_names_keep_nobody_from_being_recovered() {
    let (log, _guard) = Log::start(tracing::Level::WARN);
    let folder = tempfile::tempdir().unwrap();
    let queue = testing::sqlite(folder.path().join("tasks.db")).await.unwrap();
    let mut connection = connect(&folder.path().join("tasks.db")).await;
    store(&mut connection, &foreign("running")[..4]).await;
    let odd = "UPDATE persevere_tasks SET holds_key = 7, begun = -1, from_start = 5, suspect = 3, key = 'k', \
        task = 'act' || char(10) || 'FORGED' WHERE rowid < 4";
    connection.execute(odd).await.unwrap();
    let run = worker(&queue, Stage::new()).run_until(tokio::time::sleep(5 * SECOND));
    run.await.unwrap();
    let recovered = states(&mut connection).await;
    assert_eq!(recovered.iter().map(|(_, count)| count).sum::<i64>(), 4);
    assert!(!recovered.iter().any(|(state, _)| state == "running"), "{recovered:?}");
    let text = log.text();
    assert!(text.contains("act\\nFORGED") && !text.contains("\nFORGED"), "{text}");
}

/// A clock that was wrong for a while, or somebody else, has written a last tick that cannot be.
#[tokio::test(start_paused = true)]
async fn a_schedule_goes_on_from_a_last_tick_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let queue = testing::sqlite(folder.path().join("tasks.db")).await.unwrap();
    let mut connection = connect(&folder.path().join("tasks.db")).await;
    for last in ["9223372036854775807", "-9223372036854775808", "0", "253402300800000000"] {
        connection
            .execute(AssertSqlSafe(format!(
                "INSERT OR REPLACE INTO persevere_schedules VALUES ('often', {last})"
            )))
            .await
            .unwrap();
        let before = queue.waiting::<Act>().await.unwrap().len();
        let scheduled = Worker::new(&queue, ()).schedule("often", "* * * * *", |_| act("o"));
        scheduled.run_until(tokio::time::sleep(Duration::from_mins(5))).await.unwrap();
        let ticks = queue.waiting::<Act>().await.unwrap().len() - before;
        assert!((4..=6).contains(&ticks), "{ticks} after {last}");
    }
}

/// Two releases on one file: what the other one has noted stays.
#[tokio::test(start_paused = true)]
async fn keys_of_another_release_survive_an_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue: Queue = testing::sqlite(&file).await.unwrap();
    let mut connection = connect(&file).await;
    let row = r#"('{"letters":"ffo","colour":"red"}', '{"colour":"red"}', '{"colour":"red"}', 0, 0,
        '[{"at_us":1,"took_ms":1,"error":"e","colour":"red"}]', 'waiting')"#;
    store(&mut connection, &[row.to_owned()]).await;
    for _ in 0..3 {
        worker(&queue, Stage::new()).max_inline_wait(Duration::ZERO).run_one().await.unwrap();
        let rows = "SELECT state, args, progress, envelope, attempts FROM persevere_tasks";
        let row: (String, String, String, String, String) =
            query_as(rows).fetch_one(&mut connection).await.unwrap();
        for text in [&row.1, &row.2, &row.3, &row.4] {
            assert!(text.contains(r#""colour":"red""#), "{row:?}");
        }
        tokio::time::advance(10 * SECOND).await;
    }
    assert_eq!(states(&mut connection).await, [("done".to_owned(), 1)]);
}
