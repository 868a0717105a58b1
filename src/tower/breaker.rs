//! [`CircuitBreakerLayer`] and its service.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use persevere_core::breaker::OwnedPermit;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "http")]
use crate::tower::ByStatus;
use crate::tower::{BoxError, ByClassify, ByFunction, ClassifyOutcome};
use crate::{CircuitBreaker, Rejection, Shared, Verdict};

/// Refuses requests while a [`CircuitBreaker`] is open, and counts the outcomes of the others.
///
/// A refused request does not reach the service: its error is [`Rejection::CircuitOpen`], in a
/// [`BoxError`], as are the service's own errors. An outcome with a retryable verdict counts as a
/// failure; for permanent errors, the circuit breaker's setting decides. A dropped future counts as
/// neither, unless the deadline of an annotated function drops it: that is a failure.
///
/// The service must be `Clone`: when a request is refused, the service is replaced by its clone, so
/// that it does not keep a reservation that `poll_ready` made.
///
/// ```
/// use std::io;
/// use persevere::tower::CircuitBreakerLayer;
/// use persevere::{CircuitBreaker, Rejection};
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// static DIRECTORY: CircuitBreaker = CircuitBreaker::new();
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let service = ServiceBuilder::new()
///     .layer(CircuitBreakerLayer::new(&DIRECTORY))
///     .service(service_fn(async |name: &str| Ok::<_, io::Error>(name.len())));
///
/// assert_eq!(service.clone().oneshot("Ada").await.unwrap(), 3);
/// DIRECTORY.force_open();
/// let refused = service.oneshot("Ada").await.unwrap_err();
/// assert!(matches!(refused.downcast_ref(), Some(Rejection::CircuitOpen { .. })));
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CircuitBreakerLayer<C = ByClassify, B = &'static CircuitBreaker> {
    breaker: B,
    classification: C,
}

impl<B> CircuitBreakerLayer<ByClassify, B> {
    /// Counts errors as they [`Classify`](crate::Classify) themselves; every response is a success.
    #[must_use]
    pub const fn new(breaker: B) -> Self
    where
        B: Clone + Into<Shared<'static, CircuitBreaker>>,
    {
        Self { breaker, classification: ByClassify }
    }
}

#[cfg(feature = "http")]
impl<B> CircuitBreakerLayer<ByStatus, B> {
    /// Counts every error, and the HTTP responses whose status is retried, as failures.
    #[must_use]
    pub const fn http(breaker: B) -> Self
    where
        B: Clone + Into<Shared<'static, CircuitBreaker>>,
    {
        Self { breaker, classification: ByStatus }
    }
}

impl<C, B> CircuitBreakerLayer<C, B> {
    /// Lets `classify` decide which outcomes are failures, by a [`Verdict`] or a `bool`.
    #[must_use]
    pub fn classify<Res, Err, V, F>(self, classify: F) -> CircuitBreakerLayer<ByFunction<F>, B>
    where
        F: Fn(Result<&Res, &Err>) -> V,
        V: Into<Verdict>,
    {
        CircuitBreakerLayer { breaker: self.breaker, classification: ByFunction(classify) }
    }
}

impl<S, C: Clone, B: Clone> Layer<S> for CircuitBreakerLayer<C, B> {
    type Service = CircuitBreakerService<S, C, B>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreakerService { inner, layer: self.clone() }
    }
}

/// A service behind a circuit breaker: see [`CircuitBreakerLayer`].
///
/// It is ready when the inner service is, even while the circuit is open. Each request asks the breaker
/// for a permit when it is sent, so that a refused request fails at once instead of waiting.
#[derive(Clone, Copy, Debug)]
pub struct CircuitBreakerService<S, C = ByClassify, B = &'static CircuitBreaker> {
    inner: S,
    layer: CircuitBreakerLayer<C, B>,
}

impl<S, Req, C, B> Service<Req> for CircuitBreakerService<S, C, B>
where
    B: Clone + Into<Shared<'static, CircuitBreaker>>,
    S: Service<Req> + Clone,
    S::Error: Into<BoxError>,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = CircuitBreakerFuture<S::Future, C>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let classification = self.layer.classification.clone();
        let breaker = self.layer.breaker.clone().into();
        let stage = match breaker.try_acquire() {
            Ok(permit) => Stage::Calling {
                response: self.inner.call(request),
                permit: Some(permit.kept_by(&breaker)),
            },
            Err(rejection) => {
                // Frees what `poll_ready` has reserved.
                self.inner = self.inner.clone();
                Stage::Refused { rejection }
            }
        };
        CircuitBreakerFuture { stage, classification }
    }
}

pin_project_lite::pin_project! {
    /// The future of a [`CircuitBreakerService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CircuitBreakerFuture<F, C> {
        #[pin]
        stage: Stage<F>,
        classification: C,
    }
}

pin_project_lite::pin_project! {
    #[derive(Debug)]
    #[project = StageProjection]
    enum Stage<F> {
        Calling { #[pin] response: F, permit: Option<OwnedPermit> },
        Refused { rejection: Rejection },
        Over,
    }
}

impl<F, C, Res, Err> Future for CircuitBreakerFuture<F, C>
where
    F: Future<Output = Result<Res, Err>>,
    Err: Into<BoxError>,
    C: ClassifyOutcome<Res, Err>,
{
    type Output = Result<Res, BoxError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = match this.stage.as_mut().project() {
            StageProjection::Over => return Poll::Pending,
            StageProjection::Refused { rejection } => Err((*rejection).into()),
            StageProjection::Calling { response, permit } => {
                let outcome = ready!(response.poll(context));
                if let Some(permit) = permit.take() {
                    let verdict = this.classification.classify_outcome(outcome.as_ref());
                    match &outcome {
                        Ok(_) if !verdict.is_retryable() => permit.succeeded(),
                        _ => permit.failed(verdict),
                    }
                }
                outcome.map_err(Into::into)
            }
        };
        this.stage.set(Stage::Over);
        Poll::Ready(outcome)
    }
}
