//! What surrounds an attempt of a retried closure.

use std::any::type_name;
use std::sync::Arc;

use super::{Operation, Settings};
use crate::call::attempt::Attempt;
use crate::call::progress::Retry;
use crate::call::so_far::SoFar;
use crate::call::stages;
use crate::classify::outcome::Outcome;
use crate::classify::stopped::Stopped;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::layers::breaker::Permit;
use crate::time::timeline::{Timeline, enclose};

impl<O: Outcome> Settings<O> {
    /// The timeline of a call that begins now, if anything in the call looks at it.
    pub(super) fn timeline<Called: Operation>(&self) -> Option<Timeline> {
        let asks = Called::ASKS_FOR_ATTEMPT || self.deadline.is_some();
        asks.then(|| Timeline::start(self.deadline))
    }

    /// What an operation is given that asks for its [`Attempt`].
    pub(super) fn attempt<Called>(
        &self,
        timeline: Option<&Timeline>,
        so_far: Option<&Retry>,
    ) -> Arc<Attempt> {
        let timeline = timeline.copied().unwrap_or_else(|| Timeline::start(None));
        let caller = Caller::Closure(self.function::<Called>());
        Arc::new(Attempt::of(caller, timeline, &self.policy, &SoFar::of(so_far)))
    }

    /// What the closure is called. `Called`, the operation's type, tells the function that it
    /// stands in.
    pub(super) fn function<Called>(&self) -> Name {
        self.name.map_or_else(|| Name::of_closure(type_name::<Called>()), Name::given)
    }

    /// The circuit breaker's leave to make an attempt, or what it is rejected with.
    pub(super) fn acquire(&self) -> (Option<Permit<'static>>, Option<Stopped>) {
        self.breaker.map_or((None, None), stages::acquire)
    }

    /// Runs `body`, in which the call's deadline is kept, if it has one of its own.
    pub(super) fn enclose<T>(&self, timeline: Option<&Timeline>, body: impl FnOnce() -> T) -> T {
        match (timeline, self.deadline) {
            (Some(timeline), Some(_)) => enclose(timeline, body),
            _ => body(),
        }
    }
}
