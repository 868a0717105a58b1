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

impl<O, W> Waiting<O, W> {
    pub(super) fn after(outcome: O, wait: W) -> Self {
        Self { outcome: Some(outcome), wait }
    }

    /// What the attempt before it gave, once the wait is over, and whether it was cancelled.
    pub(super) fn poll<T: Timing<Wait = W>>(
        self: Pin<&mut Self>,
        retry: &mut Option<Retry<'static>>,
        context: &mut Context<'_>,
    ) -> Poll<(Option<O>, bool)> {
        let this = self.project();
        let mut is_cancelled = false;
        if let Some(retry) = retry {
            is_cancelled = ready!(T::poll_wait(this.wait, retry, context));
        }
        Poll::Ready((this.outcome.take(), is_cancelled))
    }
}
