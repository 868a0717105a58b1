//! [`HedgeRace`]: a race that has all that it needs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::budget::HedgeBudget;
use super::plan::HedgePlan;
use super::race::{Conduct, Race};
use crate::classify::Verdict;

pin_project_lite::pin_project! {
    /// A race, and who conducts it.
    pub(super) struct HedgeRace<P, M, F, J, B, S, A>
    where
        P: HedgePlan,
        F: Future,
        B: HedgeBudget,
    {
        conduct: Own<M, J, B, S>,
        #[pin]
        race: Race<P, F, B::Permit, A>,
    }
}

/// What a race needs, as functions.
struct Own<M, J, B, S> {
    attempt: M,
    judge: J,
    budget: B,
    sleep: S,
}

impl<M, F, J, B, S, A> Conduct for Own<M, J, B, S>
where
    M: FnMut() -> F,
    F: Future,
    J: FnMut(&F::Output) -> Option<Verdict>,
    B: HedgeBudget,
    S: FnMut(Duration) -> A,
    A: Future<Output = ()>,
{
    type Attempt = F;
    type Permit = B::Permit;
    type Alarm = A;

    #[inline]
    fn start(&mut self) -> F {
        (self.attempt)()
    }

    #[inline]
    fn judge(&mut self, outcome: &F::Output) -> Option<Verdict> {
        (self.judge)(outcome)
    }

    #[inline]
    fn ask(&mut self) -> Option<B::Permit> {
        self.budget.try_acquire()
    }

    #[inline]
    fn succeeded(&mut self, permit: B::Permit) {
        self.budget.succeeded(permit);
    }

    #[inline]
    fn failed(&mut self, permit: B::Permit, verdict: Verdict) {
        self.budget.failed(permit, verdict);
    }

    #[inline]
    fn alarm(&mut self, after: Duration) -> A {
        (self.sleep)(after)
    }
}

impl<P, M, F, J, B, S, A> HedgeRace<P, M, F, J, B, S, A>
where
    P: HedgePlan,
    F: Future,
    B: HedgeBudget,
    A: Future<Output = ()>,
{
    pub(super) const fn new(plan: P, attempt: M, judge: J, budget: B, sleep: S) -> Self {
        Self { conduct: Own { attempt, judge, budget, sleep }, race: Race::new(plan) }
    }
}

impl<P, M, F, J, B, S, A> Future for HedgeRace<P, M, F, J, B, S, A>
where
    P: HedgePlan,
    M: FnMut() -> F,
    F: Future,
    J: FnMut(&F::Output) -> Option<Verdict>,
    B: HedgeBudget,
    S: FnMut(Duration) -> A,
    A: Future<Output = ()>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.race.poll(this.conduct, context)
    }
}
