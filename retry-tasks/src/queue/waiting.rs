//! Where callers wait for the end of tasks: many callers, and one question at a time.
//!
//! A task of tokio's asks, so that a caller whose future is not polled for a while, as in a `select!`
//! that has gone another way, keeps no other from its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persevere_core::task::TaskId;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::engine::{Engine, Look, QueueError, State};

/// How long to wait for a change before looking again: what another process ends is not always
/// noticed.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How many tasks one question is about.
const AT_ONCE: usize = 500;

/// What is known of each task that a caller waits for.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom {
    waiting: Mutex<Waiting>,
    entered: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    awaited: HashMap<TaskId, Awaited>,
    /// Whether a task of tokio's asks for all of them.
    is_asking: bool,
}

#[derive(Clone, Debug)]
enum Answer {
    /// The task has not ended as far as is known.
    Open,
    /// The task, which has ended; nothing, where there is none.
    Known(Option<Arc<Look>>),
    /// Nobody asks any more: the engine did not answer, or the runtime of who asked has ended.
    Unanswered,
}

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
        let mut waiting = self.room.lock();
        if let Some(of) = waiting.awaited.get_mut(&self.id) {
            of.callers -= 1;
            if of.callers == 0 {
                waiting.awaited.remove(&self.id);
            }
        }
    }
}

impl WaitingRoom {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the task has ended.
    pub(super) async fn ended(
        self: &Arc<Self>,
        engine: &Arc<dyn Engine>,
        id: TaskId,
    ) -> Result<Look, QueueError> {
        loop {
            let (_place, mut answer) = self.enter(engine, id);
            let known = answer.wait_for(|answer| !matches!(answer, Answer::Open)).await;
            let known = known.map_or(Answer::Unanswered, |known| known.clone());
            if let Answer::Known(look) = known {
                return look.map(|look| (*look).clone()).ok_or(QueueError::UnknownTask(id));
            }
            // Each caller has an error of its own, if the engine still does not answer.
            let look = engine.look(&[id]).await?.pop().flatten();
            match look {
                None => return Err(QueueError::UnknownTask(id)),
                Some(look) if has_ended(&look) => return Ok(look),
                Some(_) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Takes a place, and has somebody ask for its task.
    fn enter(
        self: &Arc<Self>,
        engine: &Arc<dyn Engine>,
        id: TaskId,
    ) -> (Place<'_>, watch::Receiver<Answer>) {
        let mut waiting = self.lock();
        let of = waiting.awaited.entry(id);
        let of =
            of.or_insert_with(|| Awaited { answer: watch::Sender::new(Answer::Open), callers: 0 });
        of.callers += 1;
        if matches!(*of.answer.borrow(), Answer::Unanswered) {
            of.answer.send_replace(Answer::Open);
        }
        let answer = of.answer.subscribe();
        if !waiting.is_asking {
            waiting.is_asking = true;
            let asking = Asking { room: Arc::clone(self), is_over: false };
            tokio::spawn(asking.ask(Arc::clone(engine)));
        }
        self.entered.notify_one();
        (Place { room: self, id }, answer)
    }
}

/// Asks for all that are awaited. However it ends, those who still wait learn that it has.
struct Asking {
    room: Arc<WaitingRoom>,
    /// Whether it has ended because nobody waited.
    is_over: bool,
}

impl Asking {
    /// Asks again and again, until nobody waits or the engine does not answer.
    async fn ask(mut self, engine: Arc<dyn Engine>) {
        let mut wake = engine.wake();
        while let Some(ids) = self.open() {
            for ids in ids.chunks(AT_ONCE) {
                match engine.look(ids).await {
                    Ok(looks) => self.announce(ids, looks),
                    Err(_) => return, // those who wait ask for the reason
                }
            }
            let changed = async {
                tokio::select! {
                    () = wake.changed() => {}
                    () = self.room.entered.notified() => {}
                }
            };
            let _ = timeout(LOOK_AGAIN, changed).await;
        }
    }

    /// The tasks that are awaited. Where there are none, nobody asks from now on.
    fn open(&mut self) -> Option<Vec<TaskId>> {
        let mut waiting = self.room.lock();
        let is_open = |of: &Awaited| matches!(*of.answer.borrow(), Answer::Open);
        let open = waiting.awaited.iter().filter(|(_, of)| is_open(of));
        let open: Vec<_> = open.map(|(&id, _)| id).collect();
        self.is_over = open.is_empty();
        waiting.is_asking = !self.is_over;
        (!self.is_over).then_some(open)
    }

    fn announce(&self, ids: &[TaskId], looks: Vec<Option<Look>>) {
        let waiting = self.room.lock();
        for (id, look) in ids.iter().zip(looks) {
            let Some(of) = waiting.awaited.get(id) else { continue };
            if look.as_ref().is_none_or(has_ended) {
                of.answer.send_replace(Answer::Known(look.map(Arc::new)));
            }
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if self.is_over {
            return; // and another one may ask by now
        }
        let mut waiting = self.room.lock();
        waiting.is_asking = false;
        for of in waiting.awaited.values() {
            if matches!(*of.answer.borrow(), Answer::Open) {
                of.answer.send_replace(Answer::Unanswered);
            }
        }
    }
}

fn has_ended(look: &Look) -> bool {
    !matches!(look.state, State::Waiting { .. } | State::Running { .. })
}
