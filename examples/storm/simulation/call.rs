//! One call with its retries, by the engine and the layers: the loop of the budget's own page, split
//! where it waits.

use std::time::Duration;

use persevere::breaker;
use persevere::budget::{self, Cause};
use persevere::bulkhead;
use persevere::engine::{Decision, Failure, History, decide};
use persevere::{Budget, Bulkhead, CircuitBreaker, Classify, Policy, Rate, Rejection};
use rand::rngs::SmallRng;

use super::agenda::{Moment, instant};

/// The layers that all calls of one process share.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) policy: Policy,
    pub(crate) budget: Option<Budget>,
    pub(crate) breaker: Option<CircuitBreaker>,
    /// Each call holds a permit of it, its waits included. Calls do not wait for one.
    pub(crate) bulkhead: Option<Bulkhead>,
    /// Each attempt takes a turn of it, and a `Retry-After` that one of them receives holds the others.
    pub(crate) rate: Option<Rate>,
    /// Whether `on` retries a call that an open circuit refuses: by default, it ends.
    pub(crate) retries_refusals: bool,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, Classify)]
pub(crate) enum Error {
    /// It took too long, or the circuit was open, which ends the call.
    #[retry(forward)]
    Rejected(Rejection),
    /// The circuit is open for that time, and the call waits: `on = Rejected(CircuitOpen { .. })`.
    #[retry(transient, after = retry_in)]
    WaitedFor { retry_in: Duration },
    /// The server is down.
    #[retry(transient)]
    Down,
    /// The server is overloaded, and asks for no requests for that time.
    #[retry(throttled, after = retry_after)]
    Busy { retry_after: Duration },
    /// The service has already retried in vain.
    #[retry(permanent)]
    RetriedBelow,
}

impl Error {
    fn cause(self) -> Cause {
        match self {
            Self::Rejected(Rejection::TimedOut) => Cause::Timeout,
            Self::Rejected(_)
            | Self::WaitedFor { .. }
            | Self::Down
            | Self::Busy { .. }
            | Self::RetriedBelow => Cause::Failure,
        }
    }
}

/// A call in flight.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    caller: &'c Caller,
    deadline: Option<Moment>,
    history: History,
    budget_permit: Option<budget::Permit<'c>>,
    permit: Option<breaker::Permit<'c>>,
    /// The last moment at which the attempt's turn is of use, once it has asked for it.
    latest_turn: Option<Moment>,
    /// That of the bulkhead, or its refusal.
    admission: Result<Option<bulkhead::Permit<'c>>, Rejection>,
}

impl<'c> Call<'c> {
    pub(crate) fn begin(caller: &'c Caller, deadline: Option<Moment>, now: Moment) -> Self {
        let admission = caller.bulkhead.as_ref().map(Bulkhead::try_acquire).transpose();
        if let (Ok(_), Some(budget)) = (&admission, &caller.budget) {
            budget.at(instant(now)).begin();
        }
        Self {
            caller,
            deadline,
            history: History::NEW,
            budget_permit: None,
            permit: None,
            latest_turn: None,
            admission,
        }
    }

    /// Which attempt this is, counted from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.history.retries + 1
    }

    /// Asks the circuit breaker for a permit for the attempt, if the bulkhead has let the call in, and takes its
    /// turn. If that has not come yet, gives the time after which the attempt asks again.
    pub(crate) fn try_send(&mut self, now: Moment) -> Result<Option<Duration>, Error> {
        if let Err(rejection) = self.admission {
            return Err(Error::Rejected(rejection));
        }
        if let (Some(breaker), None) = (&self.caller.breaker, &self.permit) {
            let retried = self.caller.retries_refusals;
            let refused = |why| match why {
                Rejection::CircuitOpen { retry_in } if retried => Error::WaitedFor { retry_in },
                why => Error::Rejected(why),
            };
            self.permit = Some(breaker.at(instant(now)).try_acquire().map_err(refused)?);
        }
        if let Some(wait) = self.take_turn(now).map_err(Error::Rejected)? {
            return Ok(Some(wait));
        }
        if let Some(budget_permit) = &mut self.budget_permit {
            budget_permit.begin();
        }
        Ok(None)
    }

    /// As an attempt on an upstream does, but for the queue: here, who asks first after the wait has the turn.
    fn take_turn(&mut self, now: Moment) -> Result<Option<Duration>, Rejection> {
        let Some(rate) = &self.caller.rate else { return Ok(None) };
        let latest = *self.latest_turn.get_or_insert(now + rate.max_wait());
        match rate.at(instant(now)).try_acquire() {
            Ok(()) => {
                self.latest_turn = None;
                Ok(None)
            }
            Err(Rejection::RateLimited { retry_in }) if now + retry_in <= latest => {
                Ok(Some(retry_in))
            }
            Err(refused) => {
                self.latest_turn = None;
                Err(refused)
            }
        }
    }

    /// Ends the attempt, and the call, with success.
    pub(crate) fn succeeded(&mut self, now: Moment, rng: &mut SmallRng) {
        let now = instant(now);
        if let Ok(Some(permit)) = std::mem::replace(&mut self.admission, Ok(None)) {
            permit.succeeded();
        }
        if let Some(permit) = self.permit.take() {
            permit.at(now).succeeded(rng);
        }
        match (self.budget_permit.take(), &self.caller.budget) {
            (Some(budget_permit), _) => budget_permit.at(now).succeeded(),
            (None, Some(budget)) => budget.at(now).succeeded(),
            (None, None) => {}
        }
    }

    /// Ends the attempt with a failure: reports it to the layers, and lets the engine decide.
    pub(crate) fn failed(&mut self, error: Error, now: Moment, rng: &mut SmallRng) -> Decision {
        let verdict = error.classify();
        let remaining = self.deadline.map(|deadline| deadline.saturating_sub(now));
        let now = instant(now);
        if let Ok(Some(permit)) = &self.admission {
            match error {
                Error::Rejected(Rejection::TimedOut) => permit.attempt_cut(),
                Error::Rejected(_) | Error::WaitedFor { .. } => {} // no attempt was made
                Error::Down | Error::Busy { .. } | Error::RetriedBelow => {
                    permit.attempt_failed(verdict);
                }
            }
        }
        if let (Some(rate), Error::Busy { retry_after }) = (&self.caller.rate, error) {
            rate.at(now).hold(retry_after);
        }
        if let Some(permit) = self.permit.take() {
            permit.at(now).failed(verdict, rng);
        }
        match (self.budget_permit.take(), &self.caller.budget) {
            (Some(budget_permit), _) => budget_permit.at(now).failed(verdict),
            (None, Some(budget)) if self.admission.is_ok() => budget.at(now).failed(verdict),
            (None, _) => {}
        }
        let mut failure = Failure::new(&self.caller.policy, verdict);
        if let Some(remaining) = remaining {
            failure = failure.remaining(remaining);
        }
        let mut decision = decide(&failure, &self.history, rng);
        if let Some(budget) = &self.caller.budget {
            (decision, self.budget_permit) =
                decision.granted_by(|| budget.at(now).try_acquire(error.cause(), rng));
        }
        if let Decision::Retry(delay) = decision {
            self.history = self.history.with_retry(delay);
        }
        decision
    }
}
