//! [`RetrySlot`]: where a loop keeps the [`Retry`] of its call.

#![allow(clippy::inline_always, reason = "the happy path must cost no call")]

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::call::retry::Retry;
use crate::time::limit::Limit;
use crate::time::timeline::Timeline;

/// Holds the call's [`Retry`]; empty until an attempt has failed.
///
/// The retry is dropped out of line, and only if there is one. `Option`'s own drop would be a function
/// call even if there is none. And if the retry were moved out at the end of a call, every call would
/// carry a drop flag for it.
#[derive(Debug)]
pub struct RetrySlot<'b>(ManuallyDrop<Option<Retry<'b>>>);

impl RetrySlot<'_> {
    /// The slot of a call that begins: nothing has failed yet.
    #[inline(always)]
    #[must_use]
    pub const fn empty() -> Self {
        Self(ManuallyDrop::new(None))
    }

    /// Whether an attempt has failed before.
    #[inline(always)]
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.0.is_some()
    }

    /// The limit of the attempt that begins now. The first begins as the call does.
    #[inline]
    #[must_use]
    pub fn limit(&self, timeline: &Timeline, timeout: Option<Duration>) -> Option<Limit> {
        if self.is_filled() {
            Limit::of(Some(timeline), timeout)
        } else {
            Limit::of_first(timeline, timeout)
        }
    }
}

/// Ends a call after a failure. The code out of line has emptied the slot by now; this assignment is
/// inline so that the compiler knows it, and drops nothing on the path to the end.
#[inline(always)]
pub fn end(slot: &mut RetrySlot<'_>) {
    debug_assert!(slot.is_none(), "a call that ends has no retry left to make");
    slot.0 = ManuallyDrop::new(None);
}

impl<'b> Deref for RetrySlot<'b> {
    type Target = Option<Retry<'b>>;

    #[inline(always)]
    fn deref(&self) -> &Option<Retry<'b>> {
        &self.0
    }
}

impl<'b> DerefMut for RetrySlot<'b> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Option<Retry<'b>> {
        &mut self.0
    }
}

impl Drop for RetrySlot<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            drop_out_of_line(&mut self.0);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_out_of_line(retry: &mut Option<Retry<'_>>) {
    drop(retry.take());
}
