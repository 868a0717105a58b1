//! [`Settings`]: what a call of a retried closure is made under.

use std::sync::Arc;

use super::beside::{Beside, WithBeside};
use super::guard::{AsyncGuard, BlockingGuard, Unguarded};
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
use crate::policy::Policy;
use crate::time::timeline::Timeline;

/// What a call is made under: what every call has; a budget; limits and layers.
pub trait Settings: Sized {
    /// What the call keeps of it beside what guards its attempts.
    type Kept: Kept;
    /// The same with what may be beside the policy.
    type Beside: Settings;
    /// These, with limits or layers.
    type Layered: Settings;
    /// What stands around the attempts of an async operation.
    type Async<O: AsyncOperation, T: Timing>: AsyncGuard<O, T>;
    /// What stands around the attempts of an operation that blocks its thread.
    type Blocking<O: BlockingOperation>: BlockingGuard<O>;

    /// What every call has.
    fn common(&mut self) -> &mut ClosureSettings;

    /// The same as `change` says what is beside the policy.
    fn with_beside(self, change: impl FnOnce(&mut Beside)) -> Self::Beside;

    /// The same with limits and layers.
    fn layered(self) -> Layered;

    /// These, with what `change` makes of the limits and layers.
    fn with_options(self, change: impl FnOnce(&mut Options)) -> Self::Layered;

    /// The call begins, of an async operation.
    fn guard<O: AsyncOperation, T: Timing>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (Self::Kept, Self::Async<O, T>);

    /// The call begins, of an operation that blocks its thread.
    fn guard_blocking<O: BlockingOperation>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (Self::Kept, Self::Blocking<O>);
}

/// The part of [`Settings`] that is the same without limits and layers: the call keeps all of them, and nothing
/// stands around its attempts.
macro_rules! unguarded {
    () => {
        type Kept = Self;
        type Layered = Layered;
        type Async<O: AsyncOperation, T: Timing> = Unguarded;
        type Blocking<O: BlockingOperation> = Unguarded;

        fn with_options(self, change: impl FnOnce(&mut Options)) -> Layered {
            self.layered().with_options(change)
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
    };
}

pub(super) use unguarded;

/// What a call keeps of its settings, beside what guards its attempts.
pub trait Kept {
    /// What every call has.
    fn common(&self) -> &ClosureSettings;

    /// What is beside the policy, if anything can be.
    fn beside(&self) -> Option<&Beside>;

    /// An attempt begins, which the budget counts if it is the call's first one.
    #[inline]
    fn begin(&self, is_first: bool) {
        if let Some(budget) = self.beside().and_then(Beside::budget).filter(|_| is_first) {
            budget.begin();
        }
    }

    /// The call has succeeded at once, which its budget counts.
    #[inline]
    fn succeeded(&self) {
        if let Some(budget) = self.beside().and_then(Beside::budget) {
            budget.succeeded();
        }
    }
}

/// What every call of a retried closure has.
#[derive(Clone, Copy, Debug)]
pub struct ClosureSettings {
    pub(super) policy: Policy,
    pub(super) name: Option<&'static str>,
}

impl Settings for ClosureSettings {
    unguarded!();
    type Beside = WithBeside;

    #[inline]
    fn common(&mut self) -> &mut Self {
        self
    }

    fn with_beside(self, change: impl FnOnce(&mut Beside)) -> WithBeside {
        WithBeside { settings: self, beside: Beside::default() }.with_beside(change)
    }

    fn layered(self) -> Layered {
        WithBeside { settings: self, beside: Beside::default() }.layered()
    }
}

impl Kept for ClosureSettings {
    #[inline]
    fn common(&self) -> &Self {
        self
    }

    #[inline]
    fn beside(&self) -> Option<&Beside> {
        None
    }

    // Written out, or each closure's code would ask what this never has.
    #[inline]
    fn begin(&self, _: bool) {}

    #[inline]
    fn succeeded(&self) {}
}

impl ClosureSettings {
    #[inline]
    pub(super) const fn of(policy: Policy) -> Self {
        Self { policy, name: None }
    }

    /// Whose call it is.
    pub(super) fn caller(&self, type_name: fn() -> &'static str) -> Caller {
        Caller::Closure(name_of(self.name, type_name))
    }

    /// What an operation is given that asks for its [`Attempt`] though its call has nothing to ask about.
    // Of no operation's type, or each would have its own.
    #[inline]
    pub(super) fn lone_attempt(
        &self,
        type_name: fn() -> &'static str,
    ) -> impl FnOnce() -> Arc<Attempt> + '_ {
        move || {
            let timeline = Timeline::start(None);
            let caller = self.caller(type_name);
            Arc::new(Attempt::of(caller, None, timeline, &self.policy, &SoFar::NOTHING))
        }
    }

    /// The call about which something is decided.
    pub(super) fn call<'a>(
        &'a self,
        type_name: fn() -> &'static str,
        beside: Option<&'a Beside>,
        guards: Option<&'a Guards>,
    ) -> Call<'a, 'static> {
        let mut call = Call::by(self.caller(type_name), &self.policy);
        if let Some(beside) = beside {
            call = beside.add_to(call);
        }
        let Some(guards) = guards else { return call };
        #[cfg(feature = "chaos")]
        {
            call = call.chaos(guards.acted());
        }
        if let Some(id) = &guards.options.id {
            call = call.id(Text::Display(id));
        }
        if let Some(upstream) = guards.on_upstream() {
            call = call.on_upstream(upstream);
        }
        if let Some(timeline) = &guards.timeline {
            call = call.timeline(timeline);
        }
        if let Some(attempt) = &guards.attempt {
            call = call.context(attempt);
        }
        call
    }
}

/// A call's own name, or that of the function which the closure stands in, which the name of the operation's type
/// has.
pub(super) fn name_of(given: Option<&'static str>, type_name: fn() -> &'static str) -> Name {
    given.map_or_else(|| of_closure(type_name()), Name::given)
}
