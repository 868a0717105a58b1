//! A transaction of the caller's.

/// A transaction of the caller's, on a connection to the queue's database. `&mut` of `sqlx`'s
/// transactions and connections become one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Within<'t> {
    /// Of SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(&'t mut sqlx::SqliteConnection),
    /// Of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(&'t mut sqlx::PgConnection),
}

#[cfg(feature = "sqlite")]
impl<'t> From<&'t mut sqlx::SqliteConnection> for Within<'t> {
    fn from(connection: &'t mut sqlx::SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

#[cfg(feature = "sqlite")]
impl<'t> From<&'t mut sqlx::Transaction<'_, sqlx::Sqlite>> for Within<'t> {
    fn from(transaction: &'t mut sqlx::Transaction<'_, sqlx::Sqlite>) -> Self {
        Self::Sqlite(transaction)
    }
}

#[cfg(feature = "postgres")]
impl<'t> From<&'t mut sqlx::PgConnection> for Within<'t> {
    fn from(connection: &'t mut sqlx::PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

#[cfg(feature = "postgres")]
impl<'t> From<&'t mut sqlx::Transaction<'_, sqlx::Postgres>> for Within<'t> {
    fn from(transaction: &'t mut sqlx::Transaction<'_, sqlx::Postgres>) -> Self {
        Self::Postgres(transaction)
    }
}
