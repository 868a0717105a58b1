//! Writing what became of tasks: all that have ended while the engine wrote those before, in one write.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::asked_again::AskedAgain;
use super::running::Running;
use crate::engine::{Settled, Settlement, Transition};
use crate::events;
use crate::queue::unrun;

/// How many are written at once.
const AT_ONCE: usize = 500;

/// What became of a task, and who waits for it to be written.
#[derive(Debug)]
pub(super) struct Ending {
    /// The task's name.
    pub(super) task: String,
    pub(super) settlement: Settlement,
    pub(super) written: oneshot::Sender<Settled>,
}

/// Those that are not written yet.
#[derive(Default)]
struct Open {
    settlements: VecDeque<Settlement>,
    tasks: VecDeque<String>,
    written: VecDeque<oneshot::Sender<Settled>>,
}

impl Open {
    fn add(&mut self, ending: Ending) {
        self.settlements.push_back(ending.settlement);
        self.tasks.push_back(ending.task);
        self.written.push_back(ending.written);
    }

    /// The first of them.
    fn first(&mut self, count: usize) -> &[Settlement] {
        let all = self.settlements.make_contiguous();
        &all[..count.min(all.len())]
    }

    /// The first one is written last.
    fn rotate(&mut self) {
        self.settlements.rotate_left(1);
        self.tasks.rotate_left(1);
        self.written.rotate_left(1);
    }
}

/// Writes until it is dropped, each settlement however often that must be tried. After an error it
/// writes one, then two, four, …: so that one that the database refuses keeps no other from being
/// written.
pub(super) async fn run<S>(worker: Arc<Running<S>>, mut endings: mpsc::UnboundedReceiver<Ending>) {
    let mut open = Open::default();
    let (mut at_once, mut asked) = (AT_ONCE, AskedAgain::default());
    loop {
        if open.settlements.is_empty() {
            let Some(ending) = endings.recv().await else { return };
            open.add(ending);
        }
        while let Ok(ending) = endings.try_recv() {
            open.add(ending);
        }
        let settlements = open.first(at_once);
        match worker.engine().settle(settlements).await {
            Ok(settled) => {
                let tasks = open.tasks.drain(..settled.len());
                let settlements = open.settlements.drain(..settled.len());
                let written = open.written.drain(..settled.len());
                for (((task, of), written), settled) in
                    tasks.zip(settlements).zip(written).zip(settled)
                {
                    events::settled(&task, of.held.id, &of.transition, settled);
                    if let Transition::Done { then, .. } = &of.transition {
                        for row in then {
                            unrun::warn(worker.engine(), &row.task, None);
                        }
                    }
                    let _ = written.send(settled); // nobody waits where the lease was lost
                }
                // Their deliveries let go of the leases: to a delivery that waits, a lease that is let go
                // looks like one that is lost.
                at_once = (at_once * 2).min(AT_ONCE);
                asked = AskedAgain::default();
            }
            Err(error) => {
                tracing::warn!(
                    target: "persevere",
                    id = %settlements[0].held.id, count = settlements.len(),
                    "what became of tasks was not written, and will be: {error}"
                );
                if settlements.len() == 1 {
                    open.rotate();
                }
                at_once = 1;
                sleep(asked.pause()).await;
            }
        }
    }
}
