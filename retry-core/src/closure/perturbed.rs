//! What chaos does to the attempts of a closure.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Operation;
use super::guarded::Guarded;
use super::parts::{Pause, Timing};
use super::settings::ClosureSettings;
use crate::call::perturb::{self, draw};
use crate::chaos::Injected;
use crate::classify::outcome::Outcome;
use crate::overrides;

impl<O: Outcome> Guarded<O> {
    /// What is done to an attempt that begins, if anything is: it gives an outcome, or is delayed.
    #[inline]
    fn broken<Called: Operation<Output = O>>(
        &self,
        settings: &ClosureSettings,
    ) -> Option<Result<O, Duration>> {
        if !overrides::is_any_breaking() || Called::IS_PERTURBED_ELSEWHERE {
            return None;
        }
        let (caller, guards) = (settings.caller(type_name::<Called>), &self.guards);
        let upstream = guards.on_upstream().map(|upstream| upstream.name);
        match draw(caller, upstream, guards.acted(), self.reject.is_some())? {
            Injected::Delay(delay) => Some(Err(delay)),
            Injected::Fault(fault) => {
                self.reject.map(|reject| Ok(reject(perturb::of(fault), None)))
            }
        }
    }

    /// What an attempt fails with that begins, if chaos ends it. If chaos delays it, it is later.
    #[inline]
    pub(super) fn fails_blocking<Called: Operation<Output = O>>(
        &self,
        settings: &ClosureSettings,
        timer: &mut impl Pause,
    ) -> Option<O> {
        self.broken::<Called>(settings)?.map_err(|delay| timer.delay(delay)).ok()
    }
}

/// What an attempt waits for before it begins: elsewhere, since hardly any has it.
pub(super) struct Delay<A>(Option<Pin<Box<A>>>);

impl<A: Future<Output = ()>> Delay<A> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// As [`Guarded::fails_blocking`].
    #[inline]
    pub(super) fn fails<Called, T>(
        &mut self,
        guarded: &Guarded<Called::Output>,
        settings: &ClosureSettings,
        timer: &mut T,
    ) -> Option<Called::Output>
    where
        Called: Operation,
        T: Timing<Alarm = A>,
    {
        if guarded.guards.options.is_hedged {
            return None; // each body of a race is an attempt to chaos
        }
        let delayed = |delay| self.0 = Some(Box::pin(timer.alarm(delay)));
        guarded.broken::<Called>(settings)?.map_err(delayed).ok()
    }

    /// Until the attempt may go on.
    #[inline]
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(delay) = &mut self.0 {
            ready!(delay.as_mut().poll(context));
            self.0 = None;
        }
        Poll::Ready(())
    }

    /// The attempt has ended.
    pub(super) fn end(&mut self) {
        self.0 = None;
    }
}

pin_project_lite::pin_project! {
    /// A body of a race, on which chaos acts by itself.
    #[project = PerturbedProjection]
    pub(super) enum Perturbed<F: Future, A> {
        /// Chaos has ended it before it began.
        Fails { outcome: Option<F::Output> },
        /// It runs, maybe later.
        Runs { delay: Delay<A>, #[pin] body: F },
    }
}

impl<F: Future<Output: Outcome>, A: Future<Output = ()>> Perturbed<F, A> {
    /// The body that `attempt` begins, unless chaos ends it.
    pub(super) fn of<Called, T>(
        guarded: &Guarded<F::Output>,
        settings: &ClosureSettings,
        timer: &mut T,
        attempt: impl FnOnce() -> F,
    ) -> Self
    where
        Called: Operation<Output = F::Output>,
        T: Timing<Alarm = A>,
    {
        let delay = match guarded.broken::<Called>(settings) {
            Some(Ok(outcome)) => return Self::Fails { outcome: Some(outcome) },
            Some(Err(delay)) => Some(Box::pin(timer.alarm(delay))),
            None => None,
        };
        Self::Runs { delay: Delay(delay), body: attempt() }
    }
}

impl<F: Future, A: Future<Output = ()>> Future for Perturbed<F, A> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            PerturbedProjection::Fails { outcome } => {
                outcome.take().map_or(Poll::Pending, Poll::Ready)
            }
            PerturbedProjection::Runs { delay, body } => {
                ready!(delay.poll(context));
                body.poll(context)
            }
        }
    }
}
