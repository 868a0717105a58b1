//! [`State`]: where an async call is.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::parts::Timing;
use crate::call::retry::Retry;

pin_project_lite::pin_project! {
    /// Where an async call is: before an attempt, in one, or in the wait for the next one.
    #[project = StateProjection]
    pub enum State<O, A, W> {
        /// An attempt begins when it may.
        Starting,
        /// An attempt runs.
        #[allow(missing_docs, reason = "the variant says what it has")]
        Attempting { #[pin] attempt: A },
        /// A retry is waited for.
        #[allow(missing_docs, reason = "the variant says what it has")]
        Waiting { #[pin] waiting: Waiting<O, W> },
        /// The call has ended, or what it ran has panicked.
        Over,
    }
}

pin_project_lite::pin_project! {
    /// The wait for a retry, and what the attempt before it gave.
    pub struct Waiting<O, W> {
        outcome: Option<O>,
        #[pin]
        wait: W,
    }
}

impl<O, A, W> State<O, A, W> {
    /// The call is there now. What it was in is dropped.
    // A function of its own, since the compiler writes all of that wherever it is done.
    pub(super) fn replace_by(mut self: Pin<&mut Self>, state: Self) {
        self.set(state);
    }
}

impl<O, W> Waiting<O, W> {
    pub(super) fn after(outcome: O, wait: W) -> Self {
        Self { outcome: Some(outcome), wait }
    }

    /// What the attempt before it gave, once the wait is over, and whether it was cancelled.
    pub(super) fn poll<T: Timing<Wait = W>>(
        self: Pin<&mut Self>,
        retry: &mut Option<Retry<'static>>,
        context: &mut Context<'_>,
    ) -> Poll<(O, bool)> {
        let this = self.project();
        let (Some(retry), Some(_)) = (retry, &this.outcome) else {
            return Poll::Pending; // a hook has panicked, so the call is over
        };
        let is_cancelled = ready!(T::poll_wait(this.wait, retry, context));
        let outcome = this.outcome.take();
        outcome.map_or(Poll::Pending, |outcome| Poll::Ready((outcome, is_cancelled)))
    }
}
