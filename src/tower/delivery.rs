//! [`Delivery`]: the operation that is retried, one request to one service.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use persevere_core::closure::{Again, AsyncOperation, Judge, Operation};
use tower_service::Service;

use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};
use crate::{Attempt, Verdict};

/// Sends a request, and keeps a copy of it for the next time.
pub(super) struct Delivery<S, Req, I, R> {
    pub(super) service: S,
    /// The first attempt's service has been polled ready by the caller.
    pub(super) is_ready: bool,
    /// What the next attempt sends; after the last possible one, nothing.
    pub(super) request: Option<Req>,
    pub(super) idempotency: I,
    pub(super) cloning: R,
}

/// A response or an error, and what may follow it.
pub(super) struct Answer<T> {
    pub(super) inner: T,
    again: Resend,
}

/// After what the request may be sent again.
#[derive(Clone, Copy, PartialEq)]
enum Resend {
    /// There is no copy of it, or the service is broken.
    Never,
    /// It is not idempotent.
    IfRefused,
    Always,
}

impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f) // the text of events
    }
}

pub(super) type Answered<S, Req> =
    Result<Answer<<S as Service<Req>>::Response>, Answer<<S as Service<Req>>::Error>>;

impl<S: Service<Req>, Req, I, R> Operation for Delivery<S, Req, I, R> {
    type Output = Answered<S, Req>;
    const ASKS_FOR_ATTEMPT: bool = false;
}

impl<S, Req, I, R> AsyncOperation for Delivery<S, Req, I, R>
where
    S: Service<Req> + Clone,
    I: Idempotency<Req>,
    R: CloneRequest<Req>,
{
    type Future = Sending<S, Req>;

    fn attempt(&mut self, _: impl FnOnce() -> Arc<Attempt>) -> Sending<S, Req> {
        self.send()
    }
}

impl<S, Req, I, R> Delivery<S, Req, I, R>
where
    S: Service<Req> + Clone,
    I: Idempotency<Req>,
    R: CloneRequest<Req>,
{
    /// Begins an attempt.
    pub(super) fn send(&mut self) -> Sending<S, Req> {
        let request = self.request.take();
        self.request = request.as_ref().and_then(|request| self.cloning.clone_request(request));
        let again = match &self.request {
            None => Resend::Never,
            Some(kept) if self.idempotency.is_idempotent(kept) => Resend::Always,
            Some(_) => Resend::IfRefused,
        };
        let stage = match request {
            Some(request) if std::mem::take(&mut self.is_ready) => {
                Stage::Calling { response: self.service.call(request) }
            }
            request => {
                // What the last one may have reserved is free before this one asks for it.
                self.service = self.service.clone();
                Stage::Readying { service: self.service.clone(), request }
            }
        };
        Sending { stage, again }
    }
}

pin_project_lite::pin_project! {
    /// An attempt: the wait for the service to be ready, then for its answer.
    pub(super) struct Sending<S: Service<Req>, Req> {
        #[pin]
        stage: Stage<S, Req, S::Future>,
        again: Resend,
    }
}

pin_project_lite::pin_project! {
    #[project = StageProjection]
    enum Stage<S, Req, F> {
        Readying { service: S, request: Option<Req> },
        Calling { #[pin] response: F },
    }
}

impl<S: Service<Req>, Req> Future for Sending<S, Req> {
    type Output = Answered<S, Req>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let again = *this.again;
        loop {
            let response = match this.stage.as_mut().project() {
                StageProjection::Calling { response } => {
                    return Poll::Ready(match ready!(response.poll(context)) {
                        Ok(inner) => Ok(Answer { inner, again }),
                        Err(inner) => Err(Answer { inner, again }),
                    });
                }
                StageProjection::Readying { service, request } => {
                    if let Err(inner) = ready!(service.poll_ready(context)) {
                        return Poll::Ready(Err(Answer { inner, again: Resend::Never }));
                    }
                    match request.take() {
                        Some(request) => service.call(request),
                        None => return Poll::Pending, // polled after its end
                    }
                }
            };
            this.stage.set(Stage::Calling { response });
        }
    }
}

/// Asks the classification, where the request may be sent again at all.
pub(super) struct Classifying<C, I, Res, Err> {
    classification: C,
    refusal: I,
    of: PhantomData<fn(&Res, &Err)>,
}

impl<C, I, Res, Err> Classifying<C, I, Res, Err> {
    pub(super) const fn new(classification: C, refusal: I) -> Self {
        Self { classification, refusal, of: PhantomData }
    }
}

impl<C: ClassifyOutcome<Res, Err>, I, Res, Err> Judge<Answer<Err>> for Classifying<C, I, Res, Err> {
    fn judge(&mut self, error: &Answer<Err>) -> Verdict {
        if error.again != Resend::Always {
            return Verdict::PERMANENT;
        }
        self.classification.classify_outcome(Err(&error.inner))
    }
}

impl<C, I, Res, Err> Again<Answer<Res>> for Classifying<C, I, Res, Err>
where
    C: ClassifyOutcome<Res, Err>,
    I: Refusal<Res>,
{
    fn again(&mut self, response: &Answer<Res>) -> Verdict {
        let may_be_sent = match response.again {
            Resend::Never => false,
            Resend::IfRefused => self.refusal.was_refused(&response.inner),
            Resend::Always => true,
        };
        if !may_be_sent {
            return Verdict::PERMANENT;
        }
        self.classification.classify_outcome(Ok(&response.inner))
    }
}
