//! [`LimitedGuard`]: an attempt of an async call with limits or layers, step by step.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::AsyncOperation;
use super::guard::{Around, Guard, JudgeBodies};
use super::parts::Timing;
use super::settings::Kept;
use super::state::{State, StateProjection};
use crate::call::retry::Retry;
use crate::classify::rejection::Rejection;
use crate::classify::stopped;

/// What stands around the attempts of an async call with limits or layers.
pub(super) trait LimitedGuard<O: AsyncOperation, T: Timing>: Guard<O::Output> {
    /// An attempt.
    type Attempt;

    /// Waits until an attempt may begin; gives what it fails with instead, if it is refused.
    fn poll_begin(
        &mut self,
        kept: &impl Kept,
        timer: &mut T,
        is_first: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>>;

    /// Begins an attempt.
    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
    ) -> Self::Attempt;

    /// Polls the attempt, by what the rest of the call has for it; an error if it is cut.
    fn poll(
        &mut self,
        attempt: Pin<&mut Self::Attempt>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<O::Output, Rejection>>;

    /// The attempt has been cut: what it fails with.
    fn cut(&mut self, rejection: Rejection) -> Option<O::Output>;

    /// The attempt has ended, or begins no more: so has its time limit.
    fn silence(&mut self);

    /// Begins an attempt unless one runs, and polls it until it has an outcome, has been refused or cut. Gives
    /// none if a retry is waited for, or the call is over.
    fn poll_outcome(
        &mut self,
        mut state: Pin<&mut State<O::Output, Self::Attempt, T::Wait>>,
        mut around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        if let StateProjection::Starting = state.as_mut().project() {
            let Around { operation, timer, kept, retry, .. } = &mut around;
            state.as_mut().replace_by(State::Over); // until an attempt has begun: if anything panics, no further one does
            let Poll::Ready(refused) = self.poll_begin(*kept, *timer, !retry.is_filled(), context)
            else {
                state.as_mut().replace_by(State::Starting);
                return Poll::Pending;
            };
            if let Some(refused) = refused {
                self.silence();
                return Poll::Ready(Some(refused));
            }
            let attempt = self.attempt(operation, *kept, retry.as_ref());
            state.as_mut().replace_by(State::Attempting { attempt });
        }
        let StateProjection::Attempting { attempt } = state.as_mut().project() else {
            return Poll::Ready(None);
        };
        let outcome = match ready!(self.poll(attempt, around, context)) {
            Ok(outcome) => {
                state.as_mut().replace_by(State::Over); // the attempt is dropped before hooks are called
                outcome
            }
            Err(rejection) => {
                stopped::cut(rejection, || state.as_mut().replace_by(State::Over));
                match self.cut(rejection) {
                    Some(outcome) => outcome,
                    None => return Poll::Pending, // no limit is set without it
                }
            }
        };
        self.silence();
        Poll::Ready(Some(outcome))
    }
}
