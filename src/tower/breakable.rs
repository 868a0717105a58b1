//! [`Breakable`]: a service whose attempts chaos may break, innermost.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use persevere_core::closure::parts::{DefaultTimer, Layered, Timing, WithBeside};
use persevere_core::closure::{self, Retrying};
use persevere_core::generated::{Acted, Perturb, Perturbed, is_any_breaking, perturbed};
use tower_service::Service;

use super::delivery::{Delivery, Judging, deliver};
use crate::Rejection;
use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};

/// A call whose attempts may be broken.
pub(super) type BreakableCall<S, Req, C, I, R> = closure::RetryFuture<
    Delivery<BreakableOf<S, Req>, Req, I, R>,
    Judging<BreakableOf<S, Req>, Req, C, I>,
    DefaultTimer,
    Layered,
>;
type Outcome<S, Req> = Result<<S as Service<Req>>::Response, <S as Service<Req>>::Error>;
type BreakableOf<S, Req> = Breakable<S, Outcome<S, Req>>;

/// Begins a call with its first attempt, by a service that is ready.
pub(super) fn begin<S, Req, C, I, R>(
    service: S,
    request: Req,
    settings: &Arc<WithBeside>,
    rules: (C, I, R),
) -> BreakableCall<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: std::fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
    I: Idempotency<Req> + Refusal<S::Response> + Clone,
    R: CloneRequest<Req>,
{
    let acted = Arc::<Acted>::default();
    let fault = rules.0.fault();
    let name = settings.name();
    let service = Breakable { service, name, acted: Arc::clone(&acted), fault };
    let (call, first) = deliver(service, request, rules, |delivery| {
        Retrying::under(Arc::clone(settings), delivery)
    });
    call.acted_elsewhere(acted).begun_with(first)
}

/// A service, and what its attempts have of chaos. `O` is an outcome.
pub(super) struct Breakable<S, O> {
    service: S,
    name: &'static str,
    acted: Arc<Acted>,
    fault: Option<fn(Rejection) -> O>,
}

impl<S: Clone, O> Clone for Breakable<S, O> {
    fn clone(&self) -> Self {
        let Self { service, name, acted, fault } = self;
        Self { service: service.clone(), name, acted: Arc::clone(acted), fault: *fault }
    }
}

impl<S, Req> Service<Req> for Breakable<S, Outcome<S, Req>>
where
    S: Service<Req> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Perturbed<Sending<S, Req>, <DefaultTimer as Timing>::Alarm>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let sending = if is_any_breaking() {
            // The clone may not be ready, so the attempt takes the original, which is. One that is not made frees
            // what `poll_ready` has reserved.
            let next = self.service.clone();
            let service = std::mem::replace(&mut self.service, next);
            Sending::Later { service, request: Some(request) }
        } else {
            Sending::Sent { response: self.service.call(request) }
        };
        perturbed(Perturb::named(&self.acted, self.name, self.fault), sending)
    }
}

pin_project_lite::pin_project! {
    /// A request that is sent once chaos lets it.
    #[project = SendingProjection]
    pub(super) enum Sending<S: Service<Req>, Req> {
        Later { service: S, request: Option<Req> },
        Sent { #[pin] response: S::Future },
    }
}

impl<S: Service<Req>, Req> Future for Sending<S, Req> {
    type Output = Outcome<S, Req>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let response = match self.as_mut().project() {
                SendingProjection::Sent { response } => return response.poll(context),
                SendingProjection::Later { service, request } => match request.take() {
                    Some(request) => service.call(request),
                    None => return Poll::Pending, // polled after its end
                },
            };
            self.set(Self::Sent { response });
        }
    }
}
