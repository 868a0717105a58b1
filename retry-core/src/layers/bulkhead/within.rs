//! [`Within`]: the attempts on an upstream that run on a thread, so that one knows what a call within it,
//! on the same upstream, gave up on.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use super::nested;
use super::{Bulkhead, Permit};
use crate::primitives::entered::{Enter, Entered};

/// The attempts of a call on an upstream; and whether a call within the last of them, on the same upstream
/// or the same bulkhead, was given up.
#[derive(Debug)]
pub struct Within {
    /// By what calls within it know it: its upstream's address, and that of the upstream's bulkhead.
    names: [usize; 2],
    /// By which of them its attempts go: the bulkhead's permit need be noted no second time.
    entered: usize,
    /// That of what has given the attempt its turn, if it needs one; else 0.
    pace: usize,
    is_given_up: AtomicBool,
}

impl Within {
    /// Of a call on the upstream at `address`, which has `bulkhead`; the call holds `permit`, if that is the
    /// bulkhead's; its attempts take turns of what is at `pace`, unless that is 0.
    #[inline]
    pub(crate) fn of(
        address: usize,
        bulkhead: Option<&Bulkhead>,
        permit: Option<&Permit<'_>>,
        pace: usize,
    ) -> Self {
        let (bulkhead, entered) = match permit {
            Some(permit) => {
                let held = nested::address(permit.semaphore());
                (held, held)
            }
            None => {
                let of = |bulkhead: &Bulkhead| nested::address(&bulkhead.semaphore);
                (bulkhead.map_or(address, of), address)
            }
        };
        Self { names: [address, bulkhead], entered, pace, is_given_up: AtomicBool::new(false) }
    }

    /// Whether a call within the attempt that has just ended was given up. Asked once an attempt.
    pub(crate) fn take_given_up(&self) -> bool {
        self.is_given_up.swap(false, Ordering::Relaxed)
    }

    /// The attempts take their turns where they are made.
    pub(crate) fn without_pace(self) -> Self {
        Self { pace: 0, ..self }
    }

    /// The call is given up: so knows the attempt that it is made in, if that is on the same upstream.
    pub(crate) fn give_up(&self) {
        nested::give_up(self.names);
    }

    /// Runs `body`, a part of an attempt.
    #[inline]
    pub(crate) fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        nested::enter(self.entered, self.pace, &self.is_given_up, body)
    }
}

/// Runs `body`, an attempt on an upstream: see [`Within`].
#[inline]
pub fn hold_within<T>(within: &Within, body: impl FnOnce() -> T) -> T {
    within.hold(body)
}

impl Enter for &Within {
    #[inline]
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        self.hold(body)
    }
}

/// As [`hold_within`], whenever the future is polled.
#[inline]
pub fn held_within<F: Future>(within: &Within, body: F) -> HoldingWithin<'_, F> {
    Entered::new(within, body)
}

/// The future of [`held_within`].
pub type HoldingWithin<'a, F> = Entered<&'a Within, F>;
