//! Opening a queue.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use std::borrow::Borrow;

use super::Queue;
use crate::engine;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::engine::QueueError;

impl Queue {
    /// A queue in memory, on tokio's clock, which may be paused: for tests. Its tasks end with the
    /// process.
    ///
    /// ```
    /// let queue = persevere::tasks::Queue::in_memory();
    /// assert_eq!(queue.engine().name(), "memory");
    /// ```
    #[must_use]
    pub fn in_memory() -> Self {
        Self::on(engine::in_memory())
    }

    /// A queue in a SQLite file, which is made if it is missing; its folder must be there. Several
    /// processes of one machine may use it at the same time.
    ///
    /// The file may have other tables, too: the queue's names begin with `persevere_`.
    ///
    /// # Errors
    ///
    /// [`QueueError::Open`] if the file cannot be opened; [`QueueError::NewerSchema`] if a later
    /// release made its tables.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("tasks.db");
    /// let queue = persevere::tasks::Queue::sqlite(path).await?;
    /// assert_eq!(queue.engine().name(), "SQLite");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, QueueError> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        Ok(Self::on(engine::sqlite(options.create_if_missing(true)).await?))
    }

    /// A queue in the SQLite file of a pool, opened with the pool's options. The queue has connections
    /// of its own, so that a pool that is used up stops no heartbeat.
    ///
    /// # Errors
    ///
    /// As [`sqlite`](Self::sqlite); [`QueueError::SqliteInMemory`] if there is no file.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("shop.db");
    /// use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
    ///
    /// let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    /// let pool = SqlitePool::connect_with(options).await?;
    /// let queue = persevere::tasks::Queue::sqlite_with(&pool).await?; // or the pool itself
    /// # let _ = queue;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub async fn sqlite_with(pool: impl Borrow<sqlx::SqlitePool>) -> Result<Self, QueueError> {
        let options = sqlx::sqlite::SqliteConnectOptions::clone(&pool.borrow().connect_options());
        Ok(Self::on(engine::sqlite(options).await?))
    }

    /// A queue in the PostgreSQL database of a pool, opened with the pool's options. The queue has
    /// connections of its own, seven at most, so that a pool that is used up stops no heartbeat.
    ///
    /// # Errors
    ///
    /// [`QueueError::Open`] if the database cannot be reached, or refuses;
    /// [`QueueError::NewerSchema`] if a later release made its tables.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = sqlx::PgPool::connect("postgres://app@localhost/shop").await?;
    /// let queue = persevere::tasks::Queue::postgres(&pool).await?; // or the pool itself
    /// # let _ = queue;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "postgres")]
    pub async fn postgres(pool: impl Borrow<sqlx::PgPool>) -> Result<Self, QueueError> {
        let options = sqlx::postgres::PgConnectOptions::clone(&pool.borrow().connect_options());
        Ok(Self::on(engine::postgres(options).await?))
    }

    /// As [`postgres`](Self::postgres), by the database's address, for programs that have no pool:
    /// `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    ///
    /// As [`postgres`](Self::postgres); [`QueueError::Open`] as well if the address cannot be read.
    /// None shows the address's password.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let address = std::env::var("DATABASE_URL")?;
    /// let queue = persevere::tasks::Queue::postgres_url(&address).await?;
    /// # let _ = queue;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "postgres")]
    pub async fn postgres_url(address: &str) -> Result<Self, QueueError> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|it| address.starts_with(it));
        let options = if is_postgres {
            address.parse::<sqlx::postgres::PgConnectOptions>()
        } else {
            Err(sqlx::Error::Configuration("it does not begin with `postgres://`".into()))
        };
        let options = options.map_err(|source| QueueError::Open {
            place: "whose address is no `postgres://user:password@host:port/database`".to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self::on(engine::postgres(options).await?))
    }
}
