//! [`Conducting`]: what conducts the race of an attempt; and its bodies.

use std::any::type_name;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::call::attempt::Attempt;
use crate::classify::Verdict;
use crate::classify::stopped::Stopped;
use crate::closure::guard::{Around, JudgeBodies, Judged};
use crate::closure::guarded::Guarded;
use crate::closure::parts::{Kept, Reject, Timing};
use crate::closure::perturbed::Perturbed;
use crate::closure::{AsyncOperation, Polled};
use crate::layers::budget::{Budget, Cause, Permit};
use crate::layers::hedge::race::Conduct;
use crate::layers::rate::pace::Pace;
use crate::layers::shared::{Lent, Shared};
use crate::time::limit::{Limit, Limited, within_by};

/// What an extra body has been paid with, if its call has a budget.
pub(super) type Paid = Option<Permit<'static>>;

/// What conducts the race of an attempt.
pub(super) struct Conducting<'a, O: AsyncOperation, T, K, R> {
    pub(super) around: Around<'a, O, T, K, R>,
    pub(super) guarded: &'a Guarded<O::Output>,
    /// What spaces the extra bodies.
    pub(super) pace: Option<Pace<'a>>,
    pub(super) bodies: &'a mut u32,
}

impl<O, T, K, R> Conduct for Conducting<'_, O, T, K, R>
where
    O: AsyncOperation,
    T: Timing,
    K: Kept,
    R: JudgeBodies<O::Output>,
{
    type Attempt = Body<O, T::Alarm>;
    type Permit = Paid;
    type Alarm = T::Alarm;

    fn start(&mut self) -> Self::Attempt {
        let Self { around, guarded, bodies, .. } = self;
        let Guarded { guards, reject, .. } = *guarded;
        let seen = guards
            .attempt
            .as_ref()
            .map(|race| Seen { race: Arc::clone(race), body: Arc::new(race.of_hedge(**bodies)) });
        **bodies = bodies.saturating_add(1);
        let limit = Limit::of(None, guards.options.timeout);
        let alarm = limit.map(|limit| around.timer.alarm(limit.after()));
        let settings = around.kept.common();
        let context = || match &seen {
            Some(seen) => Arc::clone(&seen.body),
            None => settings.lone_attempt(type_name::<O>)(),
        };
        let attempt = || around.operation.attempt(context);
        let future = Perturbed::of::<O, T>(guarded, settings, around.timer, attempt);
        Body { future: within_by(limit, future, alarm), seen, reject: *reject }
    }

    fn judge(&mut self, end: &BodyEnd<O::Output>) -> Option<Verdict> {
        let judged = self.around.rules.judge(&end.outcome);
        end.judged.set(Some(judged));
        match judged {
            Judged::Value(Polled::Final) => None,
            Judged::Value(Polled::Waiting(verdict) | Polled::Failed(verdict))
            | Judged::Error(verdict) => Some(verdict),
        }
    }

    fn ask(&mut self) -> Option<Paid> {
        let budget = self.around.kept.beside().and_then(|beside| beside.budget.as_ref());
        match self.pace {
            Some(pace) => pace.take_paid(|| pay(budget)),
            None => pay(budget),
        }
    }

    fn succeeded(&mut self, paid: Paid) {
        if let Some(permit) = paid {
            permit.succeeded();
        }
    }

    fn failed(&mut self, paid: Paid, verdict: Verdict) {
        if let Some(permit) = paid {
            permit.failed(verdict);
        }
    }

    fn alarm(&mut self, after: Duration) -> T::Alarm {
        self.around.timer.alarm(after)
    }
}

/// Asks `budget`, if there is any, to pay for an extra body, which then begins.
fn pay(budget: Option<&Shared<'static, Budget>>) -> Option<Paid> {
    let Some(budget) = budget else { return Some(None) };
    let lent = match budget {
        Shared::Borrowed(budget) => Lent::Borrowed(*budget),
        Shared::Counted(budget) => Lent::Counted(budget),
    };
    let mut permit = budget.try_acquire(Cause::Failure)?.kept_by(lent);
    permit.begin();
    Some(Some(permit))
}

/// What a body sees of its attempt.
#[derive(Debug)]
struct Seen {
    race: Arc<Attempt>,
    body: Arc<Attempt>,
}

pin_project_lite::pin_project! {
    /// One body of a race.
    pub struct Body<O: AsyncOperation, A> {
        #[pin]
        future: Limited<Perturbed<O::Future, A>, A>,
        seen: Option<Seen>,
        reject: Option<Reject<O::Output>>,
    }
}

/// How a body has ended.
pub struct BodyEnd<O> {
    pub(super) outcome: O,
    pub(super) stopped: Option<Stopped>,
    pub(super) judged: Cell<Option<Judged>>,
}

impl<O: AsyncOperation, A: Future<Output = ()>> Future for Body<O, A> {
    type Output = BodyEnd<O::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (outcome, stopped) = match ready!(this.future.poll(context)) {
            Ok(outcome) => (outcome, None),
            Err(stopped) => match this.reject {
                Some(reject) => (reject(stopped.rejection(), None), Some(stopped)),
                None => return Poll::Pending, // no limit is set without it
            },
        };
        if let Some(Seen { race, body }) = this.seen.take() {
            race.ask_also(body.steering());
        }
        Poll::Ready(BodyEnd { outcome, stopped, judged: Cell::new(None) })
    }
}
