//! [`Entered`]: a future that is polled within something.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What code can run within: a scope of its thread, a permit that its call holds.
pub trait Enter {
    /// Runs `body` within it, and leaves it again, also by a panic.
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T;
}

/// Within it, if there is one.
impl<E: Enter> Enter for Option<E> {
    #[inline]
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        match self {
            Some(within) => within.enter(body),
            None => body(),
        }
    }
}

pin_project_lite::pin_project! {
    /// A future, each poll of which runs within `E`, on whichever thread that is.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Entered<E, F> {
        within: E,
        #[pin]
        future: F,
    }
}

impl<E: Enter, F: Future> Entered<E, F> {
    /// `future`, within that.
    #[inline]
    pub const fn new(within: E, future: F) -> Self {
        Self { within, future }
    }
}

impl<E, F> Entered<E, F> {
    pub(crate) const fn future(&self) -> &F {
        &self.future
    }
}

impl<E: Enter, F: Future> Future for Entered<E, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.within.enter(|| this.future.poll(context))
    }
}

/// Defines a future that users can name, and that is an [`Entered`]: within what, is its own affair.
macro_rules! entered {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident within $within:ty;) => {
        pin_project_lite::pin_project! {
            $(#[$doc])*
            #[must_use = "futures do nothing unless polled"]
            $visibility struct $name<F> {
                #[pin]
                entered: $crate::primitives::entered::Entered<$within, F>,
            }
        }

        impl<F: std::future::Future> $name<F> {
            fn new(within: $within, future: F) -> Self {
                Self { entered: $crate::primitives::entered::Entered::new(within, future) }
            }
        }

        impl<F: std::future::Future> std::future::Future for $name<F> {
            type Output = F::Output;

            #[inline]
            fn poll(
                self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<F::Output> {
                self.project().entered.poll(context)
            }
        }

        impl<F: std::fmt::Debug> std::fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let future = self.entered.future();
                f.debug_struct(stringify!($name)).field("future", future).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use entered;
