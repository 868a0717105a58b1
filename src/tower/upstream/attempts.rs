//! [`Attempts`]: the attempts of a call on an upstream.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use persevere_core::breaker::OwnedPermit;
use persevere_core::bulkhead::Sample;
use persevere_core::generated::{Limit, holding_turn, take_turn, within};
use tower_service::Service;

use crate::tower::perturbed::{Chaos, is_fault};
use crate::tower::{BoxError, ClassifyOutcome};
use crate::{Bulkhead, CircuitBreaker, Classify as _, Rejection, Shared, Upstream, Verdict};

/// Within the retries: the circuit breaker, in it the turn, and in that the timeout.
#[derive(Clone)]
pub(super) struct Attempts<S, C> {
    pub(super) inner: S,
    /// The upstream, if the attempts take turns of it.
    pub(super) takes_turns: Option<Shared<'static, Upstream>>,
    pub(super) timeout: Option<Duration>,
    pub(super) breaker: Option<Shared<'static, CircuitBreaker>>,
    /// What learns how attempts end, if its limit adapts.
    pub(super) bulkhead: Option<Shared<'static, Bulkhead>>,
    pub(super) classification: OrRejection<C>,
    pub(super) chaos: Chaos,
}

type AttemptFuture<Res, E> = Pin<Box<dyn Future<Output = Result<Res, Failed<E>>> + Send>>;

impl<S, Req, C> Service<Req> for Attempts<S, C>
where
    S: Service<Req> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
    S::Error: Send + 'static,
    Req: Send + 'static,
    C: ClassifyOutcome<S::Response, S::Error> + Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = Failed<S::Error>;
    type Future = AttemptFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(Failed::ByItself)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let granted = |breaker: &Shared<'static, CircuitBreaker>| {
            Ok::<_, Rejection>(breaker.try_acquire()?.kept_by(breaker))
        };
        let permit = match self.breaker.as_ref().map(granted).transpose() {
            Ok(permit) => permit,
            // The call ends by that, and with it what `poll_ready` has reserved.
            Err(rejection) => return Box::pin(ready(Err(Failed::Rejected(rejection)))),
        };
        let (timeout, classification) = (self.timeout, self.classification.clone());
        let bulkhead = self.bulkhead.clone();
        let takes_turns = self.takes_turns.clone();
        if takes_turns.is_none() && !Chaos::is_any() {
            let sample = bulkhead.as_ref().and_then(Sample::begin);
            let response = self.inner.call(request);
            return Box::pin(async move {
                let response = async { response.await.map_err(Failed::ByItself) };
                let outcome = in_time(timeout, response).await;
                report(permit, sample, &classification, &outcome);
                outcome
            });
        }
        // The clone may not be ready, so the attempt takes the original, which is.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let chaos = self.chaos.clone();
        Box::pin(async move {
            let mut permit = permit;
            if let Some(upstream) = &takes_turns {
                if let Some(turn) = take_turn(upstream, None, None) {
                    if let Some(stopped) = turn.await {
                        return Err(Failed::Rejected(stopped.into())); // the permit is given back
                    }
                    permit.iter_mut().for_each(OwnedPermit::begin_anew);
                }
            }
            let sample = bulkhead.as_ref().and_then(Sample::begin);
            let response =
                chaos.around(async { inner.call(request).await.map_err(Failed::ByItself) });
            let outcome = match &takes_turns {
                Some(upstream) => in_time(timeout, holding_turn(upstream, response)).await,
                None => in_time(timeout, response).await,
            };
            report(permit, sample, &classification, &outcome);
            outcome
        })
    }
}

/// What an attempt ends with, or its timeout.
async fn in_time<Res, E>(
    timeout: Option<Duration>,
    response: impl Future<Output = Result<Res, Failed<E>>>,
) -> Result<Res, Failed<E>> {
    match within(Limit::of(None, timeout), response).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failed::Rejected(Rejection::TimedOut)),
    }
}

/// Reports to the circuit breaker and the bulkhead how an attempt ended.
fn report<Res, E>(
    permit: Option<OwnedPermit>,
    sample: Option<Sample>,
    classification: &impl ClassifyOutcome<Res, Failed<E>>,
    outcome: &Result<Res, Failed<E>>,
) {
    if permit.is_none() && sample.is_none() {
        return;
    }
    let verdict = classification.classify_outcome(outcome.as_ref());
    let failed = (outcome.is_err() || verdict.is_retryable()).then_some(verdict);
    if let Some(sample) = sample {
        let is_cut = matches!(outcome, Err(Failed::Rejected(rejection)) if !is_fault(*rejection));
        sample.ended(failed, is_cut);
    }
    match (permit, failed) {
        (Some(permit), None) => permit.succeeded(),
        (Some(permit), Some(verdict)) => permit.failed(verdict),
        (None, _) => {}
    }
}

/// What an attempt fails with.
pub(in crate::tower) enum Failed<E> {
    ByItself(E),
    Rejected(Rejection),
}

impl<E: Into<BoxError>> From<Failed<E>> for BoxError {
    fn from(failed: Failed<E>) -> Self {
        match failed {
            Failed::ByItself(error) => error.into(),
            Failed::Rejected(rejection) => rejection.into(),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByItself(error) => error.fmt(f), // the text of events
            Self::Rejected(rejection) => rejection.fmt(f),
        }
    }
}

/// The user's classification, of what failed by itself.
#[derive(Clone)]
pub(super) struct OrRejection<C>(pub(super) C);

impl<C: ClassifyOutcome<Res, E>, Res, E> ClassifyOutcome<Res, Failed<E>> for OrRejection<C> {
    fn classify_outcome(&self, outcome: Result<&Res, &Failed<E>>) -> Verdict {
        match outcome {
            Ok(response) => self.0.classify_outcome(Ok(response)),
            Err(Failed::ByItself(error)) => self.0.classify_outcome(Err(error)),
            Err(Failed::Rejected(rejection)) => rejection.classify(),
        }
    }
}
