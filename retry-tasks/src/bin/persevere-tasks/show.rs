//! Commands that change nothing.

use persevere_tasks::engine::{Engine, FailedAttempt, Listing, Look, Payload, State, TaskStats};
use persevere_tasks::{Priority, TaskId};
use serde_json::{Value, json};

use crate::print::Printer;
use crate::quote::{ERROR, IN_LIST, PAYLOAD, line};
use crate::time::{self, seconds, span};
use crate::{Failure, unknown};

/// How many characters a task's name has at most.
const NAME: usize = 128;

pub(crate) async fn stats(engine: &dyn Engine, to: &mut Printer) -> Result<(), Failure> {
    to.head(&format!(
        "{:>9} {:>9} {:>9} {:>9} {:>9}  {:<12} TASK",
        "WAITING", "DUE", "RUNNING", "DEAD", "WORKERS", "OLDEST DUE"
    ))?;
    for of in engine.stats().await? {
        let TaskStats { waiting, due, running, dead, oldest_due, workers, .. } = of;
        let task = line(&of.task, NAME);
        let oldest = oldest_due.map(span).unwrap_or_default();
        to.print(
            || {
                format!(
                    "{waiting:>9} {due:>9} {running:>9} {dead:>9} {workers:>9}  {oldest:<12} {task}"
                )
            },
            || {
                let oldest = oldest_due.map(|span| span.as_secs_f64());
                json!({
                    "task": of.task, "waiting": waiting, "due": due, "running": running,
                    "dead": dead, "workers": workers, "oldest_due_s": oldest,
                })
            },
        )?;
    }
    Ok(())
}

/// Each is read by itself: however large its arguments are, one at a time is in memory.
pub(crate) async fn list(
    engine: &dyn Engine,
    which: Listing,
    to: &mut Printer,
) -> Result<(), Failure> {
    to.head(&format!("{:<36}  {:<20}  STATE", "ID", "TASK"))?;
    for id in engine.list(&which).await? {
        let Some(look) = engine.look(&[id]).await?.pop().flatten() else { continue };
        if which.state.is_some_and(|state| look.state.name() != state) {
            continue; // not any longer
        }
        let task = line(&look.row.task, NAME);
        to.print(|| format!("{id}  {task:<20}  {}", standing(&look, IN_LIST)), || summary(&look))?;
    }
    Ok(())
}

pub(crate) async fn one(
    engine: &dyn Engine,
    id: TaskId,
    shows_args: bool,
    to: &mut Printer,
) -> Result<(), Failure> {
    let look = engine.look(&[id]).await?.pop().flatten().ok_or_else(|| unknown(id))?;
    Ok(to.print(|| in_full(&look, shows_args), || in_json(&look, shows_args))?)
}

/// Where a task stands, in one line, with so much of its error.
fn standing(look: &Look, characters: usize) -> String {
    let failures = look.row.progress.failures;
    match &look.state {
        State::Waiting { due } if failures == 0 => format!("waiting, due {}", seconds(*due)),
        State::Waiting { due } => {
            let error = look.row.attempts.last().map(FailedAttempt::error).unwrap_or_default();
            let error = line(error, characters);
            format!("waiting after {failures} failures, due {}: {error}", seconds(*due))
        }
        State::Running { since, worker } => {
            format!("running since {} in {}", seconds(*since), line(worker, NAME))
        }
        State::Dead { reason, error, died } => {
            let error = line(error, characters);
            format!("dead since {}, {reason} after {failures} failures: {error}", seconds(*died))
        }
        state => state.name().as_str().to_owned(),
    }
}

fn summary(look: &Look) -> Value {
    let row = &look.row;
    let mut value = json!({
        "id": row.id.to_string(),
        "task": row.task,
        "queue": row.queue,
        "state": look.state.name().as_str(),
        "enqueued": time::json(row.enqueued),
        "failures": row.progress.failures,
        "crashes": row.progress.crashes,
    });
    match &look.state {
        State::Waiting { due } => {
            value["due"] = json!(time::json(*due));
            value["error"] = json!(row.attempts.last().map(FailedAttempt::error));
        }
        State::Running { since, worker } => {
            value["since"] = json!(time::json(*since));
            value["worker"] = json!(worker);
        }
        State::Dead { reason, error, died } => {
            value["reason"] = json!(reason.as_str());
            value["error"] = json!(error);
            value["died"] = json!(time::json(*died));
        }
        _ => {}
    }
    value
}

fn in_full(look: &Look, shows_args: bool) -> String {
    let row = &look.row;
    let progress = &row.progress;
    let enqueued_by =
        row.envelope.enqueued_by.as_deref().map(|by| format!(" by {}", line(by, NAME)));
    let mut lines = vec![
        format!("id         {}", row.id),
        format!("task       {}, version {}", line(&row.task, NAME), row.version),
        format!("queue      {}, priority {}", line(&row.queue, NAME), priority(row.priority)),
        format!("enqueued   {}{}", seconds(row.enqueued), enqueued_by.unwrap_or_default()),
        format!("state      {}", standing(look, ERROR)),
        format!(
            "progress   {} failures, {} retries, waited {}, {} crashes, {} postponed, {} released",
            progress.failures,
            progress.retries,
            span(progress.waited()),
            progress.crashes,
            progress.postponed,
            progress.released
        ),
    ];
    for attempt in row.attempts.iter() {
        let took = attempt.took().map_or_else(|| "?".to_owned(), span);
        let error = line(attempt.error(), ERROR);
        lines.push(format!("attempt    {}, took {took}: {error}", seconds(attempt.began())));
    }
    let payloads = payloads(look).into_iter().filter(|_| shows_args);
    lines.extend(
        payloads.map(|(name, payload)| format!("{name:<10} {}", line(payload.as_str(), PAYLOAD))),
    );
    lines.join("\n")
}

fn in_json(look: &Look, shows_args: bool) -> Value {
    let row = &look.row;
    let progress = &row.progress;
    let mut value = summary(look);
    value["version"] = json!(row.version);
    value["priority"] = json!(priority(row.priority));
    value["enqueued_by"] = json!(row.envelope.enqueued_by);
    value["progress"] = json!({
        "retries": progress.retries,
        "waited_ms": progress.waited_ms,
        "delay_ms": progress.delay_ms,
        "postponed": progress.postponed,
        "released": progress.released,
    });
    let attempts = row.attempts.iter().map(|attempt| {
        json!({
            "began": time::json(attempt.began()),
            "took_ms": attempt.took().and_then(|took| u64::try_from(took.as_millis()).ok()),
            "error": attempt.error(),
        })
    });
    value["attempts"] = attempts.collect();
    for (name, payload) in payloads(look).into_iter().filter(|_| shows_args) {
        value[name] = read(payload);
    }
    value
}

const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
    }
}

/// What may be secret, and is shown only to those who ask for it.
fn payloads(look: &Look) -> Vec<(&'static str, &Payload)> {
    let output = match &look.state {
        State::Done { output } => Some(output),
        _ => None,
    };
    let checkpoint = look.row.checkpoint.as_ref();
    let named = [("args", Some(&look.row.args)), ("checkpoint", checkpoint), ("output", output)];
    named.into_iter().filter_map(|(name, payload)| Some((name, payload?))).collect()
}

/// The value; a text, cut if it is long, where it is longer than a queue takes, or is no JSON.
fn read(payload: &Payload) -> Value {
    let text = payload.as_str();
    let value = (text.len() <= 1_024 * 1_024).then(|| payload.read().ok()).flatten();
    value.unwrap_or_else(|| Value::String(line(text, PAYLOAD)))
}
