//! [`UpstreamLayer`] and its service.

mod attempts;
mod retries;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use persevere_core::generated::timeout_on;
use tower_layer::Layer;
use tower_service::Service;

pub(super) use self::attempts::Failed;
use self::attempts::{Attempts, OrRejection};
use self::retries::Retries;
use crate::tower::perturbed::Chaos;
use crate::tower::{
    AnyRequest, BoxError, BulkheadLayer, ByClassify, ByClone, ByFunction, ClassifyOutcome,
    CloneRequest, CloneWith, Idempotency, Refusal,
};
#[cfg(feature = "http")]
use crate::tower::{ByMethod, ByStatus};
use crate::{Shared, Upstream, Verdict};

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
                Box::pin(limited.send(request))
            }
            None => Box::pin(async move {
                poll_fn(|context| retries.poll_ready(context)).await?;
                retries.call(request).await
            }),
        }
    }
}
