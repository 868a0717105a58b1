//! An engine whose clock a test moves.

use std::sync::Arc;
use std::time::Duration;

use persevere_tasks::engine::{
    Ask, Due, Engine, Envelope, Leased, Leases, Look, NewRow, Payload, Pushed, Settled, Settlement,
    Transition, Wanted, in_memory,
};
use persevere_tasks::{Priority, TaskId};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// An engine, and how its clock is moved.
pub(crate) struct Rig {
    pub(crate) engine: Arc<dyn Engine>,
    /// Where its file is, if it has one.
    _folder: Option<tempfile::TempDir>,
}

impl Rig {
    #[expect(clippy::unused_async, reason = "as the other engines")]
    pub(crate) async fn memory() -> Self {
        Self { engine: in_memory(), _folder: None }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("tasks.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let engine =
            persevere_tasks::engine::sqlite_on_tokio_clock(options.create_if_missing(true));
        Self { engine: engine.await.expect("a file that can be opened"), _folder: Some(folder) }
    }

    pub(crate) async fn advance(&self, span: Duration) {
        tokio::time::advance(span).await;
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
        let recovered = self.engine.recover(100).await.expect("an engine that works");
        recovered.into_iter().map(|recovered| recovered.id).collect()
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
