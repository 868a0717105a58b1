//! Servers that are not there, are another release's, or go away for a while.

use std::time::Duration;

use persevere_tasks::engine::{Ask, Beat, Selection, Settled};
use persevere_tasks::{Queue, QueueError, Status};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Executor as _, query_as, query_scalar};
use tokio::time::timeout;

use crate::processes::{ask, count, done};
use crate::services::free_port;
use crate::services::postgres::Postgres;

/// However slow the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

fn lazy(postgres: &Postgres) -> PgPool {
    PgPoolOptions::new().connect_lazy_with(postgres.options())
}

#[tokio::test]
async fn an_address_where_nobody_is_is_named_without_its_password() {
    let port = free_port();
    let address = format!("postgres://ada:secret@127.0.0.1:{port}/shop");
    let pool = PgPool::connect_lazy(&address).expect("an address");
    let by_pool = Queue::postgres(&pool).await.expect_err("nobody is there");
    let by_address = Queue::postgres_url(&address).await.expect_err("nobody is there");
    for error in [by_pool, by_address] {
        assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}/shop")), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused_without_its_password() {
    for address in [
        "postgres://ada:secret@127.0.0.1:99999/shop",
        "postgres://ada:secret@[::/shop",
        "ada:secret@127.0.0.1/shop",
        "postgres://ada:secret@127.0.0.1/shop?sslmode=perhaps",
        "postgres://ada:secret@127.0.0.1/shop?statement-cache-capacity=some",
        "",
    ] {
        let error = Queue::postgres_url(address).await.expect_err("no address");
        assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains("whose address is no `postgres://user"), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret@"), "{error:?}");
    }
}

#[tokio::test]
async fn tables_of_a_later_release_are_refused_and_new_ones_made_once() {
    let postgres = Postgres::start(&[]);
    let pool = lazy(&postgres);
    let opened = (0..8).map(|_| tokio::spawn(Queue::postgres(pool.clone())));
    for opened in opened.collect::<Vec<_>>() {
        let queue = opened.await.expect("no panic").expect("eight at once");
        assert!(!format!("{queue:?} {:?}", queue.engine()).contains("127.0.0.1"));
        queue.enqueue(count(1)).await.expect("an engine that works");
    }
    pool.execute("UPDATE persevere.schema SET version = 99").await.expect("a table");
    let error = Queue::postgres(&pool).await.expect_err("a later release's");
    assert!(matches!(error, QueueError::NewerSchema { found: 99, known: 1 }), "{error:?}");
}

#[tokio::test]
async fn who_waits_is_woken_by_another_program_also_after_a_restart() {
    let mut postgres = Postgres::start(&[]);
    let queue = Queue::postgres(&lazy(&postgres)).await.expect("a server");
    let other = Queue::postgres(&lazy(&postgres)).await.expect("a server");
    let mut wake = queue.engine().wake();
    timeout(PATIENCE, wake.changed()).await.expect("it listens by now");
    other.enqueue(count(1)).await.expect("an engine that works");
    timeout(PATIENCE, wake.changed()).await.expect("what another program stored");

    postgres.stop();
    postgres.start_again();
    timeout(PATIENCE, wake.changed()).await.expect("it listens again");
    other.enqueue(count(2)).await.expect("new connections");
    timeout(PATIENCE, wake.changed()).await.expect("what another program stored since");
}

/// With many tasks that have ended, no statement reads them all.
#[tokio::test]
async fn everything_takes_an_index() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let fill = "INSERT INTO persevere.tasks (id, task, version, queue, args, envelope, priority, \
            state, enqueued, first_due, due, until, reason, ended, keep_until) \
        SELECT gen_random_uuid(), 'count', 1, 'default', '{}', '{}', 1, \
            CASE WHEN n % 1000 = 0 THEN 'waiting' WHEN n % 1000 = 1 THEN 'running' \
                WHEN n % 10 = 2 THEN 'dead' ELSE 'done' END, \
            n, n, n, n, 'exhausted', n, CASE WHEN n % 10 = 3 THEN n END \
        FROM generate_series(1, 50000) AS numbers (n); ANALYZE persevere.tasks";
    pool.execute(fill).await.expect("many tasks");
    // A connection hands its numbers in when it ends.
    let scans = async |queue: Queue| {
        drop(queue);
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        while query_scalar::<_, i64>(others).fetch_one(&pool).await.expect("a number") > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let scans = "SELECT seq_scan, idx_scan FROM pg_stat_user_tables \
            WHERE schemaname = 'persevere' AND relname = 'tasks'";
        query_as::<_, (i64, i64)>(scans).fetch_one(&pool).await.expect("numbers")
    };
    let warm = Queue::postgres(&pool).await.expect("a server");
    drop(queue);
    let (sequential, by_index) = scans(warm).await;

    let queue = Queue::postgres(&pool).await.expect("a server");
    let engine = queue.engine();
    for _ in 0..7 {
        // More often than it takes for PostgreSQL to keep a plan.
        assert_eq!(engine.lease(&ask(2)).await.expect("an engine that works").rows.len(), 2);
    }
    assert_eq!(engine.recover(5).await.expect("an engine that works").len(), 5);
    let few = Selection { limit: Some(3), ..Selection::default() };
    let named = Selection { names: vec!["count".to_owned()], ..few.clone() };
    for which in [&few, &named] {
        assert_eq!(engine.dead(which).await.expect("an engine that works").len(), 3);
        assert_eq!(engine.requeue(which).await.expect("an engine that works"), 3);
    }
    assert_eq!(engine.prune(10).await.expect("an engine that works"), 10);
    let handle = queue.enqueue(count(1)).await.expect("an engine that works");
    assert!(handle.cancel().await.is_ok());
    drop(handle);
    let (after, more_by_index) = scans(queue).await;
    assert!(more_by_index > by_index + 40, "{by_index} and {more_by_index} searches");
    assert_eq!(after, sequential, "whole tables read");
}

/// Leases do not wait for the disk: a server that crashes may forget one. Then the task is leased again,
/// and the forgotten lease writes nothing.
#[tokio::test]
async fn a_lease_that_a_crash_has_forgotten_writes_nothing() {
    let mut postgres = Postgres::start(&["fsync=on", "wal_writer_delay=10s"]);
    let queue = Queue::postgres(&lazy(&postgres)).await.expect("a server");
    let engine = queue.engine();
    let handle = queue.enqueue(count(1)).await.expect("an engine that works");
    let lease = async || {
        let leased = engine.lease(&ask(1)).await.expect("an engine that works").rows.pop();
        leased.expect("it is due")
    };
    let forgotten = lease().await;
    assert!(matches!(handle.status().await, Ok(Status::Running { .. })));
    postgres.crash();
    postgres.start_again();

    // The connections of before have ended, and are opened again.
    while engine.lease(&ask(0)).await.is_err() {}
    let again = lease().await;
    assert_eq!(again.row.id, forgotten.row.id);
    assert_ne!(again.lease, forgotten.lease);
    let settled = engine.settle(&[done(&forgotten), done(&again)]).await;
    assert_eq!(settled.expect("new connections"), [Settled::Fenced, Settled::Written]);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_takes_nobody_for_lost_who_lives() {
    let postgres = Postgres::start(&[]);
    let pool = lazy(&postgres);
    let queue = Queue::postgres(&pool).await.expect("a server");
    let engine = queue.engine();
    queue.enqueue_all((0..2).map(count)).await.expect("an engine that works");
    let ask = Ask { span: Duration::from_secs(5), ..ask(2) };
    let leased = engine.lease(&ask).await.expect("an engine that works").rows;
    let (lives, lost) = (leased[0].held(), leased[1].held());
    assert!(engine.recover(9).await.expect("an engine that works").is_empty());

    let jump = "CREATE OR REPLACE FUNCTION persevere.now_us() RETURNS bigint LANGUAGE sql VOLATILE \
        AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + 3600000000 $$";
    pool.execute(jump).await.expect("a function that may be replaced");
    assert!(engine.recover(9).await.expect("an engine that works").is_empty(), "at once");
    let recovered = timeout(PATIENCE, async {
        loop {
            let beat = engine.beat(&[lives], ask.span).await.expect("an engine that works");
            assert_eq!(beat, [Beat::Kept]);
            let recovered = engine.recover(9).await.expect("an engine that works");
            if !recovered.is_empty() {
                return recovered;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let recovered = recovered.await.expect("one that is lost");
    assert_eq!(recovered.iter().map(|of| of.id).collect::<Vec<_>>(), [lost.id]);
}
