//! [`ClosureSettings`]: what every call of a retried closure has.

use std::any::type_name;
use std::sync::Arc;

use super::Operation;
use super::guards::Guards;
use crate::call::Call;
use crate::call::attempt::Attempt;
use crate::call::retry::Retry;
use crate::call::so_far::SoFar;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::events::text::Text;
use crate::layers::budget::Budget;
use crate::policy::Policy;
use crate::time::timeline::Timeline;

/// What every call of a retried closure has; what few have is in its [`Guards`].
#[derive(Debug)]
pub(super) struct ClosureSettings {
    pub(super) policy: Policy,
    pub(super) budget: Option<&'static Budget>,
    pub(super) name: Option<&'static str>,
}

impl ClosureSettings {
    /// The name of the call: its own, or that of the function which the closure stands in, by the
    /// name of the operation's type.
    fn function(&self, type_name: fn() -> &'static str) -> Name {
        self.name.map_or_else(|| Name::of_closure(type_name()), Name::given)
    }

    pub(super) fn caller(&self, type_name: fn() -> &'static str) -> Caller {
        Caller::Closure(self.function(type_name))
    }

    /// What an operation is given that asks for its [`Attempt`].
    pub(super) fn attempt<Called>(
        &self,
        timeline: Option<&Timeline>,
        retry: Option<&Retry<'_>>,
    ) -> Arc<Attempt> {
        let timeline = timeline.copied().unwrap_or_else(|| Timeline::start(None));
        let caller = self.caller(type_name::<Called>);
        Arc::new(Attempt::of(caller, None, timeline, &self.policy, &SoFar::of(retry)))
    }

    fn limited_attempt<Called>(&self, guards: &Guards, retry: Option<&Retry<'_>>) -> Arc<Attempt> {
        let timeline = guards.timeline().copied().unwrap_or_else(|| Timeline::start(None));
        let caller = self.caller(type_name::<Called>);
        let upstream = guards.on_upstream().map(|upstream| upstream.name);
        let attempt = Attempt::of(caller, upstream, timeline, &self.policy, &SoFar::of(retry));
        Arc::new(attempt.limited(guards.timeout()))
    }

    /// Like [`attempt`](Self::attempt); the guards keep it for the decision that may follow.
    pub(super) fn guarded_attempt<'a, Called: Operation>(
        &'a self,
        guards: &mut Guards,
        retry: Option<&Retry<'_>>,
    ) -> impl FnOnce() -> Arc<Attempt> + use<'a, Called> {
        let attempt = Called::ASKS_FOR_ATTEMPT.then(|| {
            let attempt = self.limited_attempt::<Called>(guards, retry);
            guards.keep(Arc::clone(&attempt));
            attempt
        });
        move || attempt.unwrap_or_else(|| self.attempt::<Called>(None, None))
    }

    /// The call about which something is decided.
    pub(super) fn call<'a>(
        &'a self,
        type_name: fn() -> &'static str,
        guards: Option<&'a Guards>,
    ) -> Call<'a, 'static> {
        let mut call = Call::by(self.caller(type_name), &self.policy);
        if let Some(budget) = self.budget {
            call = call.budget(budget);
        }
        let Some(guards) = guards else { return call };
        if let Some(policy) = guards.throttled() {
            call = call.throttled(policy);
        }
        if let Some(budget) = guards.budget() {
            call = call.counted_budget(budget);
        }
        if let Some(id) = guards.id() {
            call = call.id(Text::Display(id));
        }
        if let Some(upstream) = guards.on_upstream() {
            call = call.on_upstream(upstream);
        }
        if let Some(timeline) = guards.timeline() {
            call = call.timeline(timeline);
        }
        if let Some(attempt) = guards.attempt() {
            call = call.context(attempt);
        }
        call
    }
}
