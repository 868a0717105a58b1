//! The program, and tasks for it to show.

use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{Ask, Leased, Settlement, Transition, Wanted};
use persevere_tasks::{Queue, Task, TaskId};

/// A task with something to hide.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Charge {
    pub(crate) card: String,
}

impl Task for Charge {
    type Output = String;
    const NAME: &'static str = "charge";
    const QUEUE: &'static str = "payments";
}

pub(crate) const CARD: &str = "4111 1111";

pub(crate) fn charge() -> Charge {
    Charge { card: CARD.to_owned() }
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Came {
    /// One line that is JSON, of a call that went well.
    pub(crate) fn json(&self) -> serde_json::Value {
        let mut lines = self.jsons();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.remove(0)
    }

    pub(crate) fn jsons(&self) -> Vec<serde_json::Value> {
        assert_eq!((self.code, self.error.as_str()), (Some(0), ""), "{self:?}");
        self.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The text of an error with that exit code; it is all that was printed there.
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_ne!(self.error, "", "{self:?}");
        &self.error
    }
}

/// Calls the program, with no queue named.
pub(crate) fn call(arguments: &[&str]) -> Came {
    call_with(arguments, &[])
}

/// Calls the program in an environment that has only these variables.
pub(crate) fn call_with(arguments: &[&str], variables: &[(&str, &str)]) -> Came {
    let mut command = Command::new(env!("CARGO_BIN_EXE_persevere-tasks"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("a program");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Came { code: status.code(), out: text(stdout), error: text(stderr) }
}

/// The program on one queue.
pub(crate) struct Program<'a>(pub(crate) &'a str);

impl Program<'_> {
    pub(crate) fn call(&self, arguments: &[&str]) -> Came {
        call(&[&["--queue", self.0], arguments].concat())
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Came {
        self.call(&[&["--json"], arguments].concat())
    }
}

/// Leases the next task, as a worker does.
pub(crate) async fn lease(queue: &Queue) -> Leased {
    let ask = Ask {
        worker: "worker-1".to_owned(),
        tasks: vec![Wanted { names: vec!["charge".to_owned()], version: 1, room: 1 }],
        room: 1,
        suspects: 1,
        span: Duration::from_mins(1),
    };
    queue.engine().lease(&ask).await.expect("an engine that works").rows.remove(0)
}

/// Writes that an attempt failed, and what follows.
pub(crate) async fn fail(queue: &Queue, leased: &Leased, error: &str, transition: Transition) {
    let mut settlement = Settlement {
        held: leased.held(),
        progress: leased.row.progress.clone(),
        attempts: leased.row.attempts.clone(),
        transition,
        keep: Duration::from_hours(1),
    };
    settlement.progress.failures += 1;
    settlement.attempts.add(SystemTime::now(), Some(Duration::from_millis(1_234)), error);
    queue.engine().settle(&[settlement]).await.expect("an engine that works");
}

/// A task that died for that reason.
pub(crate) async fn dead(queue: &Queue, reason: GiveUp, error: &str) -> TaskId {
    let handle = queue.enqueue(charge()).await.expect("an engine that works");
    let dead = Transition::Dead { reason, error: error.to_owned() };
    fail(queue, &lease(queue).await, error, dead).await;
    handle.id()
}
