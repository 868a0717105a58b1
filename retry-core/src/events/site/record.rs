//! What a [`Site`] records of its calls: how many there were of each kind, and the last failure.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Site;
use super::last_error::Kept;
use super::listed::SITES;
use crate::events::event::{Event, EventKind};
use crate::policy::Policy;

/// What the last failed attempt left.
pub(super) struct Last {
    pub(super) policy: Policy,
    pub(super) upstream: Option<&'static str>,
    pub(super) limit: Option<u32>,
    pub(super) error: Kept,
}

impl Last {
    pub(super) const NOTHING: Self =
        Self { policy: Policy::DEFAULT, upstream: None, limit: None, error: Kept::nothing() };
}

impl Site {
    /// Counts what has happened to a call under `policy`; the first failure puts this on the list. Whether it
    /// is the first failure on its upstream, or on this one after another.
    pub(crate) fn record(&'static self, event: &Event<'_>, policy: &Policy) -> bool {
        let count = match event.kind() {
            EventKind::Retry if event.is_waiting() => &self.polls,
            EventKind::Retry => &self.retries,
            EventKind::GiveUp(_) => &self.give_ups,
            EventKind::LateSuccess => &self.late_successes,
            EventKind::Nested { .. } => return false,
        };
        if !event.has_only_waited() {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let is_kept = event.kind() != EventKind::LateSuccess;
        let is_on_another = is_kept && self.keep(event, policy);
        // A success may be the first that this process sees of a call which failed in others.
        if !self.is_listed.load(Ordering::Relaxed) && !self.is_listed.swap(true, Ordering::Relaxed)
        {
            SITES.append(self);
        }
        is_on_another
    }

    /// Keeps what a failed attempt leaves. Whether the one before was on another upstream, or on none.
    fn keep(&self, event: &Event<'_>, policy: &Policy) -> bool {
        // Written out before the lock is taken: a `Display` is the user's code.
        let mut error = Kept::nothing();
        if let Some(text) = event.error_text() {
            error.keep(text);
        }
        let Ok(mut last) = self.last.try_lock() else { return false };
        last.policy = *policy;
        last.limit = event.verdict().and_then(|verdict| verdict.limit());
        last.error.give_way_to(&error);
        let Some(upstream) = event.upstream() else { return false };
        last.upstream.replace(upstream).is_none_or(|before| !std::ptr::eq(before, upstream))
    }

    pub(super) fn last<R>(&self, read: impl FnOnce(&Last) -> R) -> R {
        // Nothing panics under the lock, so it is never poisoned.
        read(&self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
