//! Attempts of a closure without chaos: nothing happens, at no cost.

#![allow(
    clippy::unused_self,
    clippy::inline_always,
    clippy::extra_unused_type_parameters,
    reason = "as with the feature `chaos`"
)]

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Operation;
use super::guarded::Guarded;
use super::parts::{Pause, Timing};
use super::settings::ClosureSettings;
use crate::classify::outcome::Outcome;

impl<O: Outcome> Guarded<O> {
    #[inline(always)]
    pub(super) fn fails_blocking<Called: Operation<Output = O>>(
        &self,
        _settings: &ClosureSettings,
        _timer: &mut impl Pause,
    ) -> Option<O> {
        None
    }
}

/// What an attempt waits for before it begins: nothing.
pub(super) struct Delay<A>(PhantomData<fn() -> A>);

impl<A> Delay<A> {
    #[inline(always)]
    pub(super) const fn none() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    pub(super) fn fails<Called, T>(
        &mut self,
        _guarded: &Guarded<Called::Output>,
        _settings: &ClosureSettings,
        _timer: &mut T,
    ) -> Option<Called::Output>
    where
        Called: Operation,
        T: Timing<Alarm = A>,
    {
        None
    }

    #[inline(always)]
    pub(super) fn poll(&mut self, _context: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    #[inline(always)]
    pub(super) fn end(&mut self) {}
}

pin_project_lite::pin_project! {
    /// A body of a race.
    pub(super) struct Perturbed<F, A> {
        #[pin]
        body: F,
        marker: PhantomData<fn() -> A>,
    }
}

impl<F: Future, A> Perturbed<F, A> {
    #[inline(always)]
    pub(super) fn of<Called, T>(
        _guarded: &Guarded<F::Output>,
        _settings: &ClosureSettings,
        _timer: &mut T,
        attempt: impl FnOnce() -> F,
    ) -> Self
    where
        Called: Operation<Output = F::Output>,
        T: Timing<Alarm = A>,
    {
        Self { body: attempt(), marker: PhantomData }
    }
}

impl<F: Future, A> Future for Perturbed<F, A> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().body.poll(context)
    }
}
