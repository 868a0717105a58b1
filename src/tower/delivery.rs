//! [`Delivery`]: the operation that is retried, a request to a service.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use persevere_core::closure::parts::{DefaultTimer, Rules};
use persevere_core::closure::{Again, AsyncOperation, Judge, Operation, Polled, Retrying};
use tower_service::Service;

use crate::tower::{ClassifyOutcome, CloneRequest, Idempotency, Refusal};
use crate::{Attempt, Verdict};

/// Sends a request, and keeps a copy for the next attempt.
pub(super) struct Delivery<S, Req, I, R> {
    service: S,
    /// Whether `service` itself made the first attempt, and may still hold its reservation: a service
    /// that rejects a request, as a filter does, does not use it up.
    may_hold: bool,
    /// The request of the next attempt; `None` after the last possible one.
    request: Option<Req>,
    idempotency: I,
    cloning: R,
}

/// A response or an error, and whether a retry may follow.
pub(super) struct Answer<T> {
    pub(super) inner: T,
    again: Resend,
}

/// The outcomes after which the request may be sent again.
#[derive(Clone, Copy, PartialEq)]
enum Resend {
    /// None: there is no copy of it, or the service is broken.
    Never,
    /// Only a response that means that nothing was done: it is not idempotent.
    IfRefused,
    Always,
}

impl<T> Answer<T> {
    /// Whether sending the request again would give the same answer.
    pub(super) fn is_final(&self) -> bool {
        self.again == Resend::Never
    }
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
    const IS_PERTURBED_ELSEWHERE: bool = true;
}

impl<S, Req, I, R> AsyncOperation for Delivery<S, Req, I, R>
where
    S: Service<Req> + Clone,
    I: Idempotency<Req>,
    R: CloneRequest<Req>,
{
    type Future = Sending<S, Req>;

    fn attempt(&mut self, _: impl FnOnce() -> Arc<Attempt>) -> Sending<S, Req> {
        self.send_again()
    }

    fn rest(&mut self) {
        self.release();
    }
}

impl<S, Req, I, R> Delivery<S, Req, I, R>
where
    S: Service<Req> + Clone,
    I: Idempotency<Req>,
    R: CloneRequest<Req>,
{
    /// Sends a request by a service that is ready: at once, since its reservation must not wait until
    /// a future is polled.
    pub(super) fn of(
        mut service: S,
        request: Req,
        idempotency: I,
        cloning: R,
    ) -> (Self, Sending<S, Req>) {
        let kept = cloning.clone_request(&request);
        let response = service.call(request);
        let delivery = Self { service, may_hold: true, request: kept, idempotency, cloning };
        let again = delivery.again();
        (delivery, Sending { stage: Stage::Calling { response }, again })
    }

    /// Begins another attempt, which first waits for the service to be ready.
    pub(super) fn send_again(&mut self) -> Sending<S, Req> {
        self.release(); // or the retry would wait for its own reservation
        let request = self.request.take();
        self.request = request.as_ref().and_then(|request| self.cloning.clone_request(request));
        let stage = Stage::Readying { service: self.service.clone(), request };
        Sending { stage, again: self.again() }
    }

    /// Frees a reservation that the first attempt did not use up: a clone has none.
    fn release(&mut self) {
        if std::mem::take(&mut self.may_hold) {
            self.service = self.service.clone();
        }
    }

    /// The outcomes after which the kept request may be sent.
    fn again(&self) -> Resend {
        match &self.request {
            None => Resend::Never,
            Some(kept) if self.idempotency.is_idempotent(kept) => Resend::Always,
            Some(_) => Resend::IfRefused,
        }
    }
}

pin_project_lite::pin_project! {
    /// An attempt: waits for the service to be ready, then for its answer.
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

/// How the outcomes of a call are judged.
pub(super) type Judging<S, Req, C, I> = Rules<JudgingOne<S, Req, C, I>, JudgingOne<S, Req, C, I>>;
type JudgingOne<S, Req, C, I> =
    Classifying<C, I, <S as Service<Req>>::Response, <S as Service<Req>>::Error>;

/// A call that `retrying` makes of a request, and its first attempt, by a service that is ready.
#[inline]
pub(super) fn deliver<S, Req, C, I, R, L>(
    service: S,
    request: Req,
    (classification, idempotency, cloning): (C, I, R),
    retrying: impl FnOnce(
        Delivery<S, Req, I, R>,
    ) -> Retrying<Delivery<S, Req, I, R>, Rules, DefaultTimer, L>,
) -> Begun<S, Req, C, I, R, L>
where
    S: Service<Req> + Clone,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
    I: Idempotency<Req> + Refusal<S::Response> + Clone,
    R: CloneRequest<Req>,
{
    let judge = Classifying::new(classification.clone(), idempotency.clone());
    let again = Classifying::new(classification, idempotency.clone());
    let (delivery, first) = Delivery::of(service, request, idempotency, cloning);
    (retrying(delivery).judged_by(judge, again), first)
}

type Begun<S, Req, C, I, R, L> =
    (Retrying<Delivery<S, Req, I, R>, Judging<S, Req, C, I>, DefaultTimer, L>, Sending<S, Req>);

/// Classifies the outcome, if the request may be sent again at all.
pub(super) struct Classifying<C, I, Res, Err> {
    classification: C,
    refusal: I,
    of: PhantomData<fn(&Res, &Err)>,
}

impl<C, I, Res, Err> Classifying<C, I, Res, Err> {
    const fn new(classification: C, refusal: I) -> Self {
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
    fn again(&mut self, response: &Answer<Res>) -> Polled {
        let may_be_sent = match response.again {
            Resend::Never => false,
            Resend::IfRefused => self.refusal.was_refused(&response.inner),
            Resend::Always => true,
        };
        if !may_be_sent {
            return Polled::Final;
        }
        Polled::judged(self.classification.classify_outcome(Ok(&response.inner)))
    }
}
