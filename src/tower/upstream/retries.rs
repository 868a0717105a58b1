//! [`Retries`]: a call on an upstream.

use std::fmt;
use std::task::{Context, Poll};

use persevere_core::closure::Retrying;
use tower_service::Service;

use super::UpstreamFuture;
use super::attempts::{Attempts, OrRejection};
use crate::tower::delivery::deliver;
use crate::tower::{BoxError, ClassifyOutcome, CloneRequest, Idempotency, Refusal};
use crate::{Shared, Upstream};

/// Within the bulkhead: the retries.
#[derive(Clone)]
pub(super) struct Retries<S, C, I, R> {
    pub(super) attempts: Attempts<S, C>,
    pub(super) upstream: Shared<'static, Upstream>,
    pub(super) classification: OrRejection<C>,
    pub(super) idempotency: I,
    pub(super) cloning: R,
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
        let Self { attempts: next, upstream, classification, idempotency, cloning } = self.clone();
        // The clone may not be ready, so the call takes the original, which is.
        let mut attempts = std::mem::replace(&mut self.attempts, next);
        let chaos = attempts.chaos.anew();
        attempts.chaos = chaos.clone();
        let rules = (classification, idempotency, cloning);
        let (budget, ..) = upstream.shared_layers();
        let (call, first) = deliver(attempts, request, rules, |delivery| {
            Retrying::new(upstream.policy(), delivery)
                .name(upstream.name())
                .budget(budget)
                .on_upstream(&upstream)
        });
        let call = chaos.noted_by(call).begun_with(first);
        Box::pin(async move {
            match call.await {
                Ok(answer) => Ok(answer.inner),
                Err(answer) => Err(answer.inner.into()),
            }
        })
    }
}
