//! Commands that change a queue.

use std::time::Duration;

use persevere_tasks::engine::{Engine, Selection};
use persevere_tasks::{Cancelled, QueueError, TaskId};
use serde_json::json;

use crate::arguments::Chosen;
use crate::print::Printer;
use crate::{Failure, unknown};

/// How long a cancelled task stays readable.
const KEEP: Duration = Duration::from_hours(24);

/// What is done about dead tasks.
#[derive(Clone, Copy)]
enum Verb {
    Requeue,
    Discard,
}

impl Verb {
    async fn apply(self, engine: &dyn Engine, which: &Selection) -> Result<u64, QueueError> {
        match self {
            Self::Requeue => engine.requeue(which).await,
            Self::Discard => engine.discard(which).await,
        }
    }

    const fn past(self) -> &'static str {
        match self {
            Self::Requeue => "requeued",
            Self::Discard => "discarded",
        }
    }
}

pub(crate) async fn requeue(
    engine: &dyn Engine,
    which: Chosen,
    to: &mut Printer,
) -> Result<(), Failure> {
    change(engine, Verb::Requeue, which, to).await
}

pub(crate) async fn discard(
    engine: &dyn Engine,
    which: Chosen,
    to: &mut Printer,
) -> Result<(), Failure> {
    change(engine, Verb::Discard, which, to).await
}

async fn change(
    engine: &dyn Engine,
    verb: Verb,
    which: Chosen,
    to: &mut Printer,
) -> Result<(), Failure> {
    if which.ids.is_empty() {
        let count = verb.apply(engine, &which.selection()).await?;
        return Ok(report(verb, count, to)?);
    }
    let (mut count, mut failed) = (0, 0);
    for &id in &which.ids {
        let one = Selection { ids: vec![id], ..Selection::default() };
        let changed = verb.apply(engine, &one).await?;
        if changed == 0 {
            eprintln!("error: {}", why_not(engine, id).await?);
            failed += 1;
        }
        count += changed;
    }
    report(verb, count, to)?;
    if failed == 0 { Ok(()) } else { Err(Failure::Some { of: which.ids.len(), failed }) }
}

fn report(verb: Verb, count: u64, to: &mut Printer) -> std::io::Result<()> {
    let past = verb.past();
    to.print(|| format!("{past} {count}"), || json!({ past: count }))
}

/// Why a task was not among the dead.
async fn why_not(engine: &dyn Engine, id: TaskId) -> Result<String, QueueError> {
    let look = engine.look(&[id]).await?.pop().flatten();
    Ok(match look {
        Some(look) => format!("the task {id} is not dead: it is {}", look.state.name().as_str()),
        None => unknown(id).to_string(),
    })
}

pub(crate) async fn cancel(
    engine: &dyn Engine,
    ids: Vec<TaskId>,
    to: &mut Printer,
) -> Result<(), Failure> {
    let mut failed = 0;
    for &id in &ids {
        let (word, text) = match engine.cancel(id, KEEP).await? {
            Some(Cancelled::BeforeStart) => ("cancelled", "is cancelled"),
            Some(Cancelled::Requested) => {
                ("requested", "runs, and its worker is asked to end it within a heartbeat")
            }
            Some(Cancelled::TooLate) => ("too_late", "has ended already"),
            None => {
                eprintln!("error: {}", unknown(id));
                failed += 1;
                continue;
            }
        };
        failed += usize::from(word == "too_late");
        to.print(
            || format!("the task {id} {text}"),
            || json!({ "id": id.to_string(), "cancel": word }),
        )?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Some { of: ids.len(), failed }) }
}
