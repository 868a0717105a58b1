//! [`gated`]: an attempt that all tasks of a thread are held in, until the measuring has been done.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use super::Error;

/// What attempts do at the gate.
#[derive(Clone, Copy, Debug)]
pub enum Phase {
    /// Wait at it.
    Closed,
    /// Fail.
    Failing,
    /// Succeed.
    Open,
}

thread_local! {
    static PHASE: Cell<Phase> = const { Cell::new(Phase::Closed) };
    static FAILED: Cell<usize> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// Moves all attempts of this thread on to `phase`; the tasks that wait at the gate are woken.
pub fn open(phase: Phase) {
    PHASE.set(phase);
    WAITING.take().into_iter().for_each(Waker::wake);
}

/// How many attempts have failed at this thread's gate.
#[must_use]
pub fn failed_at_gate() -> usize {
    FAILED.get()
}

/// One attempt. It holds nothing itself: the gate is outside of what is measured.
///
/// # Errors
///
/// In [`Phase::Failing`].
pub async fn gated() -> Result<u64, Error> {
    poll_fn(|context| match PHASE.get() {
        Phase::Closed => {
            WAITING.with_borrow_mut(|waiting| waiting.push(context.waker().clone()));
            Poll::Pending
        }
        Phase::Failing => {
            FAILED.set(FAILED.get() + 1);
            Poll::Ready(Err(Error::Busy))
        }
        Phase::Open => Poll::Ready(Ok(7)),
    })
    .await
}
