//! A connection for one kind of statement that is repeated all the time.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Mutex, MutexGuard};

use super::unavailable;
use crate::engine::Result;

/// One connection, opened when it is first used, and anew after an error. Unlike a pool, it asks the
/// server nothing before and after each use.
pub(super) struct Line {
    options: PgConnectOptions,
    connection: Mutex<Option<PgConnection>>,
}

impl Line {
    pub(super) fn new(options: &PgConnectOptions) -> Self {
        let options = options.clone().disable_statement_logging();
        Self { options, connection: Mutex::new(None) }
    }

    pub(super) async fn lock(&self) -> Result<Locked<'_>> {
        let mut guard = self.connection.lock().await;
        if guard.is_none() {
            let connected = PgConnection::connect_with(&self.options).await;
            *guard = Some(connected.map_err(unavailable)?);
        }
        Ok(Locked(guard))
    }
}

/// A line that nobody else uses now.
pub(super) struct Locked<'a>(MutexGuard<'a, Option<PgConnection>>);

impl Locked<'_> {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it was opened when it was locked")
    }

    /// After an error nobody knows in which state the connection is.
    pub(super) fn has_failed(&mut self) {
        *self.0 = None;
    }
}
