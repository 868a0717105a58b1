//! Tasks that no worker runs, where that is known.

use std::sync::Arc;

use tracing::instrument::WithSubscriber as _;

use crate::engine::{Engine, Runs};

/// Warns, once for each name, of a task that was enqueued and that no worker runs: when workers run on this
/// queue, in this process or, in a database, in others, and none of them has it. Where no worker runs at
/// all, they may be about to start.
///
/// A database is asked apart from the caller, who does not wait for it.
pub(crate) fn warn(engine: &Arc<dyn Engine>, task: &str, type_name: Option<&'static str>) {
    if !engine.is_shared() {
        if engine.workers().runs(task) == Runs::Nobody {
            say(&**engine, task, type_name);
        }
        return;
    }
    if !engine.workers().is_to_be_asked(task) {
        return;
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let (engine, task) = (Arc::clone(engine), task.to_owned());
    let asking = async move {
        let Ok(elsewhere) = engine.runs(&task).await else { return };
        let is_run_by_nobody = match elsewhere {
            Runs::Somebody => false,
            Runs::Nobody => engine.workers().runs(&task) != Runs::Somebody,
            // A worker of this process that has not been able to say so yet.
            Runs::NoWorker => engine.workers().runs(&task) == Runs::Nobody,
        };
        if is_run_by_nobody {
            say(&*engine, &task, type_name);
        }
    };
    runtime.spawn(asking.with_current_subscriber());
}

fn say(engine: &dyn Engine, task: &str, type_name: Option<&'static str>) {
    if !engine.workers().warns(task) {
        return;
    }
    let name = type_name.map_or("T", last_name);
    tracing::warn!(
        target: "persevere",
        task,
        "a task was enqueued that no worker of this queue runs: write `.task::<{name}>()` where a worker is \
         made, or start the program whose worker has it"
    );
}

/// `Resize` of `shop::pictures::Resize`.
fn last_name(type_name: &'static str) -> &'static str {
    let plain = type_name.split('<').next().unwrap_or(type_name);
    plain.rsplit("::").next().unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_last_name() {
        assert_eq!(last_name("shop::pictures::Resize"), "Resize");
        assert_eq!(last_name("shop::Resize<alloc::string::String>"), "Resize");
        assert_eq!(last_name("Resize"), "Resize");
    }
}
