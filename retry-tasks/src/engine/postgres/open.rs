//! Opening the database, and its tables.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, query, query_scalar};

use crate::engine::{QueueError, Result};

/// The version of the tables that this release makes and knows.
const VERSION: i64 = 1;

/// Held while the tables are made, so that one of several programs makes them.
const LOCK: i64 = 0x7065_7273_6576_6572;

/// Connections of the engine's own, of which heartbeats have one to themselves.
pub(super) fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(connections);
    pool.connect_lazy_with(options.clone().disable_statement_logging())
}

/// Refuses a database that has no tables, and makes none.
pub(super) async fn has_tables(options: &PgConnectOptions) -> Result<()> {
    let known = async {
        let mut connection = options.connect().await?;
        let known = query_scalar::<_, bool>(KNOWN).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(known)
    };
    let place = place(options);
    match known.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(QueueError::NoQueue { place }),
        Err(source) => Err(QueueError::Open { place, source: Box::<sqlx::Error>::new(source) }),
    }
}

/// Whether there are tables.
const KNOWN: &str = "SELECT to_regclass('persevere.schema') IS NOT NULL";

/// Makes the tables where there are none, and refuses those of a later release.
pub(super) async fn prepare(options: &PgConnectOptions) -> Result<()> {
    let cannot_open = |source| QueueError::Open { place: place(options), source: Box::new(source) };
    let mut connection = options.connect().await.map_err(cannot_open)?;
    let found = version(&mut connection).await.map_err(cannot_open)?;
    if found > VERSION {
        return Err(QueueError::NewerSchema { found, known: VERSION });
    }
    // What is wrong by now is of no interest.
    let _ = connection.close().await;
    Ok(())
}

/// The version of the tables, made now if there were none.
async fn version(connection: &mut PgConnection) -> sqlx::Result<i64> {
    let mut transaction = connection.begin().await?;
    let lock = query("SELECT pg_advisory_xact_lock($1)").bind(LOCK);
    lock.execute(&mut *transaction).await?;
    if !query_scalar::<_, bool>(KNOWN).fetch_one(&mut *transaction).await? {
        transaction.execute("CREATE SCHEMA IF NOT EXISTS persevere").await?;
        transaction.execute("CREATE TABLE persevere.schema (version bigint NOT NULL)").await?;
        transaction.execute(include_str!("schema.sql")).await?;
        let insert = query("INSERT INTO persevere.schema VALUES ($1)").bind(VERSION);
        insert.execute(&mut *transaction).await?;
    }
    let version = query_scalar("SELECT max(version) FROM persevere.schema");
    let version = version.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(version)
}

/// Where the database is, without its user and password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("postgres://{}:{}/{database}", options.get_host(), options.get_port())
}
