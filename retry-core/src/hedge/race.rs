//! [`Race`]: attempts of one call, of which the first good one wins.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::budget::HedgeBudget;
use super::next::{Next, next_after};
use super::plan::Plan;
use crate::classify::{Class, Verdict};
use crate::clock::{self, Instant};

pin_project_lite::pin_project! {
    /// A race. All of it is polled in one task, on every wake, as by `select!`.
    #[project = Racing]
    pub(super) struct Race<P, M, F, J, B, S, A>
    where
        F: Future,
        B: HedgeBudget,
    {
        plan: P,
        attempt: M,
        judge: J,
        budget: B,
        sleep: S,
        course: Course,
        #[pin]
        first: First<F>,
        // When the next attempt starts, however those in flight are doing.
        #[pin]
        alarm: Option<A>,
        hedged: Option<Box<Hedged<F, B::Withdrawal>>>,
    }
}

pin_project_lite::pin_project! {
    /// The first attempt, which is kept in place.
    #[project = FirstProjection]
    enum First<F> {
        Unstarted,
        InFlight { #[pin] attempt: F },
        Ended,
        /// As `Ended`, and the race is over.
        Over,
    }
}

/// How far a race has got.
#[derive(Clone, Copy, Debug)]
struct Course {
    /// When the first attempt began, if that is measured.
    began: Option<Instant>,
    delay: Duration,
    /// How many extra attempts may still start.
    left: u32,
    /// How many of these are to start now.
    owed: u32,
}

/// What a race needs from the first extra attempt on.
struct Hedged<F: Future, W> {
    /// In the order in which they were started.
    in_flight: Vec<Extra<F, W>>,
    failure: Option<Failed<F::Output>>,
}

struct Extra<F, W> {
    attempt: Pin<Box<F>>,
    withdrawal: W,
}

/// The outcome of a failed attempt.
struct Failed<O> {
    outcome: O,
    verdict: Verdict,
}

impl<O> Failed<O> {
    /// Of two failures, the one that asks for more restraint; the later, if both ask for the same.
    fn or_later(self, later: Self) -> Self {
        let asks = |failed: &Self| {
            (failed.verdict.class() == Class::Throttled, failed.verdict.retry_after())
        };
        if asks(&later) >= asks(&self) { later } else { self }
    }
}

impl<P, M, F, J, B, S, A> Race<P, M, F, J, B, S, A>
where
    F: Future,
    B: HedgeBudget,
{
    pub(super) const fn new(plan: P, attempt: M, judge: J, budget: B, sleep: S) -> Self {
        let course = Course { began: None, delay: Duration::ZERO, left: 0, owed: 0 };
        let first = First::Unstarted;
        Self { plan, attempt, judge, budget, sleep, course, first, alarm: None, hedged: None }
    }
}

impl<P, M, F, J, B, S, A> Future for Race<P, M, F, J, B, S, A>
where
    P: Plan,
    M: FnMut() -> F,
    F: Future,
    J: FnMut(&F::Output) -> Option<Verdict>,
    B: HedgeBudget,
    S: FnMut(Duration) -> A,
    A: Future<Output = ()>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut race = self.project();
        match race.advance(context) {
            ControlFlow::Continue(()) => Poll::Pending,
            ControlFlow::Break(outcome) => {
                // The others end here, and not only when the caller lets go of the race.
                race.first.set(First::Over);
                race.alarm.set(None);
                *race.hedged = None;
                Poll::Ready(outcome)
            }
        }
    }
}

impl<P, M, F, J, B, S, A> Racing<'_, P, M, F, J, B, S, A>
where
    P: Plan,
    M: FnMut() -> F,
    F: Future,
    J: FnMut(&F::Output) -> Option<Verdict>,
    B: HedgeBudget,
    S: FnMut(Duration) -> A,
    A: Future<Output = ()>,
{
    /// Goes as far as it can without waiting; breaks with the race's outcome.
    fn advance(&mut self, context: &mut Context<'_>) -> ControlFlow<F::Output> {
        // The alarm first: see `timeline::Race`. But an attempt that is ready now is not late.
        let is_late = self.rings(context);
        self.poll_first(context)?;
        self.poll_extras(context)?;
        if is_late {
            self.course.owed = self.course.owed.max(1);
        }
        loop {
            let has_started = self.start_owed(context)?;
            if self.is_nothing_in_flight()
                && let Some(failed) = self.hedged.as_mut().and_then(|hedged| hedged.failure.take())
            {
                return ControlFlow::Break(failed.outcome);
            }
            if self.course.left == 0 {
                self.alarm.set(None);
                return ControlFlow::Continue(());
            }
            if self.course.delay.is_zero() {
                self.course.owed = self.course.left;
                continue;
            }
            if self.alarm.is_some() && !has_started {
                return ControlFlow::Continue(());
            }
            self.alarm.set(Some((self.sleep)(self.course.delay)));
            if !self.rings(context) {
                return ControlFlow::Continue(());
            }
            self.course.owed = 1;
        }
    }

    /// Whether the alarm rings, which then is over.
    fn rings(&mut self, context: &mut Context<'_>) -> bool {
        let alarm = self.alarm.as_mut().as_pin_mut();
        let rings = alarm.is_some_and(|alarm| alarm.poll(context).is_ready());
        if rings {
            self.alarm.set(None);
        }
        rings
    }

    /// Polls the first attempt, which it starts if that has not been done.
    fn poll_first(&mut self, context: &mut Context<'_>) -> ControlFlow<F::Output> {
        if let First::Unstarted = *self.first {
            let began = self.plan.measures().then(clock::now);
            let (delay, left) = match self.plan.delay() {
                Some(delay) => (delay, self.plan.max()),
                None => (Duration::ZERO, 0),
            };
            *self.course = Course { began, delay, left, owed: 0 };
            self.first.set(First::InFlight { attempt: (self.attempt)() });
        }
        if let FirstProjection::InFlight { attempt } = self.first.as_mut().project()
            && let Poll::Ready(outcome) = attempt.poll(context)
        {
            self.first.set(First::Ended);
            self.settle(outcome, None)?;
        }
        ControlFlow::Continue(())
    }

    /// Polls the extra attempts, the older before the younger.
    fn poll_extras(&mut self, context: &mut Context<'_>) -> ControlFlow<F::Output> {
        let mut index = 0;
        while let Some(hedged) = self.hedged
            && let Some(extra) = hedged.in_flight.get_mut(index)
        {
            match extra.attempt.as_mut().poll(context) {
                Poll::Pending => index += 1,
                Poll::Ready(outcome) => {
                    let Extra { attempt, withdrawal } = hedged.in_flight.remove(index);
                    drop(attempt);
                    self.settle(outcome, Some(withdrawal))?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Starts as many attempts as are owed and allowed; tells whether any was.
    fn start_owed(&mut self, context: &mut Context<'_>) -> ControlFlow<F::Output, bool> {
        let mut has_started = false;
        while self.course.owed > 0 && self.course.left > 0 {
            let Some(withdrawal) = self.budget.try_withdraw() else {
                self.course.left = 0;
                break;
            };
            self.course.owed -= 1;
            self.course.left -= 1;
            has_started = true;
            self.plan.has_started();
            let mut attempt = Box::pin((self.attempt)());
            match attempt.as_mut().poll(context) {
                Poll::Ready(outcome) => {
                    drop(attempt);
                    self.settle(outcome, Some(withdrawal))?;
                }
                Poll::Pending => {
                    let hedged = self.hedged.get_or_insert_default();
                    hedged.in_flight.push(Extra { attempt, withdrawal });
                }
            }
        }
        self.course.owed = 0;
        ControlFlow::Continue(has_started)
    }

    /// An attempt has ended, an extra one if it has a withdrawal, and is not in flight any more.
    fn settle(
        &mut self,
        outcome: F::Output,
        withdrawal: Option<B::Withdrawal>,
    ) -> ControlFlow<F::Output> {
        let Some(verdict) = (self.judge)(&outcome) else {
            if withdrawal.is_none() || matches!(*self.first, First::InFlight { .. }) {
                self.measure();
            }
            if let Some(withdrawal) = withdrawal {
                self.plan.has_won();
                self.budget.succeeded(withdrawal);
            }
            return ControlFlow::Break(outcome);
        };
        if let Some(withdrawal) = withdrawal {
            self.budget.failed(withdrawal, verdict);
        }
        match next_after(verdict, self.course.left) {
            Next::AtOnce => self.course.owed += 1,
            Next::NoMore => self.course.left = 0,
            Next::Over => return ControlFlow::Break(outcome),
        }
        let mut failed = Failed { outcome, verdict };
        if let Some(earlier) = self.hedged.as_mut().and_then(|hedged| hedged.failure.take()) {
            failed = earlier.or_later(failed);
        }
        if self.is_nothing_in_flight() && self.course.left == 0 {
            return ControlFlow::Break(failed.outcome);
        }
        self.hedged.get_or_insert_default().failure = Some(failed);
        ControlFlow::Continue(())
    }

    fn is_nothing_in_flight(&self) -> bool {
        let extras = self.hedged.as_ref().is_some_and(|hedged| !hedged.in_flight.is_empty());
        !extras && !matches!(*self.first, First::InFlight { .. })
    }

    /// The first attempt has taken so long, or will take longer: see "What is measured" on the
    /// module's page.
    fn measure(&self) {
        if let Some(began) = self.course.began {
            self.plan.record(clock::now().saturating_duration_since(began));
        }
    }
}

impl<F: Future, W> Default for Hedged<F, W> {
    fn default() -> Self {
        Self { in_flight: Vec::new(), failure: None }
    }
}
