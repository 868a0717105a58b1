//! Tasks in memory that have ended, or are to end; and how many there are.

use std::collections::BTreeMap;
use std::time::Duration;

use persevere_core::task::TaskId;

use super::record::{Record, Stage};
use super::table::Table;
use crate::engine::select::LISTED_NAMES;
use crate::engine::sizes::first_within;
use crate::engine::{Cancelled, Listing, Look, Selection, TaskStats};
use crate::row::moment::Moment;

impl Table {
    pub(super) fn prune(&mut self, limit: usize, now: Moment) -> u64 {
        let over = self.records.values().filter(|record| match record.stage {
            Stage::Done { keep_until, .. } | Stage::Cancelled { keep_until } => keep_until <= now,
            Stage::Waiting { .. } | Stage::Running { .. } | Stage::Dead { .. } => false,
        });
        let over: Vec<_> = over.map(|record| record.row.id).take(limit).collect();
        self.remove_all(&over)
    }

    /// The first of these tasks that have no more than `bytes` in all.
    pub(super) fn look_within(&self, ids: &[TaskId], bytes: u64) -> Vec<Look> {
        let sizes = ids.iter().filter_map(|id| Some((*id, self.records.get(id)?.bytes())));
        let first = first_within(ids, &sizes.collect(), bytes);
        first.iter().filter_map(|id| self.records.get(id)).map(Record::look).collect()
    }

    pub(super) fn waiting(&self, names: &[String], limit: usize) -> Vec<TaskId> {
        let waiting = self.records.values().filter_map(|record| match record.stage {
            Stage::Waiting { due } if names.contains(&record.row.task) => {
                Some((due, record.row.id))
            }
            _ => None,
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_unstable();
        waiting.into_iter().take(limit).map(|(_, id)| id).collect()
    }

    pub(super) fn list(&self, which: &Listing) -> Vec<TaskId> {
        if let Some(dead) = which.of_the_dead() {
            return self.dead(&dead);
        }
        let listed = self.records.values().rev().filter(|record| {
            which.state.is_none_or(|state| record.stage.name() == state)
                && which.task.as_ref().is_none_or(|task| *task == record.row.task)
        });
        listed.map(|record| record.row.id).take(which.limit).collect()
    }

    /// Which of the dead are meant, first the one that died last.
    pub(super) fn dead(&self, which: &Selection) -> Vec<TaskId> {
        let dead = self
            .records
            .values()
            .filter_map(|record| is_meant(record, which).map(|died| (died, record.row.id)));
        let mut dead: Vec<_> = dead.collect();
        dead.sort_unstable_by_key(|&dead| std::cmp::Reverse(dead));
        let limit = which.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        dead.into_iter().take(limit).map(|(_, id)| id).collect()
    }

    pub(super) fn requeue(&mut self, which: &Selection, now: Moment) -> u64 {
        let dead = self.dead(which);
        for &id in &dead {
            let record = self.records.get_mut(&id).expect("a dead task is there");
            record.row.progress.start_again();
            record.first_due = now;
            self.enter(id, Stage::Waiting { due: now });
            self.take_key_again(id);
        }
        dead.len() as u64
    }

    pub(super) fn discard(&mut self, which: &Selection) -> u64 {
        let dead = self.dead(which);
        self.remove_all(&dead)
    }

    fn remove_all(&mut self, ids: &[TaskId]) -> u64 {
        for id in ids {
            self.records.remove(id);
        }
        ids.len() as u64
    }

    pub(super) fn cancel(&mut self, id: TaskId, keep: Duration, now: Moment) -> Option<Cancelled> {
        let record = self.records.get_mut(&id)?;
        Some(match &mut record.stage {
            Stage::Waiting { .. } => {
                self.enter(id, Stage::Cancelled { keep_until: now.after(keep) });
                Cancelled::BeforeStart
            }
            Stage::Running { cancel, .. } => {
                *cancel = true;
                Cancelled::Requested
            }
            Stage::Done { .. } | Stage::Dead { .. } | Stage::Cancelled { .. } => Cancelled::TooLate,
        })
    }

    pub(super) fn stats(&self, now: Moment) -> Vec<TaskStats> {
        let mut stats = BTreeMap::<&str, TaskStats>::new();
        for record in self.records.values() {
            let task = &record.row.task;
            let entry = stats.entry(task).or_insert_with(|| TaskStats::none(task));
            match record.stage {
                Stage::Waiting { due } => {
                    entry.waiting += 1;
                    if due <= now {
                        entry.due += 1;
                        entry.oldest_due = entry.oldest_due.max(Some(now.since(due)));
                    }
                }
                Stage::Running { .. } => entry.running += 1,
                Stage::Dead { .. } => entry.dead += 1,
                Stage::Done { .. } | Stage::Cancelled { .. } => {}
            }
        }
        let lively = |stats: &TaskStats| stats.waiting + stats.running + stats.dead > 0;
        stats.into_values().filter(lively).take(LISTED_NAMES).collect()
    }
}

/// When a task died that is meant.
fn is_meant(record: &Record, which: &Selection) -> Option<Moment> {
    let Stage::Dead { reason, died, .. } = record.stage else { return None };
    let row = &record.row;
    let is_meant = (which.names.is_empty() || which.names.contains(&row.task))
        && (which.ids.is_empty() || which.ids.contains(&row.id))
        && which.because.is_none_or(|because| because == reason)
        && which.since.is_none_or(|since| Moment::not_before(since) <= died)
        && which.after.is_none_or(|(time, id)| (died, row.id) < (Moment::exact(time), id));
    is_meant.then_some(died)
}
