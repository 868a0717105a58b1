//! Where callers wait for the end of tasks: many callers, and one question at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use persevere_core::task::TaskId;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::engine::{Engine, Look, QueueError, State};

/// How long to wait for a change before looking again: what another process ends is not always
/// noticed.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How many tasks one question is about.
const AT_ONCE: usize = 500;

/// What is known of each task that a caller waits for.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom {
    awaited: Mutex<HashMap<TaskId, Awaited>>,
    /// The waiter that holds it asks for all.
    asking: tokio::sync::Mutex<()>,
}

/// `None` until it is known: the task, where it has ended; nothing, where there is none.
type Answer = Option<Option<Arc<Look>>>;

#[derive(Debug)]
struct Awaited {
    answer: watch::Sender<Answer>,
    callers: usize,
}

/// A caller's place, given up when its future is dropped.
struct Place<'a> {
    room: &'a WaitingRoom,
    id: TaskId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut awaited = self.room.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of) = awaited.get_mut(&self.id) {
            of.callers -= 1;
            if of.callers == 0 {
                awaited.remove(&self.id);
            }
        }
    }
}

impl WaitingRoom {
    /// Waits until the task has ended.
    pub(super) async fn ended(
        &self,
        engine: &Arc<dyn Engine>,
        id: TaskId,
    ) -> Result<Look, QueueError> {
        let (_place, mut answer) = self.enter(id);
        tokio::select! {
            biased;
            known = answer.wait_for(Option::is_some) => {
                let known = known.ok().and_then(|known| known.clone()).flatten();
                known.map(|look| (*look).clone()).ok_or(QueueError::UnknownTask(id))
            }
            error = self.ask(engine, id) => Err(error),
        }
    }

    fn enter(&self, id: TaskId) -> (Place<'_>, watch::Receiver<Answer>) {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        let of = awaited.entry(id);
        let of = of.or_insert_with(|| Awaited { answer: watch::Sender::new(None), callers: 0 });
        of.callers += 1;
        (Place { room: self, id }, of.answer.subscribe())
    }

    /// Asks for all that are awaited, again and again, until the answer for `id` is known; waits in
    /// line while another caller asks. It ends where the engine does not answer.
    async fn ask(&self, engine: &Arc<dyn Engine>, id: TaskId) -> QueueError {
        let asking = self.asking.lock().await;
        let mut wake = engine.wake();
        while !self.is_known(id) {
            let ids = self.unknown();
            for ids in ids.chunks(AT_ONCE) {
                match engine.look(ids).await {
                    Ok(looks) => self.announce(ids, looks),
                    Err(error) => return error,
                }
            }
            if !self.is_known(id) {
                let _ = timeout(LOOK_AGAIN, wake.changed()).await;
            }
        }
        drop(asking);
        std::future::pending().await // the waiter has the answer
    }

    fn is_known(&self, id: TaskId) -> bool {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.get(&id).is_none_or(|of| of.answer.borrow().is_some())
    }

    fn unknown(&self) -> Vec<TaskId> {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = awaited.iter().filter(|(_, of)| of.answer.borrow().is_none());
        unknown.map(|(&id, _)| id).collect()
    }

    fn announce(&self, ids: &[TaskId], looks: Vec<Option<Look>>) {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, look) in ids.iter().zip(looks) {
            let Some(of) = awaited.get(id) else { continue };
            if look.as_ref().is_none_or(has_ended) {
                of.answer.send_replace(Some(look.map(Arc::new)));
            }
        }
    }
}

fn has_ended(look: &Look) -> bool {
    !matches!(look.state, State::Waiting { .. } | State::Running { .. })
}
