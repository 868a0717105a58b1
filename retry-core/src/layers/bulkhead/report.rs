//! How calls ended, for a bulkhead whose limit adapts.

use super::Bulkhead;
use super::adaptive::End;
use super::nested::MayHold;
use super::permit::Permit;
use crate::classify::judge::Polled;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::{self, Stopped};
use crate::classify::{Class, Classify, Verdict};
use crate::layers::shared::Shared;

impl End {
    pub(crate) const ANSWERED: Self = Self::Answered { is_first: true };

    /// That of an attempt whose permit is dropped.
    pub(super) fn dropped() -> Self {
        if stopped::is_cut() { Self::Dropped } else { Self::Unknown }
    }

    /// That of an attempt that failed with `verdict`, or was `stopped`: one that was refused never ran.
    pub(crate) fn of(verdict: Verdict, stopped: Option<Stopped>) -> Self {
        match stopped {
            // Cancelled by this process: that says nothing of the other side.
            Some(stopped) if stopped.rejection() == Rejection::Cancelled => Self::Unknown,
            Some(stopped) if stopped.has_run() => Self::Dropped,
            Some(_) => Self::Unknown,
            None => match verdict.class() {
                Class::Permanent => Self::ANSWERED,
                Class::Transient => Self::Failed,
                Class::Throttled => Self::Dropped,
            },
        }
    }
}

impl Permit<'_> {
    /// Gives it back: the call has succeeded.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static INDEX: Bulkhead = Bulkhead::adaptive(2..=100);
    ///
    /// let permits: Vec<_> = (0..2).map(|_| INDEX.try_acquire().expect("two are free")).collect();
    /// permits.into_iter().for_each(|permit| permit.succeeded());
    /// assert_eq!(INDEX.limit(), 4); // it doubles each round trip, until the first drop
    /// ```
    #[inline]
    pub fn succeeded(self) {
        self.end(End::ANSWERED);
    }

    /// Gives it back: the call has failed, with an error of that verdict.
    ///
    /// A throttled failure is a drop. A transient one is a drop if more than a tenth of a round trip's calls
    /// have failed so. A permanent one is an answer, as a success is.
    ///
    /// ```
    /// use persevere::{Bulkhead, Verdict};
    ///
    /// static INDEX: Bulkhead = Bulkhead::adaptive(1..=100);
    ///
    /// let call = || INDEX.try_acquire().expect("one is free");
    /// call().succeeded();
    /// assert_eq!(INDEX.limit(), 2);
    /// call().failed(Verdict::THROTTLED);
    /// assert_eq!(INDEX.limit(), 1);
    /// ```
    pub fn failed(self, verdict: Verdict) {
        self.end(End::of(verdict, None));
    }

    /// Gives it back: a time limit has cut the call, which is a drop.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static INDEX: Bulkhead = Bulkhead::adaptive(1..=100);
    ///
    /// INDEX.try_acquire().expect("one is free").succeeded();
    /// INDEX.try_acquire().expect("two are free").cut();
    /// assert_eq!(INDEX.limit(), 1);
    /// ```
    pub fn cut(self) {
        self.end(End::Dropped);
    }

    /// Gives it back, and reports the call's outcome: [`succeeded`](Self::succeeded), or
    /// [`failed`](Self::failed) with its error's verdict.
    ///
    /// ```
    /// use std::io;
    /// use persevere::Bulkhead;
    ///
    /// static INDEX: Bulkhead = Bulkhead::adaptive(1..=100);
    ///
    /// let permit = INDEX.try_acquire().expect("one is free");
    /// let outcome: io::Result<()> = Ok(()); // the call
    /// permit.record(&outcome);
    /// assert_eq!(INDEX.limit(), 2);
    /// ```
    pub fn record<O>(self, outcome: &O)
    where
        O: Outcome,
        O::Error: Classify,
    {
        match outcome.as_result() {
            Ok(_) => self.succeeded(),
            Err(error) => self.failed(error.classify()),
        }
    }

    /// Reports an attempt that has failed, with an error of that verdict, and keeps the permit: for a loop that
    /// retries under one permit.
    ///
    /// ```
    /// use persevere::{Bulkhead, Verdict};
    ///
    /// static INDEX: Bulkhead = Bulkhead::adaptive(1..=100);
    ///
    /// INDEX.try_acquire().expect("one is free").succeeded();
    /// let permit = INDEX.try_acquire().expect("two are free");
    /// permit.attempt_failed(Verdict::THROTTLED);
    /// assert_eq!((INDEX.limit(), INDEX.available()), (1, 0));
    /// permit.succeeded(); // by a retry
    /// ```
    pub fn attempt_failed(&self, verdict: Verdict) {
        self.attempted(End::of(verdict, None));
    }

    /// Reports an attempt that a time limit has cut, which is a drop, and keeps the permit.
    pub fn attempt_cut(&self) {
        self.attempted(End::Dropped);
    }

    fn attempted(&self, end: End) {
        self.grant.attempted(self.semaphore(), end);
    }
}

/// An attempt of a call whose permit is elsewhere, for `tower`'s layers: it counts as an attempt, and against
/// no limit.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sample {
    bulkhead: Shared<'static, Bulkhead>,
    stamp: u32,
    end: End,
}

impl Sample {
    /// Of an attempt that begins, if the bulkhead's limit adapts.
    #[must_use]
    pub fn begin(bulkhead: &Shared<'static, Bulkhead>) -> Option<Self> {
        let stamp = bulkhead.semaphore.stamp()?;
        Some(Self { bulkhead: bulkhead.clone(), stamp, end: End::Unknown })
    }

    /// The attempt has ended, with a verdict if it failed.
    pub fn ended(mut self, verdict: Option<Verdict>, was_cut: bool) {
        self.end = match verdict {
            _ if was_cut => End::Dropped,
            None => End::ANSWERED,
            Some(verdict) => End::of(verdict, None),
        };
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let end = if self.end == End::Unknown { End::dropped() } else { self.end };
        self.bulkhead.semaphore.attempted(self.stamp, end);
    }
}

/// The call ends with a success.
#[inline]
pub fn completed(admission: &impl MayHold) {
    if let Some(permit) = admission.permit() {
        if permit.grant.is_adaptive() {
            permit.attempted(End::ANSWERED);
        }
    }
}

/// An attempt has failed or was stopped; the call keeps its permit.
#[cold]
pub fn admitted_failed(admission: &impl MayHold, verdict: Verdict, stopped: Option<Stopped>) {
    if let Some(permit) = admission.permit() {
        permit.attempted(End::of(verdict, stopped));
    }
}

/// As [`admitted_failed`], of a value that `on_ok` retries.
#[cold]
pub fn admitted_polled(admission: &impl MayHold, polled: Polled, stopped: Option<Stopped>) {
    match polled {
        Polled::Failed(verdict) => admitted_failed(admission, verdict, stopped),
        Polled::Waiting(_) | Polled::Final => {
            admission.permit().into_iter().for_each(|permit| permit.attempted(End::ANSWERED));
        }
    }
}
