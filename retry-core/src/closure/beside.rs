//! [`Beside`]: a call's budget, and its policy for throttling.

use std::sync::Arc;

use super::guard::Unguarded;
use super::layered::{Layered, Options};
use super::parts::{Reject, Timing};
use super::settings::{ClosureSettings, Kept, Settings, unguarded};
use super::{AsyncOperation, BlockingOperation};
use crate::call::Call;
use crate::layers::budget::Budget;
use crate::layers::shared::Shared;
use crate::policy::Policy;

/// What may stand beside a call's policy.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub(super) budget: Option<Shared<'static, Budget>>,
    /// In a box, since few calls have it.
    pub(super) throttled: Option<Box<Policy>>,
}

impl Beside {
    #[inline]
    pub(super) fn budget(&self) -> Option<&Budget> {
        self.budget.as_deref()
    }

    pub(super) fn add_to<'a>(&'a self, mut call: Call<'a, 'static>) -> Call<'a, 'static> {
        match &self.budget {
            Some(Shared::Borrowed(budget)) => call = call.budget(budget),
            Some(Shared::Counted(budget)) => call = call.counted_budget(budget),
            None => {}
        }
        if let Some(policy) = &self.throttled {
            call = call.throttled(policy);
        }
        call
    }
}

/// The settings of a call that may have a budget.
#[derive(Clone, Debug)]
pub struct WithBeside {
    pub(super) settings: ClosureSettings,
    pub(super) beside: Beside,
}

impl WithBeside {
    /// Those of a layer around a service.
    #[doc(hidden)]
    #[must_use]
    pub fn new(
        policy: Policy,
        name: &'static str,
        throttled: Option<Policy>,
        budget: Option<Shared<'static, Budget>>,
    ) -> Self {
        let beside = Beside { budget, throttled: throttled.map(Box::new) };
        Self { settings: ClosureSettings { policy, name: Some(name) }, beside }
    }

    /// The name that it was given, or an empty one.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.settings.name.unwrap_or_default()
    }
}

impl Settings for WithBeside {
    unguarded!();
    type Beside = Self;

    fn common(&mut self) -> &mut ClosureSettings {
        &mut self.settings
    }

    #[inline]
    fn with_beside(mut self, change: impl FnOnce(&mut Beside)) -> Self {
        change(&mut self.beside);
        self
    }

    fn layered(self) -> Layered {
        Layered { settings: self, options: Options::NONE }
    }
}

impl Kept for WithBeside {
    #[inline]
    fn common(&self) -> &ClosureSettings {
        &self.settings
    }

    #[inline]
    fn beside(&self) -> Option<&Beside> {
        Some(&self.beside)
    }
}

/// Of a layer around a service, all of whose requests share them.
impl Settings for Arc<WithBeside> {
    unguarded!();
    type Beside = Self;

    fn common(&mut self) -> &mut ClosureSettings {
        &mut Self::make_mut(self).settings
    }

    fn with_beside(mut self, change: impl FnOnce(&mut Beside)) -> Self {
        change(&mut Self::make_mut(&mut self).beside);
        self
    }

    fn layered(self) -> Layered {
        Self::unwrap_or_clone(self).layered()
    }
}

impl Kept for Arc<WithBeside> {
    #[inline]
    fn common(&self) -> &ClosureSettings {
        Kept::common(&**self)
    }

    #[inline]
    fn beside(&self) -> Option<&Beside> {
        Kept::beside(&**self)
    }
}
