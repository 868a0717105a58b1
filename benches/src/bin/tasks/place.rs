//! A database of one measurement: a file's path, or a server's address.

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query_as, raw_sql};

pub(crate) struct Place {
    pub(crate) address: String,
    /// Where its tasks note that they begin.
    pub(crate) log: PathBuf,
}

impl Place {
    fn is_on_a_server(&self) -> bool {
        self.address.starts_with("postgres:")
    }

    async fn file(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.address).await.expect("the file")
    }

    async fn server(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.expect("the server")
    }

    pub(crate) async fn execute(&self, statements: &str) {
        let statements = raw_sql(AssertSqlSafe(statements));
        let done = if self.is_on_a_server() {
            statements.execute(&mut self.server().await).await.map(drop)
        } else {
            statements.execute(&mut self.file().await).await.map(drop)
        };
        done.unwrap_or_else(|error| panic!("{}: {error}", self.address));
    }

    /// The two numbers that a statement selects.
    pub(crate) async fn pair(&self, select: &'static str) -> (usize, usize) {
        let pair = if self.is_on_a_server() {
            query_as::<_, (i64, i64)>(select).fetch_one(&mut self.server().await).await
        } else {
            query_as::<_, (i64, i64)>(select).fetch_one(&mut self.file().await).await
        };
        let (one, other) = pair.unwrap_or_else(|error| panic!("{}: {error}", self.address));
        let whole = |count: i64| usize::try_from(count).expect("a count");
        (whole(one), whole(other))
    }
}
