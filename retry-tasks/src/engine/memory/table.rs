//! All tasks in memory, on their way to an end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use persevere_core::task::TaskId;

use super::record::{Place, Record, Stage};
use crate::engine::lease::{Ask, Beat, Held, Leased, Leases, Recovered, Wanted};
use crate::engine::{AHEAD, KeyUntil, NewRow, Pushed, Settled, Settlement, Transition};
use crate::row::lease_id::LeaseId;
use crate::row::moment::Moment;
use crate::row::priority;
use crate::row::text::bounded;

type NamedKey = (String, String);

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) records: BTreeMap<TaskId, Record>,
    places: BTreeSet<Place>,
    running: BTreeSet<TaskId>,
    /// Which task a key keeps others away for.
    keys: HashMap<NamedKey, TaskId>,
    /// Which task of a key that is free from the start has begun and not ended.
    begun: HashMap<NamedKey, TaskId>,
    /// The last tick of each schedule.
    ticks: HashMap<String, Moment>,
}

impl Table {
    pub(super) fn push(&mut self, rows: &[NewRow], now: Moment) -> Vec<Pushed> {
        rows.iter().map(|row| self.push_one(row, now)).collect()
    }

    fn push_one(&mut self, new: &NewRow, now: Moment) -> Pushed {
        if self.records.contains_key(&new.id) {
            return Pushed { id: new.id, is_new: false };
        }
        let record = Record::new(new, now);
        if let Some((key, _)) = record.key() {
            if let Some(&id) = self.keys.get(&key) {
                return Pushed { id, is_new: false };
            }
            self.keys.insert(key, new.id);
        }
        self.places.extend(record.place());
        self.records.insert(new.id, record);
        Pushed { id: new.id, is_new: true }
    }

    /// The last tick of a schedule, which begins now where it is not known.
    pub(super) fn ticked(&mut self, schedule: &str, now: Moment) -> Moment {
        *self.ticks.entry(schedule.to_owned()).or_insert(now)
    }

    pub(super) fn tick(&mut self, schedule: &str, tick: Moment, row: &NewRow, now: Moment) -> bool {
        let is_new =
            self.ticks.get(schedule).is_some_and(|&last| last < tick || last > now.after(AHEAD));
        if is_new {
            self.ticks.insert(schedule.to_owned(), tick);
            self.push_one(row, now);
        }
        is_new
    }

    pub(super) fn lease(&mut self, ask: &Ask, now: Moment) -> Leases {
        let (mut room, mut suspects) = (ask.room, ask.suspects);
        let mut rooms: Vec<_> = ask.tasks.iter().map(|wanted| wanted.room).collect();
        let lease = LeaseId::draw();
        let mut rows = Vec::new();
        for (place, index) in self.due(ask, now) {
            let (_, is_suspect, _, due, id) = place;
            if room == 0 || rooms[index] == 0 || (is_suspect && suspects == 0) || self.is_behind(id)
            {
                continue;
            }
            rooms[index] -= 1;
            room -= 1;
            suspects -= usize::from(is_suspect);
            rows.push(self.begin(id, lease, due, ask, now));
        }
        let next = self.upcoming(ask, now).map(|due| due.since(now));
        Leases { rows, next }
    }

    /// The places of those due, the first to begin first, each with the index of who wants it.
    fn due(&self, ask: &Ask, now: Moment) -> Vec<(Place, usize)> {
        let mut due = Vec::new();
        for (index, wanted) in ask.tasks.iter().enumerate() {
            for line in lines(wanted) {
                let last = (line.0.clone(), line.1, line.2, now, TaskId::from_u128(u128::MAX));
                let ready = self
                    .places
                    .range(line..=last)
                    .filter(|place| self.reads(wanted, place) && !self.is_behind(place.4));
                let ready = ready.take(wanted.room.min(ask.room));
                due.extend(ready.map(|place| (place.clone(), index)));
            }
        }
        due.sort_unstable_by_key(|((_, _, priority, due, id), _)| (*priority, *due, *id));
        due
    }

    /// When the next one becomes due.
    fn upcoming(&self, ask: &Ask, now: Moment) -> Option<Moment> {
        let lines =
            ask.tasks.iter().flat_map(|wanted| lines(wanted).map(move |line| (wanted, line)));
        lines
            .filter_map(|(wanted, line)| {
                let first =
                    (line.0.clone(), line.1, line.2, Moment(now.0 + 1), TaskId::from_u128(0));
                let last = (line.0, line.1, line.2, Moment(i64::MAX), TaskId::from_u128(u128::MAX));
                let later = self.places.range(first..=last).find(|place| self.reads(wanted, place));
                later.map(|place| place.3)
            })
            .min()
    }

    fn reads(&self, wanted: &Wanted, place: &Place) -> bool {
        self.records[&place.4].row.version <= wanted.version
    }

    /// Whether another task of its key has begun, and has to end first.
    fn is_behind(&self, id: TaskId) -> bool {
        match self.records[&id].key() {
            Some((key, KeyUntil::Started)) => {
                self.begun.get(&key).is_some_and(|&begun| begun != id)
            }
            _ => false,
        }
    }

    fn begin(&mut self, id: TaskId, lease: LeaseId, due: Moment, ask: &Ask, now: Moment) -> Leased {
        let record = self.records.get_mut(&id).expect("a place is that of a task");
        if let Some(place) = record.place() {
            self.places.remove(&place);
        }
        if let Some((key, KeyUntil::Started)) = record.key() {
            if self.keys.get(&key) == Some(&id) {
                self.keys.remove(&key);
            }
            self.begun.insert(key, id);
        }
        self.running.insert(id);
        record.stage = Stage::Running {
            lease,
            since: now,
            worker: ask.worker.clone(),
            until: now.after(ask.span),
            cancel: false,
        };
        Leased {
            row: record.row.clone(),
            lease,
            since_due: now.since(record.first_due),
            late: now.since(due),
        }
    }

    /// The task, if that lease of it lasts.
    pub(super) fn held(&mut self, held: Held) -> Option<&mut Record> {
        self.records.get_mut(&held.id).filter(
            |record| matches!(record.stage, Stage::Running { lease, .. } if lease == held.lease),
        )
    }

    pub(super) fn beat(&mut self, held: Held, end: Moment) -> Beat {
        match self.held(held).map(|record| &mut record.stage) {
            Some(Stage::Running { until, cancel, .. }) => {
                *until = end;
                if *cancel { Beat::CancelRequested } else { Beat::Kept }
            }
            _ => Beat::Lost,
        }
    }

    pub(super) fn settle(&mut self, settlement: &Settlement, now: Moment) -> Settled {
        let Some(record) = self.held(settlement.held) else { return Settled::Fenced };
        let is_called_off = matches!(record.stage, Stage::Running { cancel: true, .. });
        record.row.progress = settlement.progress.clone();
        record.row.attempts = settlement.attempts.clone();
        let keep_until = now.after(settlement.keep);
        let (stage, settled) = match &settlement.transition {
            Transition::Again(_) if is_called_off => {
                (Stage::Cancelled { keep_until }, Settled::Cancelled)
            }
            Transition::Again(span) => (Stage::Waiting { due: now.after(*span) }, Settled::Written),
            Transition::Done { output, .. } => {
                (Stage::Done { output: output.clone(), keep_until }, Settled::Written)
            }
            Transition::Dead { reason, error } => {
                let error = bounded(error, crate::engine::LAST_ERROR);
                (Stage::Dead { reason: *reason, error, died: now }, Settled::Written)
            }
            Transition::Cancelled => (Stage::Cancelled { keep_until }, Settled::Written),
        };
        self.enter(settlement.held.id, stage);
        if let Transition::Done { then, .. } = &settlement.transition {
            self.push(then, now);
        }
        settled
    }

    /// Puts a task into a stage that is not running.
    pub(super) fn enter(&mut self, id: TaskId, stage: Stage) {
        let record = self.records.get_mut(&id).expect("a task that is there");
        if let Some(place) = record.place() {
            self.places.remove(&place);
        }
        self.running.remove(&id);
        record.stage = stage;
        self.places.extend(record.place());
        let freed = record.key().filter(|_| record.has_ended());
        if let Some((key, _)) = freed {
            for taken in [&mut self.keys, &mut self.begun] {
                if taken.get(&key) == Some(&id) {
                    taken.remove(&key);
                }
            }
        }
    }

    /// Takes the key again, unless another task has it by now.
    pub(super) fn take_key_again(&mut self, id: TaskId) {
        if let Some((key, _)) = self.records[&id].key() {
            self.keys.entry(key).or_insert(id);
        }
    }

    pub(super) fn recover(&mut self, limit: usize, now: Moment) -> Vec<Recovered> {
        let lost = self.running.iter().filter(
            |id| matches!(self.records[*id].stage, Stage::Running { until, .. } if until <= now),
        );
        let lost: Vec<_> = lost.copied().take(limit).collect();
        lost.into_iter().map(|id| self.recover_one(id, now)).collect()
    }

    fn recover_one(&mut self, id: TaskId, now: Moment) -> Recovered {
        let record = self.records.get_mut(&id).expect("a running task is there");
        let Stage::Running { since, worker, cancel, .. } = &record.stage else {
            unreachable!("only running tasks are in that list")
        };
        let (since, worker, cancel) = (*since, worker.clone(), *cancel);
        let pause = record.row.progress.crashed();
        record.row.attempts.add(since.time(), None, crate::engine::WORKER_LOST);
        let recovered = Recovered {
            id,
            task: record.row.task.clone(),
            worker,
            crashes: record.row.progress.crashes,
        };
        let stage = if cancel {
            Stage::Cancelled { keep_until: now.after(crate::engine::KEEP_CANCELLED) }
        } else {
            Stage::Waiting { due: now.after(pause) }
        };
        self.enter(id, stage);
        recovered
    }
}

/// Where each kind of those wanted begins in the order of places.
fn lines(wanted: &Wanted) -> impl Iterator<Item = Place> {
    wanted.names.iter().flat_map(|name| {
        priority::HIGHEST_FIRST.into_iter().flat_map(move |of| {
            [false, true].map(|suspect| {
                let first = (Moment(i64::MIN), TaskId::from_u128(0));
                (name.clone(), suspect, priority::number(of), first.0, first.1)
            })
        })
    })
}
