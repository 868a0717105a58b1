//! Rows that no release of ours has written.

use std::time::Duration;

use persevere_tasks::Queue;
use persevere_tasks::engine::{Listing, Selection};
use sqlx::Executor as _;
use sqlx::postgres::PgPoolOptions;

use crate::processes::{Count, ask, count, dead, done};
use crate::services::postgres::Postgres;

/// Each of these with each: arguments, progress, envelope, times and leases, history.
const ROWS: &str = r#"
    INSERT INTO persevere.tasks (id, task, version, queue, args, envelope, priority, state, enqueued,
        first_due, due, progress, attempts, lease, since, until, worker)
    SELECT gen_random_uuid(), 'count', 1, 'default', args, envelope, 1, $state, moment, moment, moment,
        progress::jsonb, attempts, lease, moment, moment, repeat('x', 5000)
    FROM unnest(ARRAY['{"number":1,"padding":""}', '}', '', '5', repeat('[', 5000)]) AS a (args),
        unnest(ARRAY['{}', '[1]', '5', '"text"', 'null', '{"retries":-1,"failures":"many"}',
            '{"crashes":4294967295,"waited_ms":18446744073709551615}',
            '{"pad":"' || repeat('x', 2000000) || '"}']) AS p (progress),
        unnest(ARRAY['{}', 'no', '{"deadline_ms":18446744073709551615}']) AS e (envelope),
        (VALUES (0::bigint, 0::bigint, '[]'), (-9223372036854775807, 9223372036854775807,
            '[{"at_us":-9223372036854775808,"took_ms":1,"error":"' || repeat('x', 9000) || '"}]'))
            AS m (moment, lease, attempts)"#;

#[tokio::test]
async fn foreign_rows_are_read_without_harm() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let rows = 5 * 8 * 3 * 2;
    pool.execute(sqlx::AssertSqlSafe(ROWS.replace("$state", "'waiting'"))).await.expect("rows");
    let ours = queue.enqueue(count(7)).await.expect("an engine that works");
    let stats = queue.stats().await.expect("numbers");
    assert_eq!((stats[0].waiting, stats[0].due), (rows + 1, rows + 1));
    assert!(stats[0].oldest_due > Some(Duration::from_hours(1)));

    let engine = queue.engine();
    let mut seen = 0;
    loop {
        let leases = engine.lease(&ask(100)).await.expect("rows that are read");
        if leases.rows.is_empty() {
            break;
        }
        seen += leases.rows.len() as u64;
        let settlements = leases.rows.iter().map(|leased| match leased.row.args.read::<Count>() {
            Ok(_) => done(leased),
            Err(_) => dead(leased),
        });
        let settled = engine.settle(&settlements.collect::<Vec<_>>()).await.expect("an engine");
        assert_eq!(settled.len(), leases.rows.len());
    }
    assert_eq!(seen, rows + 1);
    assert_eq!(ours.wait(Duration::from_mins(1)).await.expect("an output"), 1);

    pool.execute(
        "UPDATE persevere.tasks SET ended = NULL, reason = repeat('x', 5000) WHERE state = 'dead'",
    )
    .await
    .expect("rows");
    let died = rows / 5 * 4;
    assert_eq!(queue.dead().list().await.expect("a list").len() as u64, died);
    let all = Listing { state: None, task: None, because: None, since: None, limit: 9_999 };
    let ids = engine.list(&all).await.expect("a list");
    assert_eq!(engine.look(&ids).await.expect("tasks").len() as u64, rows + 1);
    let one = Selection { limit: Some(1), ..Selection::default() };
    assert_eq!(engine.requeue(&one).await.expect("an engine that works"), 1);
    assert_eq!(engine.requeue(&Selection::default()).await.expect("an engine"), died - 1);
    assert_eq!(engine.lease(&ask(9_999)).await.expect("an engine").rows.len() as u64, died);
}

#[tokio::test]
async fn foreign_leases_run_out_like_others() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    pool.execute(sqlx::AssertSqlSafe(ROWS.replace("$state", "'running'"))).await.expect("rows");
    let mut recovered = 0;
    while recovered < 240 {
        let lost = queue.engine().recover(100).await.expect("an engine that works");
        assert!(!lost.is_empty(), "{recovered}");
        recovered += lost.len();
    }
    let stats = queue.stats().await.expect("numbers");
    assert_eq!((stats[0].waiting, stats[0].running, stats[0].due), (240, 0, 0));
}

/// Numbers that are short as JSON has them here, and gigabytes as a text, would fail every lease.
#[tokio::test]
async fn progress_that_no_text_holds_is_refused_by_the_table() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let ours = queue.enqueue(count(7)).await.expect("an engine that works");
    let swollen = "UPDATE persevere.tasks SET progress = \
        ('{\"pad\":[' || repeat('1e131000,', 20000) || '1]}')::jsonb";
    let refused = pool.execute(swollen).await;
    assert!(refused.is_err(), "{refused:?}");
    let leases = queue.engine().lease(&ask(9)).await.expect("rows that are read");
    assert_eq!(leases.rows.len(), 1);
    assert_eq!(leases.rows[0].row.id, ours.id());
}
