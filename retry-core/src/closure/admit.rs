//! The place in a bulkhead that a whole call of a retried closure holds.

use std::time::Duration;

use super::Settings;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::layers::bulkhead::admit::admit_blocking;
use crate::layers::bulkhead::{Permit, Queued};
use crate::time::timeline::{Limit, Timeline};

/// What a call is at its bulkhead, if it names one.
#[derive(Debug, Default)]
pub(super) enum Admission {
    /// It has not asked yet.
    #[default]
    Unasked,
    /// It waits.
    Queued(Queued<'static>),
    /// It has its place, or needs none.
    Admitted(Option<Permit<'static>>),
}

impl Admission {
    /// Runs `body` in the call's place, if it has one.
    pub(super) fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        match self {
            Self::Admitted(Some(permit)) => permit.within(body),
            _ => body(),
        }
    }
}

impl<O: Outcome> Settings<O> {
    /// Asks for a place; if there is none yet, the wait and what bounds it.
    pub(super) fn ask(
        &self,
        timeline: Option<&Timeline>,
    ) -> Result<(Admission, Option<Limit>), Rejection> {
        let Some(bulkhead) = self.bulkhead else { return Ok((Admission::Admitted(None), None)) };
        if let Some(place) = bulkhead.nested().or_else(|| bulkhead.try_acquire().ok()) {
            return Ok((Admission::Admitted(Some(place)), None));
        }
        let queued = bulkhead.join()?;
        let limit = bulkhead.limit(self.remaining(timeline));
        match limit {
            Some(limit) if limit.after().is_zero() => Err(limit.rejection()),
            _ => Ok((Admission::Queued(queued), limit)),
        }
    }

    /// As [`ask`](Self::ask), waiting on the thread.
    pub(super) fn ask_blocking(&self, timeline: Option<&Timeline>) -> Result<Admission, Rejection> {
        let timeline = timeline.filter(|_| self.deadline.is_some());
        let place = self.bulkhead.map(|bulkhead| admit_blocking(bulkhead, timeline)).transpose()?;
        Ok(Admission::Admitted(place))
    }

    /// What is left until the call's own deadline.
    fn remaining(&self, timeline: Option<&Timeline>) -> Option<Duration> {
        self.deadline.and(timeline).and_then(Timeline::remaining)
    }
}
