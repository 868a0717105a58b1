//! [`HedgeLayer`] and its service.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use persevere_core::hedge::Unlimited;
use tower_layer::Layer;
use tower_service::Service;

use crate::tower::delivery::{Answered, Delivery};
use crate::tower::{AnyRequest, ByClassify, ByClone, ClassifyOutcome, Idempotency};
#[cfg(feature = "http")]
use crate::tower::{ByMethod, ByStatus};
use crate::{Hedge, Verdict};

/// Sends a second request if the first is slow, and takes the answer that comes first: see [`Hedge`].
///
/// The request and the service must be `Clone`. An answer with a retryable verdict does not win; if none
/// wins, the last one is returned. Each call allocates its future and reads the clock.
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use persevere::Hedge;
/// use persevere::tower::HedgeLayer;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// static LOOKUP: Hedge = Hedge::after(Duration::from_millis(200));
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let service = ServiceBuilder::new()
///     .layer(HedgeLayer::new(&LOOKUP))
///     .service(service_fn(async |name: &'static str| Ok::<_, io::Error>(name.len())));
/// assert_eq!(service.oneshot("Ada").await.unwrap(), 3);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HedgeLayer<C = ByClassify, I = AnyRequest> {
    hedge: &'static Hedge,
    classification: C,
    idempotency: I,
}

impl HedgeLayer {
    /// Hedges every request; the first response wins, and errors end the race as they
    /// [`Classify`](crate::Classify) themselves.
    #[must_use]
    pub const fn new(hedge: &'static Hedge) -> Self {
        Self { hedge, classification: ByClassify, idempotency: AnyRequest }
    }
}

#[cfg(feature = "http")]
impl HedgeLayer<ByStatus, ByMethod> {
    /// Hedges the HTTP requests that are idempotent, since two of them may arrive; others are sent
    /// once. The first response wins whose status would not be retried.
    #[must_use]
    pub const fn http(hedge: &'static Hedge) -> Self {
        Self { hedge, classification: ByStatus, idempotency: ByMethod { all: false } }
    }
}

impl<S, C: Clone, I: Clone> Layer<S> for HedgeLayer<C, I> {
    type Service = HedgeService<S, C, I>;

    fn layer(&self, inner: S) -> Self::Service {
        HedgeService { inner, layer: self.clone() }
    }
}

/// A service whose requests are hedged: see [`HedgeLayer`].
///
/// It is ready when the inner service is, and sends the request when it is called. An extra attempt
/// waits for the readiness of a clone; if that fails, the race goes on without it.
#[derive(Clone, Copy, Debug)]
pub struct HedgeService<S, C = ByClassify, I = AnyRequest> {
    inner: S,
    layer: HedgeLayer<C, I>,
}

impl<S, Req, C, I> Service<Req> for HedgeService<S, C, I>
where
    S: Service<Req> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Send,
    Req: Clone + Send + 'static,
    C: ClassifyOutcome<S::Response, S::Error> + Clone + Send + 'static,
    I: Idempotency<Req>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HedgeFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let next = self.inner.clone();
        // The clone may not be ready, so the call takes the original, which is.
        let mut service = std::mem::replace(&mut self.inner, next);
        let HedgeLayer { hedge, ref classification, ref idempotency } = self.layer;
        if !idempotency.is_idempotent(&request) {
            return Box::pin(service.call(request));
        }
        let classification = classification.clone();
        let (mut delivery, first) = Delivery::of(service, request, AnyRequest, ByClone);
        let mut first = Some(first);
        Box::pin(async move {
            let attempt = move || first.take().unwrap_or_else(|| delivery.send_again());
            let judge = move |outcome: &Answered<S, Req>| {
                let outcome = match outcome {
                    Ok(answer) => Ok(&answer.inner),
                    // The service is broken, but the attempts in flight may succeed.
                    Err(answer) if answer.is_final() => return Some(Verdict::TRANSIENT),
                    Err(answer) => Err(&answer.inner),
                };
                let verdict = classification.classify_outcome(outcome);
                (outcome.is_err() || verdict.is_retryable()).then_some(verdict)
            };
            match hedge.race(attempt, judge, Unlimited).await {
                Ok(answer) => Ok(answer.inner),
                Err(answer) => Err(answer.inner),
            }
        })
    }
}

/// The future of a [`HedgeService`]. It panics if polled after its end, as `async` blocks do.
pub type HedgeFuture<Res, Err> = Pin<Box<dyn Future<Output = Result<Res, Err>> + Send>>;
