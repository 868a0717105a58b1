//! [`Race`]: attempts of one call, of which the first good one wins.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::extras::{Extra, Failed, Hedged};
use super::plan::HedgePlan;
use super::reaction::{Reaction, reaction_to};
use super::stopwatch::Stopwatch;
use crate::cancel::is_cancelled;
use crate::classify::Verdict;

pin_project_lite::pin_project! {
    /// A race. All of it is polled in one task, on every wake, as by `select!`.
    #[project = Racing]
    pub struct Race<P, F, W, A>
    where
        P: HedgePlan,
        F: Future,
    {
        stopwatch: Stopwatch<P>,
        course: Course,
        #[pin]
        first: First<F>,
        // When the next attempt starts, however those in flight are doing.
        #[pin]
        alarm: Option<A>,
        hedged: Option<Box<Hedged<F, W>>>,
    }
}

/// Who starts the attempts of a race, judges them, pays for them, and sets its alarms: whoever polls it.
pub(crate) trait Conduct {
    type Attempt: Future;
    type Permit;
    type Alarm: Future<Output = ()>;
    /// Makes the next attempt.
    fn start(&mut self) -> Self::Attempt;
    /// The verdict of a failure; `None` wins.
    fn judge(&mut self, outcome: &<Self::Attempt as Future>::Output) -> Option<Verdict>;
    /// Asks for an extra attempt.
    fn ask(&mut self) -> Option<Self::Permit>;
    /// The extra attempt of that permit has won.
    fn succeeded(&mut self, permit: Self::Permit);
    /// It has failed.
    fn failed(&mut self, permit: Self::Permit, verdict: Verdict);
    /// An alarm that rings after that time.
    fn alarm(&mut self, after: Duration) -> Self::Alarm;
}

pin_project_lite::pin_project! {
    /// The first attempt, which is kept in place.
    #[project = FirstProjection]
    enum First<F> {
        Unstarted,
        InFlight { #[pin] attempt: F },
        Ended,
    }
}

/// How far a race has got.
#[derive(Clone, Copy, Debug)]
struct Course {
    delay: Duration,
    /// How many extra attempts may still start.
    left: u32,
    /// How many of these are to start now.
    owed: u32,
    /// Whether it has ended, also by a panic.
    is_over: bool,
}

impl<P: HedgePlan, F: Future, W, A: Future<Output = ()>> Race<P, F, W, A> {
    pub(crate) const fn new(plan: P) -> Self {
        let stopwatch = Stopwatch::new(plan);
        let course = Course { delay: Duration::ZERO, left: 0, owed: 0, is_over: false };
        Self { stopwatch, course, first: First::Unstarted, alarm: None, hedged: None }
    }

    /// Polls it, always by the same conduct.
    #[inline]
    pub(crate) fn poll<C>(
        self: Pin<&mut Self>,
        conduct: &mut C,
        context: &mut Context<'_>,
    ) -> Poll<F::Output>
    where
        C: Conduct<Attempt = F, Permit = W, Alarm = A>,
    {
        let mut race = self.project();
        if std::mem::replace(&mut race.course.is_over, true) {
            return Poll::Pending; // no body runs again
        }
        match race.advance(conduct, context) {
            ControlFlow::Continue(()) => {
                race.course.is_over = false;
                Poll::Pending
            }
            ControlFlow::Break(outcome) => {
                // The others end here, and not only when the caller lets go of the race.
                race.stopwatch.cut();
                race.first.set(First::Ended);
                race.alarm.set(None);
                *race.hedged = None;
                Poll::Ready(outcome)
            }
        }
    }
}

impl<P: HedgePlan, F: Future, W, A: Future<Output = ()>> Racing<'_, P, F, W, A> {
    /// Goes as far as it can without waiting; breaks with the race's outcome.
    fn advance<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
        context: &mut Context<'_>,
    ) -> ControlFlow<F::Output> {
        // The alarm first: see `time::limit::Limited`. But an attempt that is ready now is not late.
        let is_late = self.rings(context);
        self.poll_attempts(conduct, context)?;
        if is_late {
            self.course.owed = self.course.owed.max(1);
        }
        loop {
            let has_started = self.start_owed(conduct, context)?;
            if self.is_nothing_in_flight() {
                let failure = self.hedged.as_mut().and_then(|hedged| hedged.failure.take());
                if let Some(failed) = failure {
                    return ControlFlow::Break(failed.outcome);
                }
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
            self.alarm.set(Some(conduct.alarm(self.course.delay)));
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

    /// Polls all attempts, each time beginning with another one, since an attempt that uses up the task's
    /// budget starves those polled after it. The older attempt's outcome counts first, in whatever order
    /// they were polled.
    fn poll_attempts<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
        context: &mut Context<'_>,
    ) -> ControlFlow<F::Output> {
        let (attempts, begin) = self.hedged.as_mut().map_or((1, 0), |hedged| hedged.next_turn());
        let mut first = None;
        for attempt in (begin..attempts).chain(0..begin) {
            if attempt == 0 {
                first = self.poll_first(conduct, context);
            } else if let Some(hedged) = self.hedged {
                hedged.in_flight[attempt - 1].poll(context);
            }
        }
        if let Some(outcome) = first {
            self.settle(conduct, outcome, None)?;
        }
        while let Some((outcome, permit)) = self.hedged.as_mut().and_then(|it| it.take_ended()) {
            self.settle(conduct, outcome, Some(permit))?;
        }
        ControlFlow::Continue(())
    }

    /// Polls the first attempt, which it starts if that has not been done.
    fn poll_first<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
        context: &mut Context<'_>,
    ) -> Option<F::Output> {
        if let First::Unstarted = *self.first {
            self.stopwatch.start();
            (self.course.delay, self.course.left) = match self.stopwatch.plan.delay() {
                Some(delay) => (delay, self.stopwatch.plan.max()),
                None => (Duration::ZERO, 0),
            };
            self.first.set(First::InFlight { attempt: conduct.start() });
        }
        let FirstProjection::InFlight { attempt } = self.first.as_mut().project() else {
            return None;
        };
        let Poll::Ready(outcome) = attempt.poll(context) else { return None };
        self.first.set(First::Ended);
        Some(outcome)
    }

    /// Starts as many attempts as are owed and allowed. Returns whether any was started.
    fn start_owed<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
        context: &mut Context<'_>,
    ) -> ControlFlow<F::Output, bool> {
        let mut has_started = false;
        if self.course.owed > 0 && is_cancelled() {
            self.course.left = 0;
        }
        while self.course.owed > 0 && self.course.left > 0 {
            let Some(permit) = self.ask_for_permit(conduct) else {
                self.course.left = 0;
                break;
            };
            self.course.owed -= 1;
            self.course.left -= 1;
            has_started = true;
            self.stopwatch.plan.has_started();
            let mut attempt = Box::pin(conduct.start());
            match attempt.as_mut().poll(context) {
                Poll::Ready(outcome) => {
                    drop(attempt);
                    self.settle(conduct, outcome, Some(permit))?;
                }
                Poll::Pending => {
                    let hedged = self.hedged.get_or_insert_default();
                    hedged.in_flight.push(Extra { attempt, permit, outcome: None });
                }
            }
        }
        self.course.owed = 0;
        ControlFlow::Continue(has_started)
    }

    /// Asks for a permit to start one more attempt: the hedge, once in a race; the budget, each time.
    fn ask_for_permit<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
    ) -> Option<W> {
        let is_hedged = self.course.left < self.stopwatch.plan.max();
        if is_hedged || self.stopwatch.plan.may_hedge() { conduct.ask() } else { None }
    }

    /// An attempt has ended, an extra one if it has a permit, and is not in flight any more.
    fn settle<C: Conduct<Attempt = F, Permit = W, Alarm = A>>(
        &mut self,
        conduct: &mut C,
        outcome: F::Output,
        permit: Option<W>,
    ) -> ControlFlow<F::Output> {
        let Some(verdict) = conduct.judge(&outcome) else {
            match permit {
                None => self.stopwatch.succeeded(),
                Some(permit) => {
                    self.stopwatch.plan.has_won();
                    conduct.succeeded(permit);
                }
            }
            return ControlFlow::Break(outcome);
        };
        match permit {
            None => self.stopwatch.cut(),
            Some(permit) => conduct.failed(permit, verdict),
        }
        match reaction_to(verdict, self.course.left) {
            Reaction::AtOnce => self.course.owed += 1,
            Reaction::NoMore => self.course.left = 0,
            Reaction::Over => return ControlFlow::Break(outcome),
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
}
