//! The heartbeat: renews the leases that a worker holds, in a task of its own, and looks after those of
//! workers that were lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::held::Order;
use super::running::Running;
use crate::engine::{Beat, Engine};
use crate::row::text::one_line;

/// How many leases of lost workers are looked after at once.
const RECOVERED: usize = 100;
/// How many tasks that need not be kept are deleted at once.
const PRUNED: usize = 1_000;

/// Beats until it is dropped.
pub(super) async fn beat<S>(worker: Arc<Running<S>>) {
    let mut ticks = interval(worker.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    // After a stall of this process, other workers' leases look expired: they are given time.
    let mut recovers_from = last;
    loop {
        ticks.tick().await;
        let now = Instant::now();
        if now - last > worker.lease_span() {
            recovers_from = now + worker.lease_span();
        }
        last = now;
        renew(&worker).await;
        if now >= recovers_from {
            look_after_the_lost(&**worker.engine()).await;
        }
        if let Err(error) = worker.engine().prune(PRUNED).await {
            tracing::warn!(target: "persevere", "tasks that ended were not deleted: {error}");
        }
    }
}

async fn renew<S>(worker: &Running<S>) {
    let held = worker.leases.all();
    if held.is_empty() {
        return;
    }
    let renewed = worker.engine().beat(&held, worker.lease_span()).await;
    match renewed {
        Ok(beats) => {
            for (held, beat) in held.into_iter().zip(beats) {
                match beat {
                    Beat::Kept => {}
                    Beat::CancelRequested => worker.leases.order(held, Order::Cancel),
                    Beat::Lost => worker.leases.order(held, Order::Lost),
                }
            }
        }
        Err(error) => {
            tracing::warn!(target: "persevere", "leases were not renewed, and will be: {error}");
        }
    }
}

async fn look_after_the_lost(engine: &dyn Engine) {
    match engine.recover(RECOVERED).await {
        Ok(recovered) => {
            for lost in recovered {
                tracing::warn!(
                    target: "persevere",
                    task = %one_line(&lost.task), id = %lost.id, crashes = lost.crashes,
                    "its worker was lost, {}: it is due again", one_line(&lost.worker)
                );
            }
        }
        Err(error) => {
            tracing::warn!(target: "persevere", "lost workers were not looked for: {error}");
        }
    }
}

/// The span of a lease that ends after `lost_after` missed heartbeats.
pub(super) fn span(heartbeat: Duration, lost_after: u32) -> Duration {
    heartbeat.saturating_mul(lost_after.max(1))
}
