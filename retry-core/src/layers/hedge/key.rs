//! `hedge = …`: what generated code asks of a race.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use super::Hedge;
use super::budget::HedgeBudget;
use super::lone_race::HedgeRace;
use super::plan::{After, HedgePlan};
use crate::classify::Verdict;
use crate::classify::attempt_end::AttemptEnd;
use crate::classify::outcome::Outcome;

/// What `hedge = …` accepts.
#[diagnostic::on_unimplemented(
    message = "`hedge` takes a duration or a static `Hedge`, and this is `{Self}`",
    label = "neither a `Duration` nor a `static HEDGE: Hedge`",
    note = "write `hedge = \"200ms\"`, or `hedge = HEDGE` with `static HEDGE: Hedge = Hedge::after_quantile(0.95);`"
)]
pub trait HedgeSetting {
    /// What the race asks about its extra attempts.
    type Plan: HedgePlan;
    /// The plan that the race follows.
    fn plan(self) -> Self::Plan;
}

impl HedgeSetting for &'static Hedge {
    type Plan = Self;

    #[inline]
    fn plan(self) -> Self {
        self
    }
}

/// A field or an argument may hold the reference.
impl HedgeSetting for &&'static Hedge {
    type Plan = &'static Hedge;

    #[inline]
    fn plan(self) -> &'static Hedge {
        self
    }
}

impl HedgeSetting for &Duration {
    type Plan = After;

    #[inline]
    fn plan(self) -> After {
        After::new(*self, 1)
    }
}

/// `hedge = …`, its type pinned down where the user wrote it.
#[inline]
pub fn hedge<H: HedgeSetting>(setting: H) -> H::Plan {
    setting.plan()
}

/// `hedge(max = …)`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn max(max: u32) -> u32 {
    max
}

/// The outcome, by reference, as a result.
///
/// # Errors
///
/// With the error of an outcome that is one.
pub fn result_of<O: Outcome>(outcome: &O) -> Result<&O::Value, &O::Error> {
    outcome.as_result()
}

/// The race's verdict; `judge` is asked if there was no race.
pub fn judged(verdict: Cell<Option<Verdict>>, judge: impl FnOnce() -> Verdict) -> Verdict {
    verdict.into_inner().unwrap_or_else(judge)
}

/// Races attempts of one call.
pub fn hedged_by<S, A, P, B, M, F, O, J>(
    sleep: S,
    plan: P,
    budget: B,
    attempt: M,
    mut judge: J,
) -> impl Future<Output = AttemptEnd<O>>
where
    S: FnMut(Duration) -> A,
    A: Future<Output = ()>,
    P: HedgePlan,
    B: HedgeBudget,
    M: FnMut() -> F,
    F: Future<Output = AttemptEnd<O>>,
    J: FnMut(&O) -> Option<Verdict>,
{
    let judge = move |end: &AttemptEnd<O>| {
        let verdict = judge(&end.outcome);
        end.verdict.set(verdict);
        verdict
    };
    HedgeRace::new(plan, attempt, judge, budget, sleep)
}
