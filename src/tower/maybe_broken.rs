//! A call with chaos: one that begins while a table breaks attempts is elsewhere; hardly any does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use persevere_core::closure::parts::WithBeside;
use persevere_core::generated::is_any_breaking;
use tower_service::Service;

use super::breakable::{self, BreakableCall};
use super::delivery::Answered;
use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};

#[path = "resent.rs"]
mod unbroken;

pin_project_lite::pin_project! {
    /// A call.
    #[project = CallProjection]
    pub(super) enum Call<S, Req, C, I, R>
    where
        S: Service<Req>,
        S: Clone,
        I: Idempotency<Req>,
        R: CloneRequest<Req>,
    {
        Unbroken { #[pin] call: unbroken::Call<S, Req, C, I, R> },
        Breakable { call: Pin<Box<BreakableCall<S, Req, C, I, R>>> },
    }
}

/// Begins a call with its first attempt, by a service that is ready.
#[inline]
pub(super) fn begin<S, Req, C, I, R>(
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
    if is_any_breaking() {
        Call::Breakable { call: Box::pin(breakable::begin(service, request, settings, rules)) }
    } else {
        Call::Unbroken { call: unbroken::begin(service, request, settings, rules) }
    }
}

impl<S, Req, C, I, R> Future for Call<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: std::fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error>,
    I: Idempotency<Req> + Refusal<S::Response>,
    R: CloneRequest<Req>,
{
    type Output = Answered<S, Req>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            CallProjection::Unbroken { call } => call.poll(context),
            CallProjection::Breakable { call } => call.as_mut().poll(context),
        }
    }
}
