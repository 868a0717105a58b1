//! `upstream = …`: what a call has of its upstream, where its function says nothing itself.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::Call;
use crate::call::attempt::Attempt;
use crate::call::stages::begin_attempt;
use crate::classify::Verdict;
use crate::classify::stopped::Stopped;
use crate::engine::{Decision, GiveUp};
use crate::events::turns;
use crate::layers::breaker::{CircuitBreaker, Permit};
use crate::layers::budget::Budget;
use crate::layers::bulkhead::nested::MayHold;
use crate::layers::bulkhead::within::Within;
use crate::layers::bulkhead::{self, Bulkhead};
use crate::layers::rate::Paused;
use crate::layers::rate::pace::Pace;
use crate::layers::upstream::{Counts, Upstream};
use crate::policy::Policy;
use crate::switches::InForce;

/// `upstream = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn upstream(upstream: &Upstream) -> &Upstream {
    upstream
}

/// Its policy.
pub const fn policy_of(upstream: &Upstream) -> Policy {
    upstream.policy()
}

/// Its timeout.
#[inline]
#[must_use]
pub const fn timeout_of(upstream: &Upstream) -> Option<Duration> {
    upstream.timeout()
}

/// Its budget.
#[inline]
#[must_use]
pub fn budget_of(upstream: &Upstream) -> &Budget {
    upstream.shared_budget()
}

/// Its circuit breaker.
#[inline]
#[must_use]
pub fn breaker_of(upstream: &Upstream) -> Option<&CircuitBreaker> {
    upstream.shared_breaker().map(|breaker| &**breaker)
}

/// Its bulkhead.
#[inline]
#[must_use]
pub fn bulkhead_of(upstream: &Upstream) -> Option<&Bulkhead> {
    upstream.shared_bulkhead().map(|bulkhead| &**bulkhead)
}

/// A call on the upstream that begins. `permit` is that of its bulkhead, if the call holds one.
#[inline]
#[must_use]
pub fn within_upstream(upstream: &Upstream, permit: Option<&bulkhead::Permit<'_>>) -> Within {
    let pace = if upstream.has_pace() { address_of_pace(upstream) } else { 0 };
    Within::of(upstream.address(), bulkhead_of(upstream), permit, pace)
}

#[inline(never)]
fn address_of_pace(upstream: &Upstream) -> usize {
    upstream.pace().map_or(0, Pace::address)
}

/// The permit that the call holds.
#[inline]
pub fn permit_of(admission: &impl MayHold) -> Option<&bulkhead::Permit<'_>> {
    admission.permit()
}

/// The upstream counts a call that begins. One that the bulkhead has `refused` does not.
#[inline]
pub fn count_call(refused: Option<Stopped>, upstream: &Upstream) {
    if let (None, Some(counts)) = (refused, upstream.shared_counts()) {
        counts.count_call();
    }
}

/// As [`begin_attempt`], where there may be no circuit breaker.
#[inline]
#[must_use]
pub fn begin_attempt_if_any(
    refused: Option<Stopped>,
    breaker: Option<&CircuitBreaker>,
) -> (Option<Permit<'_>>, Option<Stopped>) {
    match breaker {
        Some(breaker) => begin_attempt(refused, breaker),
        None => (None, refused),
    }
}

/// The static that a blocking function's `upstream` names: whether it has a timeout, as far as a constant
/// can know.
#[derive(Debug)]
pub struct CutsAttempts<'a, U>(pub &'a U);

macro_rules! cuts_attempts {
    ($($upstream:ty: |$of:ident| $answer:expr;)*) => {$(
        impl CutsAttempts<'_, $upstream> {
            #[doc(hidden)]
            #[must_use]
            pub const fn answer(&self) -> bool {
                let $of = self.0;
                $answer
            }
        }
    )*};
}

cuts_attempts! {
    Upstream: |upstream| upstream.timeout().is_some();
    &Upstream: |upstream| upstream.timeout().is_some();
    LazyLock<Upstream>: |_made_at_run_time| false;
    LazyLock<Arc<Upstream>>: |_made_at_run_time| false;
}

/// What a decision, and the events about it, have of the call's upstream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnUpstream<'a> {
    pub(crate) name: &'static str,
    /// Itself, of an annotated function.
    pub(crate) of: Option<&'a Upstream>,
    pub(crate) counts: Option<&'a Counts>,
    pub(crate) within: &'a Within,
    /// What holds its other callers, if a failure asks for a pause.
    pub(crate) holds: Option<Pace<'a>>,
}

impl<'a> Call<'a, '_> {
    /// `upstream = …`
    #[must_use]
    pub fn upstream(self, upstream: &'a Upstream, within: &'a Within) -> Self {
        let counts = upstream.shared_counts().map(|counts| &**counts);
        let holds = upstream.pace().filter(|_| upstream.has_pushback());
        self.on_upstream(OnUpstream {
            name: upstream.name(),
            of: Some(upstream),
            counts,
            within,
            holds,
        })
    }

    /// As [`upstream`](Self::upstream).
    pub(crate) fn on_upstream(self, upstream: OnUpstream<'a>) -> Self {
        Self { upstream: Some(upstream), ..self }
    }

    pub(super) fn upstream_name(&self) -> Option<&'static str> {
        self.upstream.map(|upstream| upstream.name)
    }

    /// What a call within the attempt, on the same upstream, was given up for: its retries are used up,
    /// and this call's would multiply them.
    pub(super) fn given_up_within(&self, verdict: Verdict) -> Option<GiveUp> {
        let is_given_up = self.upstream?.within.take_given_up();
        (is_given_up && verdict.retries()).then_some(GiveUp::Exhausted)
    }

    /// The upstream's other callers wait as long as a failure of this one's has asked for.
    pub(super) fn push_back(&self, verdict: Verdict, test: &InForce) {
        let Some(OnUpstream { name, holds: Some(holds), .. }) = self.upstream else { return };
        let pause = verdict.retry_after().filter(|_| verdict.retries() && !test.skips_waits());
        if let (None, Some(pause)) = (self.rejected, pause) {
            if holds.hold(pause) == Paused::ForLonger {
                turns::paused(name, pause);
            }
        }
    }

    /// What the upstream, and calls around this one, learn of a decision.
    pub(super) fn note_decision(&self, decision: Decision) {
        let Some(OnUpstream { counts, within, .. }) = self.upstream else { return };
        match decision {
            Decision::Retry(_) => counts.into_iter().for_each(Counts::count_retry),
            Decision::GiveUp(GiveUp::Permanent | GiveUp::Requested) => {}
            Decision::GiveUp(_) => within.give_up(),
        }
    }
}

impl Attempt {
    /// The attempt may take that long.
    #[doc(hidden)]
    #[must_use]
    pub fn limited(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }
}
