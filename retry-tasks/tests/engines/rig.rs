//! An engine whose clock a test moves.

use std::sync::Arc;
use std::time::Duration;

use persevere_tasks::engine::{
    Ask, Due, Engine, Envelope, Leased, Leases, Look, NewRow, Payload, Pushed, Recovered, Settled,
    Settlement, Transition, Wanted, in_memory,
};
use persevere_tasks::{Priority, TaskId};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// An engine, and how its clock is moved.
pub(crate) struct Rig {
    pub(crate) engine: Arc<dyn Engine>,
    clock: Clock,
}

/// The clock of an engine.
enum Clock {
    Tokio,
    /// That of an engine in a file.
    #[cfg(feature = "sqlite")]
    InFile {
        _folder: tempfile::TempDir,
    },
    /// A table of the database's, in the place of its clock.
    #[cfg(feature = "postgres")]
    Table {
        database: sqlx::PgPool,
    },
}

impl Rig {
    #[expect(clippy::unused_async, reason = "as the other engines")]
    pub(crate) async fn memory() -> Self {
        Self { engine: in_memory(), clock: Clock::Tokio }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("tasks.db");
        let queue = persevere_tasks::testing::sqlite(file).await;
        let engine = Arc::clone(queue.expect("a file that can be opened").engine());
        Self { engine, clock: Clock::InFile { _folder: folder } }
    }

    /// In a database of that name, which is made.
    #[cfg(feature = "postgres")]
    pub(crate) async fn postgres(options: sqlx::postgres::PgConnectOptions, name: &str) -> Self {
        use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

        let mut server = options.connect().await.expect("a server");
        let create = format!("CREATE DATABASE {name}");
        server.execute(AssertSqlSafe(create)).await.expect("a new name");
        let options = options.database(name);
        let engine = persevere_tasks::engine::postgres(options.clone()).await;
        let engine = engine.expect("a database that can be opened");
        let database = sqlx::postgres::PgPoolOptions::new().max_connections(1);
        let database = database.connect_with(options).await.expect("a database");
        let clock = "CREATE TABLE persevere.test_clock AS SELECT persevere.now_us() AS now; \
            CREATE OR REPLACE FUNCTION persevere.now_us() RETURNS bigint LANGUAGE sql VOLATILE \
            AS $$ SELECT now FROM persevere.test_clock $$";
        database.execute(clock).await.expect("a function that may be replaced");
        Self { engine, clock: Clock::Table { database } }
    }

    pub(crate) async fn advance(&self, span: Duration) {
        match &self.clock {
            Clock::Tokio => tokio::time::advance(span).await,
            #[cfg(feature = "sqlite")]
            Clock::InFile { .. } => tokio::time::advance(span).await,
            #[cfg(feature = "postgres")]
            Clock::Table { database } => {
                let update = sqlx::query("UPDATE persevere.test_clock SET now = now + $1");
                let micros = i64::try_from(span.as_micros()).expect("a span that fits");
                update.bind(micros).execute(database).await.expect("a clock that moves");
            }
        }
    }

    pub(crate) async fn push(&self, row: NewRow) -> Pushed {
        self.engine.push(&[row]).await.expect("an engine that works")[0]
    }

    pub(crate) async fn lease(&self, ask: &Ask) -> Leases {
        self.engine.lease(ask).await.expect("an engine that works")
    }

    /// The next task of the name `greet`.
    pub(crate) async fn next(&self) -> Option<Leased> {
        self.lease(&ask(1)).await.rows.pop()
    }

    pub(crate) async fn settle(&self, leased: &Leased, transition: Transition) -> Settled {
        let settlement = settlement(leased, transition);
        self.engine.settle(&[settlement]).await.expect("an engine that works")[0]
    }

    pub(crate) async fn look(&self, id: TaskId) -> Option<Look> {
        self.engine.look(&[id]).await.expect("an engine that works").remove(0)
    }

    pub(crate) async fn recover(&self) -> Vec<TaskId> {
        self.recovered().await.into_iter().map(|recovered| recovered.id).collect()
    }

    pub(crate) async fn recovered(&self) -> Vec<Recovered> {
        match &self.clock {
            // An engine that saw the table's clock jump would trust it no more.
            #[cfg(feature = "postgres")]
            Clock::Table { database } => {
                let options = sqlx::postgres::PgConnectOptions::clone(&database.connect_options());
                let fresh = persevere_tasks::engine::postgres(options).await;
                fresh.expect("a database").recover(100).await.expect("an engine that works")
            }
            _ => self.engine.recover(100).await.expect("an engine that works"),
        }
    }
}

/// A task that greets nobody in particular.
pub(crate) fn greet() -> NewRow {
    NewRow {
        id: TaskId::new(),
        task: "greet".to_owned(),
        version: 1,
        queue: "default".to_owned(),
        args: Payload::of("hello").expect("a text can be written"),
        priority: Priority::Normal,
        due: Due::In(Duration::ZERO),
        key: None,
        envelope: Envelope::default(),
    }
}

pub(crate) fn delayed(span: Duration) -> NewRow {
    NewRow { due: Due::In(span), ..greet() }
}

/// What a worker asks for that knows `greet` at version 1.
pub(crate) fn ask(room: usize) -> Ask {
    Ask {
        worker: "worker-1".to_owned(),
        tasks: vec![wanted("greet", room)],
        room,
        suspects: 1,
        span: 15 * SECOND,
    }
}

pub(crate) fn wanted(name: &str, room: usize) -> Wanted {
    Wanted { names: vec![name.to_owned()], version: 1, room }
}

pub(crate) fn settlement(leased: &Leased, transition: Transition) -> Settlement {
    Settlement {
        held: leased.held(),
        progress: leased.row.progress.clone(),
        attempts: leased.row.attempts.clone(),
        transition,
        keep: HOUR,
    }
}

pub(crate) fn done() -> Transition {
    Transition::Done { output: Payload::of(&42).expect("a number can be written"), then: vec![] }
}

pub(crate) fn ids(leases: &Leases) -> Vec<TaskId> {
    leases.rows.iter().map(|leased| leased.row.id).collect()
}
