//! Rows that no release of ours has written.

use persevere_tasks::Queue;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tempfile::tempdir;

use crate::program::{Came, Program};

/// Texts that would move a terminal's cursor, are no UTF-8, or are huge; numbers at both ends.
const ROWS: &str = "\
    INSERT INTO persevere_tasks (id, task, version, queue, args, envelope, priority, state, enqueued, \
        first_due, due, progress, attempts, worker, since, until, reason, error, ended, output) \
    SELECT randomblob(16), \
        CASE value % 3 WHEN 0 THEN char(27) || '[2J' || char(155) || '1A' WHEN 1 THEN CAST(x'ff00fe' AS TEXT) \
            ELSE hex(zeroblob(1000000)) END, \
        9223372036854775807, char(13) || 'q', '{\"deep\":' || replace(hex(zeroblob(5000)), '00', '['), \
        '[[[', -7, \
        CASE value % 5 WHEN 0 THEN 'waiting' WHEN 1 THEN 'running' WHEN 2 THEN 'dead' \
            WHEN 3 THEN 'done' ELSE 'cancelled' END, \
        9223372036854775807, -9223372036854775807, -9223372036854775807, \
        CASE value % 2 WHEN 0 THEN '{\"waited_ms\":18446744073709551615,\"failures\":-1}' ELSE hex(zeroblob(1000000)) END, \
        '[{\"at_us\":-9223372036854775808,\"took_ms\":18446744073709551615,\"error\":\"' || char(27) || '\"}]', \
        char(27) || ']0;title', NULL, NULL, 'struck_by_lightning', hex(zeroblob(1000000)), NULL, '}' \
    FROM generate_series";

fn assert_is_plain(came: &Came) {
    assert_eq!((came.code, came.error.as_str()), (Some(0), ""), "{came:?}");
    let is_plain = |c: char| c == '\n' || !c.is_control();
    assert!(came.out.chars().all(is_plain), "{:?}", came.out);
    let longest = came.out.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 200_000, "a line of {longest} bytes");
}

#[tokio::test]
async fn foreign_rows_are_shown_without_harm() {
    let folder = tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    Queue::sqlite(&file).await.expect("a new file");
    let mut connection =
        SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
    let numbers = "(WITH RECURSIVE n (value) AS (VALUES (0) UNION ALL SELECT value + 1 FROM n \
        WHERE value < 29) SELECT value FROM n)";
    let rows = ROWS.replace("generate_series", numbers);
    connection.execute(sqlx::AssertSqlSafe(rows)).await.expect("rows");

    let program = Program(file.to_str().expect("letters"));
    assert_is_plain(&program.call(&["stats"]));
    assert_is_plain(&program.call(&["tasks"]));
    assert_is_plain(&program.call(&["dead"]));
    assert_is_plain(&program.json(&["stats"]));
    let listed = program.json(&["tasks"]);
    assert_is_plain(&listed);
    let listed = listed.jsons();
    assert_eq!(listed.len(), 30);
    assert_eq!(program.json(&["dead", "--limit", "99"]).jsons().len(), 6);
    for task in &listed {
        let id = task["id"].as_str().expect("an id");
        assert_is_plain(&program.call(&["show", "--args", id]));
        assert_is_plain(&program.json(&["show", "--args", id]));
    }
    assert_eq!(program.call(&["requeue", "--all"]).out, "requeued 6\n");
    assert_eq!(program.call(&["discard", "--all"]).out, "discarded 0\n");
    let id = listed[29]["id"].as_str().expect("an id");
    let cancelled = program.call(&["cancel", id]);
    assert!(cancelled.code.is_some_and(|code| code < 2), "{cancelled:?}");
}
