//! [`UpstreamLayer`] and its service.

use std::fmt;
use std::future::{Future, poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use persevere_core::breaker::OwnedPermit;
use persevere_core::bulkhead::Sample;
use persevere_core::closure::Retrying;
use persevere_core::generated::{Limit, holding_turn, take_turn, timeout_on, within};
use tower_layer::Layer;
use tower_service::Service;

use crate::tower::delivery::deliver;
use crate::tower::perturbed::{Chaos, is_fault};
use crate::tower::{
    AnyRequest, BoxError, BulkheadLayer, ByClassify, ByClone, ByFunction, ClassifyOutcome,
    CloneRequest, CloneWith, Idempotency, Refusal,
};
#[cfg(feature = "http")]
use crate::tower::{ByMethod, ByStatus};
use crate::{Bulkhead, CircuitBreaker, Classify as _, Rejection, Shared, Upstream, Verdict};

/// Sends requests to an [`Upstream`]: through its bulkhead, retried by its policy within its budget, each
/// attempt through its circuit breaker, at its rate and within its timeout. One layer, so that no wrong order can be
/// written.
///
/// The rest is as of [`RetryLayer`](super::RetryLayer): which requests may be sent again, and which
/// outcomes are retried. Errors become [`BoxError`]s, since a layer may refuse a request. A call
/// allocates its future, and one for each attempt.
///
/// ```
/// use std::time::Duration;
/// use persevere::tower::UpstreamExt as _;
/// use persevere::{Budget, CircuitBreaker, Policy, Upstream};
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
/// static PAYMENTS: Upstream = Upstream::new("payments", &Budget::UNLIMITED)
///     .with_policy(Policy::DEFAULT.with_base_delay(Duration::ZERO))
///     .with_timeout(Duration::from_millis(800))
///     .with_breaker(&CIRCUIT);
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let client = ServiceBuilder::new()
///     .layer(PAYMENTS.layer())
///     .service(service_fn(async |order: u64| Ok::<_, std::io::Error>(order + 1)));
/// assert_eq!(client.oneshot(1).await.unwrap(), 2);
/// assert_eq!(CIRCUIT.tally().calls, 1);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UpstreamLayer<U = &'static Upstream, C = ByClassify, I = AnyRequest, R = ByClone> {
    upstream: U,
    classification: C,
    idempotency: I,
    cloning: R,
}

/// [`layer`](Self::layer) of an [`Upstream`].
pub trait UpstreamExt {
    /// What names the upstream.
    type Named: Clone + Into<Shared<'static, Upstream>>;

    /// The layer that sends requests to this upstream.
    fn layer(self) -> UpstreamLayer<Self::Named>;
}

impl UpstreamExt for &'static Upstream {
    type Named = Self;

    fn layer(self) -> UpstreamLayer {
        self.list();
        UpstreamLayer::new(self)
    }
}

impl UpstreamExt for std::sync::Arc<Upstream> {
    type Named = Self;

    fn layer(self) -> UpstreamLayer<Self> {
        UpstreamLayer::new(self)
    }
}

impl<U> UpstreamLayer<U> {
    /// Sends requests to `upstream`, a static or an `Arc`. Errors are retried by what they say of
    /// themselves, as by [`RetryLayer::new`](super::RetryLayer::new).
    #[must_use]
    pub const fn new(upstream: U) -> Self
    where
        U: Clone + Into<Shared<'static, Upstream>>,
    {
        Self { upstream, classification: ByClassify, idempotency: AnyRequest, cloning: ByClone }
    }
}

#[cfg(feature = "http")]
impl<U> UpstreamLayer<U, ByStatus, ByMethod> {
    /// As [`new`](UpstreamLayer::new), for HTTP: as by [`RetryLayer::http`](super::RetryLayer::http).
    #[must_use]
    pub const fn http(upstream: U) -> Self
    where
        U: Clone + Into<Shared<'static, Upstream>>,
    {
        let idempotency = ByMethod { all: false };
        Self { upstream, classification: ByStatus, idempotency, cloning: ByClone }
    }
}

impl<U, C, I, R> UpstreamLayer<U, C, I, R> {
    /// Retries the outcomes that `classify` says to retry.
    #[must_use]
    pub fn classify<Res, Err, V, F>(self, classify: F) -> UpstreamLayer<U, ByFunction<F>, I, R>
    where
        F: Fn(Result<&Res, &Err>) -> V,
        V: Into<Verdict>,
    {
        let Self { upstream, idempotency, cloning, .. } = self;
        UpstreamLayer { upstream, classification: ByFunction(classify), idempotency, cloning }
    }

    /// Copies requests by `clone`; one of which it gives `None` is sent once.
    #[must_use]
    pub fn clone_request<Req, F>(self, clone: F) -> UpstreamLayer<U, C, I, CloneWith<F>>
    where
        F: Fn(&Req) -> Option<Req>,
    {
        let Self { upstream, classification, idempotency, .. } = self;
        UpstreamLayer { upstream, classification, idempotency, cloning: CloneWith(clone) }
    }
}

impl<S, U: Clone, C: Clone, I: Clone, R: Clone> Layer<S> for UpstreamLayer<U, C, I, R> {
    type Service = UpstreamService<S, U, C, I, R>;

    fn layer(&self, inner: S) -> Self::Service {
        UpstreamService { inner, layer: self.clone() }
    }
}

/// Sends requests to an upstream: see [`UpstreamLayer`]. It is always ready: a request takes its permit
/// first, and then waits for its service.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamService<S, U = &'static Upstream, C = ByClassify, I = AnyRequest, R = ByClone> {
    inner: S,
    layer: UpstreamLayer<U, C, I, R>,
}

/// The future of an [`UpstreamService`].
pub type UpstreamFuture<Res> = Pin<Box<dyn Future<Output = Result<Res, BoxError>> + Send>>;

impl<S, Req, U, C, I, R> Service<Req> for UpstreamService<S, U, C, I, R>
where
    S: Service<Req> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Into<BoxError> + fmt::Debug + Send,
    Req: Send + 'static,
    U: Clone + Into<Shared<'static, Upstream>>,
    C: ClassifyOutcome<S::Response, S::Error> + Clone + Send + 'static,
    I: Idempotency<Req> + Refusal<S::Response> + Clone + Send + 'static,
    R: CloneRequest<Req> + Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = UpstreamFuture<S::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let UpstreamLayer { upstream, classification, idempotency, cloning } = self.layer.clone();
        let upstream = upstream.into();
        let (_, breaker, bulkhead) = upstream.shared_layers();
        let classification = OrRejection(classification);
        let attempts = Attempts {
            inner: self.inner.clone(),
            takes_turns: upstream.takes_turns().then(|| upstream.clone()),
            timeout: timeout_on(&upstream),
            breaker,
            bulkhead: bulkhead.clone(),
            classification: classification.clone(),
            chaos: Chaos::on(&upstream),
        };
        let mut retries = Retries { attempts, upstream, classification, idempotency, cloning };
        match bulkhead {
            Some(bulkhead) => {
                let limited = BulkheadLayer::new(bulkhead).reported_elsewhere().layer(retries);
                Box::pin({ limited }.call(request))
            }
            None => Box::pin(async move {
                poll_fn(|context| retries.poll_ready(context)).await?;
                retries.call(request).await
            }),
        }
    }
}

/// Within the bulkhead: the retries.
#[derive(Clone)]
struct Retries<S, C, I, R> {
    attempts: Attempts<S, C>,
    upstream: Shared<'static, Upstream>,
    classification: OrRejection<C>,
    idempotency: I,
    cloning: R,
}

impl<S, Req, C, I, R> Service<Req> for Retries<S, C, I, R>
where
    S: Service<Req> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Into<BoxError> + fmt::Debug + Send,
    Req: Send + 'static,
    C: ClassifyOutcome<S::Response, S::Error> + Clone + Send + 'static,
    I: Idempotency<Req> + Refusal<S::Response> + Clone + Send + 'static,
    R: CloneRequest<Req> + Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = UpstreamFuture<S::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.attempts.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let next = self.attempts.clone();
        // The clone may not be ready, so the call takes the original, which is.
        let mut attempts = std::mem::replace(&mut self.attempts, next);
        let Self { upstream, classification, idempotency, cloning, .. } = self.clone();
        let chaos = attempts.chaos.anew();
        attempts.chaos = chaos.clone();
        let rules = (classification, idempotency, cloning);
        let (call, first) = deliver(attempts, request, rules, |delivery| {
            Retrying::new(upstream.policy(), delivery)
        });
        let (budget, ..) = upstream.shared_layers();
        let call = call.name(upstream.name()).budget(budget).on_upstream(&upstream);
        let call = chaos.noted_by(call).begun_with(first);
        Box::pin(async move {
            match call.await {
                Ok(answer) => Ok(answer.inner),
                Err(answer) => Err(answer.inner.into()),
            }
        })
    }
}

/// What an attempt fails with.
pub(super) enum Failed<E> {
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
struct OrRejection<C>(C);

impl<C: ClassifyOutcome<Res, E>, Res, E> ClassifyOutcome<Res, Failed<E>> for OrRejection<C> {
    fn classify_outcome(&self, outcome: Result<&Res, &Failed<E>>) -> Verdict {
        match outcome {
            Ok(response) => self.0.classify_outcome(Ok(response)),
            Err(Failed::ByItself(error)) => self.0.classify_outcome(Err(error)),
            Err(Failed::Rejected(rejection)) => rejection.classify(),
        }
    }
}

/// Within the retries: the circuit breaker, in it the turn, and in that the timeout.
#[derive(Clone)]
struct Attempts<S, C> {
    inner: S,
    /// The upstream, if the attempts take turns of it.
    takes_turns: Option<Shared<'static, Upstream>>,
    timeout: Option<Duration>,
    breaker: Option<Shared<'static, CircuitBreaker>>,
    /// What learns how attempts end, if its limit adapts.
    bulkhead: Option<Shared<'static, Bulkhead>>,
    classification: OrRejection<C>,
    chaos: Chaos,
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
            Err(rejection) => {
                // Frees what `poll_ready` has reserved.
                self.inner = self.inner.clone();
                return Box::pin(ready(Err(Failed::Rejected(rejection))));
            }
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
