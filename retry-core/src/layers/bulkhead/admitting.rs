//! [`Admitting`]: the future of an admission, which most calls need not wait for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project_lite::pin_project! {
    /// The future of `admit`, and of `admit_if_any`. A call that finds a free permit takes it before this is
    /// polled: it is awaited where it is made.
    #[derive(Debug)]
    #[project = AdmittingProjection]
    #[must_use = "futures do nothing unless polled"]
    pub enum Admitting<A, F> {
        /// There is nothing to wait for.
        Now { admission: Option<A> },
        /// The call waits in the queue.
        Waiting { #[pin] wait: F },
    }
}

impl<A, F> Admitting<A, F> {
    #[inline]
    pub(super) const fn now(admission: A) -> Self {
        Self::Now { admission: Some(admission) }
    }
}

impl<A, F: Future<Output = A>> Future for Admitting<A, F> {
    type Output = A;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A> {
        match self.as_mut().project() {
            AdmittingProjection::Now { admission } => match admission.take() {
                Some(admission) => Poll::Ready(admission),
                None => Poll::Pending, // polled after its end
            },
            AdmittingProjection::Waiting { wait } => {
                let admission = ready!(wait.poll(context));
                self.set(Self::Now { admission: None });
                Poll::Ready(admission)
            }
        }
    }
}
