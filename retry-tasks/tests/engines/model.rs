//! A list of what happened, from which all else is read: slow, and hard to get wrong.

use std::cmp::Reverse;

use persevere_tasks::engine::{KeyUntil, Leased};
use persevere_tasks::{Priority, TaskId};

/// What happened to a task, and the time until which, or from which on, it matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    /// Stored, tried in vain, or requeued: due then.
    Due(u64),
    Requeued(u64),
    Crashed(u64),
    Leased {
        lease: usize,
        until: u64,
    },
    CancelAsked,
    Done(u64),
    Dead,
    Cancelled(u64),
    Pruned,
}

/// What was asked for when a task was stored.
pub(crate) type Task = (TaskId, Priority, Option<(u8, KeyUntil)>);

/// Everything that happened, in its order.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) tasks: Vec<Task>,
    pub(crate) events: Vec<(TaskId, Event)>,
    pub(crate) leases: Vec<Leased>,
}

impl Model {
    pub(crate) fn add(&mut self, id: TaskId, event: Event) {
        self.events.push((id, event));
    }

    pub(crate) fn of(&self, id: TaskId) -> impl DoubleEndedIterator<Item = Event> {
        self.events.iter().filter(move |(of, _)| *of == id).map(|(_, event)| *event)
    }

    /// The state of a task: its last event, except what was requested of it.
    pub(crate) fn last(&self, id: TaskId) -> Event {
        let last = self.of(id).rfind(|event| *event != Event::CancelAsked);
        last.expect("each task was stored")
    }

    pub(crate) fn is_open(&self, id: TaskId) -> bool {
        use Event::{Crashed, Due, Leased, Requeued};
        matches!(self.last(id), Due(_) | Requeued(_) | Crashed(_) | Leased { .. })
    }

    pub(crate) fn due(&self, id: TaskId) -> Option<u64> {
        match self.last(id) {
            Event::Due(at) | Event::Requeued(at) | Event::Crashed(at) => Some(at),
            _ => None,
        }
    }

    /// What happened since it was stored, or requeued.
    pub(crate) fn life(&self, id: TaskId) -> Vec<Event> {
        let mut life: Vec<_> = self.of(id).collect();
        let start = life.iter().rposition(|event| matches!(event, Event::Requeued(_)));
        life.drain(..start.unwrap_or(0));
        life
    }

    pub(crate) fn has_begun(&self, id: TaskId) -> bool {
        self.life(id).iter().any(|event| matches!(event, Event::Leased { .. }))
    }

    pub(crate) fn is_suspect(&self, id: TaskId) -> bool {
        self.life(id).iter().any(|event| matches!(event, Event::Crashed(_)))
    }

    pub(crate) fn is_called_off(&self, id: TaskId) -> bool {
        self.of(id).next_back() == Some(Event::CancelAsked)
    }

    /// The tasks of a key, whichever it is until: they keep each other away.
    pub(crate) fn of_key(&self, key: u8) -> impl Iterator<Item = TaskId> {
        let of_key = move |task: &&Task| task.2.is_some_and(|(of, _)| of == key);
        self.tasks.iter().filter(of_key).map(|(id, ..)| *id)
    }

    pub(crate) fn until(&self, id: TaskId) -> Option<(u8, KeyUntil)> {
        self.tasks.iter().find(|task| task.0 == id).and_then(|task| task.2)
    }

    /// Whether a task keeps others of its key from being stored: the first to have asked for it.
    pub(crate) fn holder(&self, key: u8) -> Option<TaskId> {
        let mut holder = None;
        for (index, (id, event)) in self.events.iter().enumerate() {
            let Some((of, until)) = self.until(*id) else { continue };
            if of != key {
                continue;
            }
            let is_stored = self.events[..index].iter().all(|(other, _)| other != id);
            match event {
                _ if is_stored => holder = holder.or(Some(*id)),
                Event::Requeued(_) => holder = holder.or(Some(*id)),
                Event::Leased { .. } if until == KeyUntil::Started && holder == Some(*id) => {
                    holder = None;
                }
                Event::Done(_) | Event::Dead | Event::Cancelled(_) if holder == Some(*id) => {
                    holder = None;
                }
                _ => {}
            }
        }
        holder
    }

    /// Whether another task of its key has begun and has to end first.
    pub(crate) fn is_behind(&self, id: TaskId) -> bool {
        let Some((key, KeyUntil::Started)) = self.until(id) else { return false };
        self.of_key(key).any(|other| {
            let is_started = matches!(self.until(other), Some((_, KeyUntil::Started)));
            other != id && is_started && self.is_open(other) && self.has_begun(other)
        })
    }

    /// What a worker gets that has that much room, and holds no suspect.
    pub(crate) fn next(&self, room: usize) -> Vec<TaskId> {
        let mut ready: Vec<_> = self
            .tasks
            .iter()
            .filter_map(|(id, priority, _)| {
                let due = self.due(*id).filter(|due| *due <= self.now)?;
                Some((Reverse(*priority), due, *id))
            })
            .collect();
        ready.sort_unstable();
        let (mut chosen, mut suspects, mut keys) = (Vec::new(), 0, Vec::new());
        for (_, _, id) in ready {
            let lane = self.until(id).filter(|(_, until)| *until == KeyUntil::Started);
            let is_twin = lane.is_some_and(|(key, _)| keys.contains(&key));
            if chosen.len() == room
                || self.is_behind(id)
                || is_twin
                || (self.is_suspect(id) && suspects == 1)
            {
                continue;
            }
            suspects += usize::from(self.is_suspect(id));
            keys.extend(lane.map(|(key, _)| key));
            chosen.push(id);
        }
        chosen
    }

    pub(crate) fn holds(&self, leased: &Leased, index: usize) -> bool {
        matches!(self.last(leased.row.id), Event::Leased { lease, .. } if lease == index)
    }
}
