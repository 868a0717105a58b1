//! A call without chaos: nothing happens to its attempts, at no cost.

use std::sync::Arc;

use persevere_core::closure::parts::{DefaultTimer, Rules, WithBeside};
use persevere_core::closure::{self, Retrying};
use tower_service::Service;

use crate::tower::delivery::{Classifying, Delivery};
use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};

/// A call.
pub(in crate::tower) type Call<S, Req, C, I, R> = closure::RetryFuture<
    Delivery<S, Req, I, R>,
    Rules<Judging<S, Req, C, I>, Judging<S, Req, C, I>>,
    DefaultTimer,
    Arc<WithBeside>,
>;
type Judging<S, Req, C, I> =
    Classifying<C, I, <S as Service<Req>>::Response, <S as Service<Req>>::Error>;

/// Begins a call with its first attempt, by a service that is ready.
#[inline]
pub(in crate::tower) fn begin<S, Req, C, I, R>(
    service: S,
    request: Req,
    settings: &Arc<WithBeside>,
    (classification, idempotency, cloning): (C, I, R),
) -> Call<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: std::fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
    I: Idempotency<Req> + Refusal<S::Response> + Clone,
    R: CloneRequest<Req>,
{
    let judge = Classifying::new(classification.clone(), idempotency.clone());
    let again = Classifying::new(classification, idempotency.clone());
    let (delivery, first) = Delivery::of(service, request, idempotency, cloning);
    let call = Retrying::under(Arc::clone(settings), delivery).judged_by(judge, again);
    call.begun_with(first)
}
