//! [`Due`]: what a loop keeps from attempt to attempt.

#![allow(clippy::inline_always, reason = "the happy path must cost no call")]

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use crate::call::progress::Retry;

/// The retry that is due, and nothing until something has failed.
///
/// A retry is dropped out of line, and only where there is one: `Option`'s own drop would be a call
/// even where there is none; and if the retry were moved out at the end of a call, every call would
/// carry a drop flag for it.
#[derive(Debug)]
pub struct Due(ManuallyDrop<Option<Retry>>);

impl Due {
    /// No retry is due: nothing has failed yet.
    #[inline(always)]
    #[must_use]
    pub const fn nothing() -> Self {
        Self(ManuallyDrop::new(None))
    }

    /// Whether an attempt has failed before.
    #[inline(always)]
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.0.is_some()
    }
}

/// The end of a call after a failure: what was called out of line has taken the retry by now. Said
/// inline, so that the compiler knows it, and no path to the end has anything left to drop.
#[inline(always)]
pub fn end(due: &mut Due) {
    debug_assert!(due.is_none(), "a retry that is due is waited for");
    due.0 = ManuallyDrop::new(None);
}

impl Deref for Due {
    type Target = Option<Retry>;

    #[inline(always)]
    fn deref(&self) -> &Option<Retry> {
        &self.0
    }
}

impl DerefMut for Due {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Option<Retry> {
        &mut self.0
    }
}

impl Drop for Due {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            drop_out_of_line(&mut self.0);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_out_of_line(retry: &mut Option<Retry>) {
    drop(retry.take());
}
