//! [`BulkheadLayer`] and its service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use persevere_core::bulkhead::OwnedPermit;
use tower_layer::Layer;
use tower_service::Service;

use crate::tower::BoxError;
use crate::{Bulkhead, Rejection, Shared, rejection};

/// Limits the number of requests in flight to the permits of a [`Bulkhead`].
///
/// A request waits for its permit in the response's future, as long as the bulkhead's settings allow;
/// then it waits for the service to be ready and calls it. If there is no permit in time, the error is
/// [`Rejection::BulkheadFull`], in a [`BoxError`], as are the service's own errors. The permit is
/// returned when the response's future ends or is dropped: a body that is still streaming does not
/// hold it. A request made within the future of another request of the same bulkhead shares its
/// permit. A request that has to wait for its permit costs an allocation.
///
/// An [adaptive](Bulkhead::adaptive) bulkhead learns from each response: a success is an answer, and a
/// `Rejection::TimedOut` from a layer inside is a drop. It knows of no other error whether it is a sign of
/// overload, so these count for nothing: [`UpstreamLayer`](super::UpstreamLayer) judges them.
///
/// The service must be `Clone`, since each request takes a clone with it.
///
/// ```
/// use std::io;
/// use persevere::tower::BulkheadLayer;
/// use persevere::{Bulkhead, Rejection};
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// static REPORTS: Bulkhead = Bulkhead::new(1);
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let service = ServiceBuilder::new()
///     .layer(BulkheadLayer::new(&REPORTS))
///     .service(service_fn(async |month: u8| Ok::<_, io::Error>(month)));
///
/// assert_eq!(service.clone().oneshot(7).await.unwrap(), 7);
/// let _permit = REPORTS.try_acquire().unwrap();
/// let refused = service.oneshot(8).await.unwrap_err();
/// assert_eq!(refused.downcast_ref(), Some(&Rejection::BulkheadFull));
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BulkheadLayer<B = &'static Bulkhead> {
    bulkhead: B,
    reports: bool,
}

impl<B> BulkheadLayer<B> {
    /// Makes requests take their permits from `bulkhead`, which others may share.
    #[must_use]
    pub const fn new(bulkhead: B) -> Self
    where
        B: Clone + Into<Shared<'static, Bulkhead>>,
    {
        Self { bulkhead, reports: true }
    }

    /// What is inside reports to the bulkhead how attempts end.
    pub(super) fn reported_elsewhere(self) -> Self {
        Self { reports: false, ..self }
    }
}

impl<S, B: Clone> Layer<S> for BulkheadLayer<B> {
    type Service = BulkheadService<S, B>;

    fn layer(&self, inner: S) -> BulkheadService<S, B> {
        BulkheadService { inner, bulkhead: self.bulkhead.clone(), reports: self.reports }
    }
}

/// A service with a limited number of requests in flight: see [`BulkheadLayer`].
///
/// It is always ready, even while no permit is free: to `tower`, a service whose `poll_ready` fails is
/// broken for good, and a full bulkhead is not. Each request polls the inner service's readiness once
/// it has its permit: before that, a waiting request would hold a reservation of the inner service for
/// which a request with a permit may be waiting.
#[derive(Clone, Copy, Debug)]
pub struct BulkheadService<S, B = &'static Bulkhead> {
    inner: S,
    bulkhead: B,
    reports: bool,
}

impl<S, B: Into<Shared<'static, Bulkhead>>> BulkheadService<S, B> {
    /// Sends `request` by the inner service itself, where [`Service::call`] takes a clone of it.
    pub(super) fn send<Req>(self, request: Req) -> BulkheadFuture<S, Req>
    where
        S: Service<Req>,
    {
        let Self { inner: service, bulkhead, reports } = self;
        let bulkhead = bulkhead.into();
        let permit = bulkhead.nested().map_or_else(|| bulkhead.try_acquire(), Ok);
        let permit = permit.map(|permit| permit.kept_by(&bulkhead));
        let stage = match permit {
            Ok(permit) => Stage::Readying { service, request: Some(request), permit: Some(permit) },
            Err(_) => {
                let turn = Box::pin(async move {
                    let permit = bulkhead.acquire().await?;
                    Ok(permit.kept_by(&bulkhead))
                });
                Stage::Queueing { turn, service: Some(service), request: Some(request) }
            }
        };
        BulkheadFuture { stage, reports }
    }
}

impl<S, Req, B> Service<Req> for BulkheadService<S, B>
where
    B: Clone + Into<Shared<'static, Bulkhead>>,
    S: Service<Req> + Clone,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BulkheadFuture<S, Req>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Req) -> Self::Future {
        self.clone().send(request)
    }
}

type WaitForPlace = Pin<Box<dyn Future<Output = Result<OwnedPermit, Rejection>> + Send>>;

pin_project_lite::pin_project! {
    /// The future of a [`BulkheadService`]: the wait for a permit, then the response.
    #[must_use = "futures do nothing unless polled"]
    pub struct BulkheadFuture<S: Service<Req>, Req> {
        #[pin]
        stage: Stage<S, Req, S::Future>,
        reports: bool,
    }
}

pin_project_lite::pin_project! {
    #[project = StageProjection]
    enum Stage<S, Req, F> {
        Queueing { turn: WaitForPlace, service: Option<S>, request: Option<Req> },
        Readying { service: S, request: Option<Req>, permit: Option<OwnedPermit> },
        Calling { #[pin] response: F, permit: OwnedPermit },
        Over,
    }
}

impl<S, Req> Future for BulkheadFuture<S, Req>
where
    S: Service<Req>,
    S::Error: Into<BoxError>,
{
    type Output = Result<S::Response, BoxError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut stage = this.stage;
        loop {
            let next = match stage.as_mut().project() {
                StageProjection::Queueing { turn, service, request } => {
                    match (ready!(turn.as_mut().poll(context)), service.take()) {
                        (Ok(permit), Some(service)) => Stage::Readying {
                            service,
                            request: request.take(),
                            permit: Some(permit),
                        },
                        (Err(rejection), _) => {
                            stage.set(Stage::Over);
                            return Poll::Ready(Err(rejection.into()));
                        }
                        (Ok(_), None) => Stage::Over,
                    }
                }
                StageProjection::Readying { service, request, permit } => {
                    if let Err(error) = ready!(service.poll_ready(context)) {
                        stage.set(Stage::Over); // returns the permit
                        return Poll::Ready(Err(error.into()));
                    }
                    match (request.take(), permit.take()) {
                        (Some(request), Some(permit)) => {
                            let response = permit.hold(|| service.call(request));
                            Stage::Calling { response, permit }
                        }
                        _ => Stage::Over,
                    }
                }
                StageProjection::Calling { response, permit } => {
                    let outcome = ready!(permit.hold(|| response.poll(context)));
                    let outcome = outcome.map_err(Into::into);
                    if *this.reports {
                        report(permit, outcome.as_ref().err());
                    }
                    stage.set(Stage::Over); // returns the permit
                    return Poll::Ready(outcome);
                }
                StageProjection::Over => return Poll::Pending,
            };
            stage.set(next);
        }
    }
}

/// Reports to the bulkhead what it can make of a response or an error.
fn report(permit: &OwnedPermit, error: Option<&BoxError>) {
    match error {
        None => permit.attempted(None, None),
        Some(error) => {
            if let Some(Rejection::TimedOut) = rejection(&**error) {
                permit.cut();
            }
        }
    }
}

impl<S: Service<Req>, Req> fmt::Debug for BulkheadFuture<S, Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkheadFuture").finish_non_exhaustive()
    }
}
