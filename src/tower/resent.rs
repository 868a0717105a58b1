//! A call without chaos: nothing happens to its attempts, at no cost.

use std::sync::Arc;

use persevere_core::closure::parts::{DefaultTimer, WithBeside};
use persevere_core::closure::{self, Retrying};
use tower_service::Service;

use crate::tower::delivery::{Delivery, Judging, deliver};
use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};

/// A call.
pub(in crate::tower) type Call<S, Req, C, I, R> = closure::RetryFuture<
    Delivery<S, Req, I, R>,
    Judging<S, Req, C, I>,
    DefaultTimer,
    Arc<WithBeside>,
>;

/// Begins a call with its first attempt, by a service that is ready.
#[inline]
pub(in crate::tower) fn begin<S, Req, C, I, R>(
    service: S,
    request: Req,
    settings: &Arc<WithBeside>,
    rules: (C, I, R),
) -> Call<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: std::fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
    I: Idempotency<Req> + Refusal<S::Response> + Clone,
    R: CloneRequest<Req>,
{
    let (call, first) = deliver(service, request, rules, |delivery| {
        Retrying::under(Arc::clone(settings), delivery)
    });
    call.begun_with(first)
}
