//! The loop that leases tasks for as long as there is room, and the end of it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Ended;
use super::asked_again::AskedAgain;
use super::delivery::Delivering;
use super::held::Order;
use super::running::Running;
use crate::TaskId;
use crate::engine::{Ask, Leased, Leases};
use crate::events;

/// How long the last writes have once all attempts have been dropped.
const LAST_WRITES: Duration = Duration::from_millis(800);

/// What a look at the engine came to.
enum Looked {
    /// There was no room, or nothing to ask for.
    Nowhere,
    /// The number of tasks leased, and the time until the next one is due, if there is one.
    Leased(usize, Option<Duration>),
    /// The engine did not answer.
    Failed,
}

/// Runs until `shutdown`, or until nothing is left to do if `until_idle`.
pub(super) async fn run<S: Send + Sync + 'static>(
    worker: &Arc<Running<S>>,
    shutdown: impl Future,
    until_idle: bool,
    drain: Duration,
) -> Ended {
    let mut shutdown = pin!(shutdown);
    let mut deliveries = JoinSet::new();
    let mut wake = worker.engine().wake();
    let mut asked = AskedAgain::default();
    loop {
        while deliveries.try_join_next().is_some() {}
        // The breaker of a task that was not asked for lets probes through after that.
        let open = worker.tasks.iter().map(|task| task.open_for());
        let reopens = open.filter(|span| !span.is_zero()).min();
        let (looked, is_over) = beside(shutdown.as_mut(), look(worker, &mut deliveries)).await;
        if is_over {
            break;
        }
        let pause = match looked {
            Looked::Leased(0, None) if until_idle && deliveries.is_empty() && reopens.is_none() => {
                break;
            }
            Looked::Leased(_, next) => {
                asked = AskedAgain::default();
                next.into_iter().chain(reopens).min()
            }
            Looked::Nowhere => reopens,
            Looked::Failed => Some(asked.pause()),
        };
        // What another process stored may be noticed late: so look again now and then.
        let pause = pause.unwrap_or(worker.heartbeat).min(worker.heartbeat);
        tokio::select! {
            biased;
            _ = &mut shutdown => break,
            Some(_) = deliveries.join_next() => {}
            () = worker.freed.notified() => {}
            () = wake.changed(), if !matches!(looked, Looked::Failed) => {}
            () = sleep(pause) => {}
        }
    }
    end(worker, deliveries, drain).await
}

/// What `look` comes to, and whether `shutdown` was ready meanwhile. Both go on: what is asked to end the
/// worker may itself use the queue, and hold a connection that the look waits for.
async fn beside(
    mut shutdown: Pin<&mut impl Future>,
    look: impl Future<Output = Looked>,
) -> (Looked, bool) {
    let mut look = pin!(look);
    tokio::select! {
        biased;
        _ = shutdown.as_mut() => (look.await, true),
        looked = &mut look => (looked, false),
    }
}

/// Leases one task and runs it; its id, if there is one.
pub(super) async fn run_one<S: Send + Sync + 'static>(worker: &Arc<Running<S>>) -> Option<TaskId> {
    let mut deliveries = JoinSet::new();
    let mut asked = AskedAgain::default();
    while matches!(look(worker, &mut deliveries).await, Looked::Failed) {
        sleep(asked.pause()).await;
    }
    let held = worker.leases.all().first().map(|held| held.id);
    while deliveries.join_next().await.is_some() {}
    held
}

/// Leases as many tasks as there is room for, and begins their deliveries.
async fn look<S: Send + Sync + 'static>(
    worker: &Arc<Running<S>>,
    deliveries: &mut JoinSet<()>,
) -> Looked {
    let room = worker.leases.room(worker.concurrency);
    let wanted: Vec<_> = worker.tasks.iter().filter_map(|task| task.wanted(room)).collect();
    if wanted.is_empty() {
        return Looked::Nowhere;
    }
    let ask = Ask {
        worker: worker.name.clone(),
        tasks: wanted,
        room,
        suspects: usize::from(!worker.leases.holds_a_suspect()),
        span: worker.lease_span(),
    };
    match worker.engine().lease(&ask).await {
        Ok(Leases { rows, next }) => {
            let count = rows.len();
            for leased in rows {
                begin(worker, leased, deliveries);
            }
            Looked::Leased(count, next)
        }
        Err(error) => {
            tracing::warn!(target: "persevere", "no tasks could be leased: {error}");
            Looked::Failed
        }
    }
}

fn begin<S: Send + Sync + 'static>(
    worker: &Arc<Running<S>>,
    leased: Leased,
    deliveries: &mut JoinSet<()>,
) {
    let mut tasks = worker.tasks.iter();
    let Some(task) = tasks.find(|task| task.names.contains(&leased.row.task)) else {
        return; // not asked for: its lease runs out
    };
    events::moved(&leased.row.task, leased.row.id, "running");
    events::metrics::begun(&leased.row.task, leased.late);
    let orders = worker.leases.hold(&leased);
    let delivering = Delivering { worker: Arc::clone(worker), task: task.count(), leased, orders };
    deliveries.spawn(delivering.run());
}

/// Lets attempts end, then drops them and gives their tasks back.
async fn end<S: Send + Sync + 'static>(
    worker: &Arc<Running<S>>,
    mut deliveries: JoinSet<()>,
    drain: Duration,
) -> Ended {
    worker.leases.order_all(Order::Finish);
    let all = async |deliveries: &mut JoinSet<()>| while deliveries.join_next().await.is_some() {};
    if timeout(drain, all(&mut deliveries)).await.is_err() {
        worker.leases.order_all(Order::Release);
        let _ = timeout(LAST_WRITES, all(&mut deliveries)).await;
    }
    Ended {
        released: worker.released.load(Ordering::Relaxed),
        abandoned: worker.leases.count() as u64,
    }
}
