//! [`Boxed`]: what stands around the attempts of an async call with limits or layers.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::AsyncOperation;
use super::alarmed::Alarmed;
use super::beside::Beside;
use super::guard::{Around, AsyncGuard, Guard, JudgeBodies};
use super::guarded::Guarded;
use super::guards::Guards;
use super::limited::LimitedGuard;
use super::parts::Timing;
use super::settings::Kept;
use super::state::State;
use crate::call::retry::Retry;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;

/// The guards of an async call, and its alarm: elsewhere, since they are large. None, if all of its limits and
/// layers have been left out.
pub struct Boxed<O, A>(pub(super) Option<Pin<Box<Alarmed<O, A>>>>);

impl<O: Outcome, A: Future<Output = ()>> Boxed<O, A> {
    pub(super) fn of(guarded: Option<Guarded<O>>) -> Self {
        Self(guarded.map(|guarded| Box::pin(Alarmed::new(guarded))))
    }
}

impl<O: Outcome, A: Future<Output = ()>> Guard<O> for Boxed<O, A> {
    fn guarded<'a>(&'a self) -> Option<&'a Guarded<O>>
    where
        O: 'a,
    {
        self.0.as_ref().map(|alarmed| alarmed.as_ref().guarded_ref())
    }

    fn guarded_mut<'a>(&'a mut self) -> Option<&'a mut Guarded<O>>
    where
        O: 'a,
    {
        self.0.as_mut().map(|alarmed| alarmed.as_mut().guarded())
    }

    fn guards(&self) -> Option<&Guards> {
        self.0.as_ref().map(|alarmed| &alarmed.as_ref().guarded_ref().guards)
    }
}

impl<O: AsyncOperation, T: Timing> AsyncGuard<O, T> for Boxed<O::Output, T::Alarm> {
    type Attempt = O::Future;

    fn poll_attempt(
        &mut self,
        state: Pin<&mut State<O::Output, O::Future, T::Wait>>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        LimitedGuard::poll_outcome(self, state, around, context)
    }
}

impl<O: AsyncOperation, T: Timing> LimitedGuard<O, T> for Boxed<O::Output, T::Alarm> {
    type Attempt = O::Future;

    fn poll_begin(
        &mut self,
        kept: &impl Kept,
        timer: &mut T,
        is_first: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        let Some(alarmed) = &mut self.0 else {
            kept.begin(is_first);
            return Poll::Ready(None);
        };
        if !alarmed.as_mut().is_waiting() {
            ready!(alarmed.as_mut().admit::<O, T>(kept.common(), timer, context));
            let budget = kept.beside().and_then(Beside::budget);
            if let Some(refused) = alarmed.as_mut().guarded().begin(budget, is_first) {
                return Poll::Ready(Some(refused));
            }
        }
        let refused = ready!(alarmed.as_mut().take_turn(timer, context));
        let refused = refused.or_else(|| alarmed.as_mut().bound(timer));
        Poll::Ready(refused.or_else(|| alarmed.as_mut().fails::<O, T>(kept.common(), timer)))
    }

    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
    ) -> O::Future {
        let Some(guarded) = self.guarded_mut() else {
            return operation.attempt(kept.common().lone_attempt(type_name::<O>));
        };
        let attempt = guarded.attempt::<O>(kept.common(), retry);
        guarded.guards.enclose(|| operation.attempt(attempt))
    }

    fn poll(
        &mut self,
        attempt: Pin<&mut O::Future>,
        _: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<O::Output, Rejection>> {
        match &mut self.0 {
            None => attempt.poll(context).map(Ok),
            Some(alarmed) => alarmed.as_mut().poll_limited(context, |guarded, context| {
                guarded.guards.enclose(|| attempt.poll(context))
            }),
        }
    }

    fn cut(&mut self, rejection: Rejection) -> Option<O::Output> {
        self.guarded_mut()?.cut(Stopped::while_it_ran(rejection))
    }

    fn silence(&mut self) {
        if let Some(alarmed) = &mut self.0 {
            alarmed.as_mut().silence();
        }
    }
}
