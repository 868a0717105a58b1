//! One retried call: what it keeps, the order of its layers, how it decides, reports and waits.
//!
//! A call that has something to decide or to report is a [`Call`]. `settle` is its side for loops,
//! `after_failure` its decision, `report` its events. All of that is out of line: before a failure, none of it
//! runs.

#[cfg(feature = "chaos")]
mod acted;
mod after_failure;
pub(crate) mod attempt;
pub(crate) mod bodies;
pub mod deadline;
pub(crate) mod earlier;
#[cfg(feature = "tasks")]
pub(crate) mod elsewhere;
#[cfg(feature = "chaos")]
pub(crate) mod faults;
pub(crate) mod handed_down;
pub(crate) mod hedges;
pub(crate) mod hook;
pub(crate) mod in_force;
pub(crate) mod nesting;
#[cfg(feature = "chaos")]
pub(crate) mod perturb;
mod report;
pub(crate) mod retry;
pub(crate) mod settle;
pub(crate) mod sleep;
pub(crate) mod slot;
pub(crate) mod so_far;
pub(crate) mod stages;
mod stall;
pub(crate) mod time_limits;
pub(crate) mod turn;
pub(crate) mod upstream;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod wait;

use std::sync::Arc;

use self::attempt::Attempt;
#[cfg(feature = "chaos")]
use self::perturb::Acted;
use self::upstream::OnUpstream;
use crate::classify::stopped::Stopped;
use crate::events::caller::Caller;
use crate::events::event::Subject;
use crate::events::site::Site;
use crate::events::text::Text;
use crate::layers::budget::Budget;
use crate::layers::shared::Lent;
use crate::policy::Policy;
use crate::time::timeline::Timeline;

/// A call that has something to decide or to report. It is a constant if all of its parts are.
// What is the same for every call of a function (caller, policies, budget) could be a constant of its own,
// and the rest, of one attempt, refer to it. Tried, a retry took 1,536 instructions instead of 1,509, and
// ten retries 56,404 instead of 56,147 (`cargo run --release -p benches --bin count_instructions`); no
// code became smaller, and every expansion longer.
#[derive(Debug)]
pub struct Call<'a, 'b> {
    caller: Caller,
    policy: &'a Policy,
    throttled: Option<&'a Policy>,
    id: Option<Text<'a>>,
    attempt: Option<&'a Attempt>,
    timeline: Option<&'a Timeline>,
    budget: Option<Lent<'a, 'b, Budget>>,
    upstream: Option<OnUpstream<'a>>,
    rejected: Option<Stopped>,
    earlier: Option<Subject<'a>>,
    #[cfg(feature = "chaos")]
    acted: Option<&'a Acted>,
}

impl<'a, 'b> Call<'a, 'b> {
    /// A call of the function at `site` under `policy`.
    #[must_use]
    pub const fn new(site: fn() -> &'static Site, policy: &'a Policy) -> Self {
        Self::by(Caller::Function(site), policy)
    }

    pub(crate) const fn by(caller: Caller, policy: &'a Policy) -> Self {
        Self {
            caller,
            policy,
            throttled: None,
            id: None,
            attempt: None,
            timeline: None,
            budget: None,
            upstream: None,
            rejected: None,
            earlier: None,
            #[cfg(feature = "chaos")]
            acted: None,
        }
    }

    /// `throttled = …`
    #[must_use]
    pub fn throttled(self, policy: &'a Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// `id = …`
    #[must_use]
    pub fn id(self, id: Text<'a>) -> Self {
        Self { id: Some(id), ..self }
    }

    /// `context = …`
    #[must_use]
    pub fn context(self, attempt: &'a Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// `context = …` or `deadline = …`
    #[must_use]
    pub fn timeline(self, timeline: &'a Timeline) -> Self {
        Self { timeline: Some(timeline), ..self }
    }

    /// What says whether chaos has acted in it.
    #[cfg(feature = "chaos")]
    #[must_use]
    pub fn chaos(self, acted: &'a Acted) -> Self {
        Self { acted: Some(acted), ..self }
    }

    /// `budget = …`
    #[must_use]
    pub fn budget(self, budget: &'b Budget) -> Self {
        Self { budget: Some(Lent::Borrowed(budget)), ..self }
    }

    /// As [`budget`](Self::budget), of one that is no static.
    pub(crate) fn counted_budget(self, budget: &'a Arc<Budget>) -> Self {
        Self { budget: Some(Lent::Counted(budget)), ..self }
    }

    /// What refused the attempt or cut it short, if anything did.
    #[must_use]
    pub fn rejected(self, rejected: Option<Stopped>) -> Self {
        Self { rejected, ..self }
    }

    /// What an earlier attempt gave, an error or an `Ok` value that is retried, if the circuit breaker
    /// has refused this one: should the call end here, the caller gets that.
    #[must_use]
    pub fn earlier(self, outcome: Option<Result<(), Text<'a>>>) -> Self {
        let subject =
            |outcome: Result<(), _>| outcome.map_or_else(Subject::Error, |()| Subject::Value);
        Self { earlier: outcome.map(subject), ..self }
    }
}
