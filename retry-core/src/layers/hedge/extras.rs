//! [`Hedged`]: what a race needs from its first extra attempt on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::classify::{Class, Verdict};

/// The extra attempts of a race, and the failure that is its outcome if none succeeds.
pub(super) struct Hedged<F: Future, W> {
    /// In the order in which they were started.
    pub(super) in_flight: Vec<Extra<F, W>>,
    pub(super) failure: Option<Failed<F::Output>>,
    /// Which attempt was polled first the last time; 0 is the race's first.
    turn: usize,
}

/// An attempt after the first.
pub(super) struct Extra<F: Future, W> {
    pub(super) attempt: Pin<Box<F>>,
    pub(super) permit: W,
    /// Its outcome, kept until the older attempts have been polled, too.
    pub(super) outcome: Option<F::Output>,
}

/// The outcome of a failed attempt.
pub(super) struct Failed<O> {
    pub(super) outcome: O,
    pub(super) verdict: Verdict,
}

impl<O> Failed<O> {
    /// Of two failures, the one that asks for more restraint; the later, if both ask for the same.
    pub(super) fn or_later(self, later: Self) -> Self {
        let asks = |failed: &Self| {
            (failed.verdict.class() == Class::Throttled, failed.verdict.retry_after())
        };
        if asks(&later) >= asks(&self) { later } else { self }
    }
}

impl<F: Future, W> Hedged<F, W> {
    /// How many attempts there are, the first one included, and which of them is polled first now.
    pub(super) fn next_turn(&mut self) -> (usize, usize) {
        let attempts = self.in_flight.len() + 1;
        self.turn = (self.turn + 1) % attempts;
        (attempts, self.turn)
    }

    /// Removes the oldest attempt that has ended.
    pub(super) fn take_ended(&mut self) -> Option<(F::Output, W)> {
        let ended = self.in_flight.iter().position(|extra| extra.outcome.is_some())?;
        let Extra { attempt, permit, outcome } = self.in_flight.remove(ended);
        drop(attempt);
        outcome.map(|outcome| (outcome, permit))
    }
}

impl<F: Future, W> Extra<F, W> {
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        if let Poll::Ready(outcome) = self.attempt.as_mut().poll(context) {
            self.outcome = Some(outcome);
        }
    }
}

impl<F: Future, W> Default for Hedged<F, W> {
    fn default() -> Self {
        Self { in_flight: Vec::new(), failure: None, turn: 0 }
    }
}
