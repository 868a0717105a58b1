//! [`Settings`]: what a call of a retried closure is made under.

use std::any::type_name;
use std::sync::Arc;

use super::boxed::Boxed;
use super::guard::{AsyncGuard, BlockingGuard, Unguarded};
use super::guarded::Guarded;
use super::guards::Guards;
use super::layered::{Layered, Options};
use super::parts::{Reject, Timing};
use super::{AsyncOperation, BlockingOperation};
use crate::call::Call;
use crate::call::attempt::Attempt;
use crate::call::so_far::SoFar;
use crate::events::caller::Caller;
use crate::events::closure_names::of_closure;
use crate::events::name::Name;
use crate::events::text::Text;
use crate::layers::budget::Budget;
use crate::layers::shared::Shared;
use crate::policy::Policy;
use crate::time::timeline::Timeline;

/// What a call is made under: what every call has, or limits and layers, too.
pub trait Settings: Sized {
    /// What stands around the attempts of an async operation.
    type Async<O: AsyncOperation, T: Timing>: AsyncGuard<O, T>;
    /// What stands around the attempts of an operation that blocks its thread.
    type Blocking<O: BlockingOperation>: BlockingGuard<O>;

    /// What every call has.
    fn common(&mut self) -> &mut ClosureSettings;

    /// The same with limits and layers.
    fn layered(self) -> Layered;

    /// The call begins, of an async operation.
    fn guard<O: AsyncOperation, T: Timing>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (ClosureSettings, Self::Async<O, T>);

    /// The call begins, of an operation that blocks its thread.
    fn guard_blocking<O: BlockingOperation>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (ClosureSettings, Self::Blocking<O>);
}

/// What every call of a retried closure has; what few have is in its [`Guards`].
#[derive(Clone, Debug)]
pub struct ClosureSettings {
    pub(super) policy: Policy,
    pub(super) budget: Option<Shared<'static, Budget>>,
    pub(super) name: Option<&'static str>,
    /// In a box, since few calls have it.
    pub(super) throttled: Option<Box<Policy>>,
}

impl Settings for ClosureSettings {
    type Async<O: AsyncOperation, T: Timing> = Unguarded;
    type Blocking<O: BlockingOperation> = Unguarded;

    #[inline]
    fn common(&mut self) -> &mut Self {
        self
    }

    fn layered(self) -> Layered {
        Layered { settings: self, options: Options::NONE }
    }

    #[inline]
    fn guard<O: AsyncOperation, T: Timing>(
        self,
        _: Option<Reject<O::Output>>,
    ) -> (Self, Unguarded) {
        (self, Unguarded)
    }

    #[inline]
    fn guard_blocking<O: BlockingOperation>(
        self,
        _: Option<Reject<O::Output>>,
    ) -> (Self, Unguarded) {
        (self, Unguarded)
    }
}

impl Settings for Layered {
    type Async<O: AsyncOperation, T: Timing> = Boxed<O::Output, T::Alarm>;
    type Blocking<O: BlockingOperation> = Option<Guarded<O::Output>>;

    fn common(&mut self) -> &mut ClosureSettings {
        &mut self.settings
    }

    fn layered(self) -> Self {
        self
    }

    fn guard<O: AsyncOperation, T: Timing>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (ClosureSettings, Boxed<O::Output, T::Alarm>) {
        let guarded = Guarded::of::<O>(self.options, reject);
        (self.settings, Boxed::of(guarded))
    }

    fn guard_blocking<O: BlockingOperation>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (ClosureSettings, Option<Guarded<O::Output>>) {
        let guarded = Guarded::of::<O>(self.options, reject);
        (self.settings, guarded)
    }
}

impl ClosureSettings {
    #[inline]
    pub(super) const fn of(policy: Policy) -> Self {
        Self { policy, budget: None, name: None, throttled: None }
    }

    pub(super) fn budget(&self) -> Option<&Budget> {
        self.budget.as_deref()
    }

    /// An attempt begins, which the budget counts if it is the call's first one.
    #[inline]
    pub(super) fn begin(&self, is_first: bool) {
        if let Some(budget) = self.budget.as_ref().filter(|_| is_first) {
            budget.begin();
        }
    }

    /// The call has succeeded at once, which its budget counts.
    #[inline]
    pub(super) fn succeeded(&self) {
        if let Some(budget) = &self.budget {
            budget.succeeded();
        }
    }

    /// Whose call it is, by its own name, or by that of the function which the closure stands in, which the
    /// name of the operation's type has.
    pub(super) fn caller(&self, type_name: fn() -> &'static str) -> Caller {
        Caller::Closure(self.name.map_or_else(|| of_closure(type_name()), Name::given))
    }

    /// What an operation is given that asks for its [`Attempt`] though its call has nothing to ask about.
    pub(super) fn lone_attempt<Called>(&self) -> Arc<Attempt> {
        let caller = self.caller(type_name::<Called>);
        let timeline = Timeline::start(None);
        Arc::new(Attempt::of(caller, None, timeline, &self.policy, &SoFar::NOTHING))
    }

    /// The call about which something is decided.
    pub(super) fn call<'a>(
        &'a self,
        type_name: fn() -> &'static str,
        guards: Option<&'a Guards>,
    ) -> Call<'a, 'static> {
        let mut call = Call::by(self.caller(type_name), &self.policy);
        match &self.budget {
            Some(Shared::Borrowed(budget)) => call = call.budget(budget),
            Some(Shared::Counted(budget)) => call = call.counted_budget(budget),
            None => {}
        }
        if let Some(policy) = &self.throttled {
            call = call.throttled(policy);
        }
        let Some(guards) = guards else { return call };
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
