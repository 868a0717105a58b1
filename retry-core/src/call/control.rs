//! [`Control`]: what is different from outside at a decision: an override, a test's switch.

use crate::call::so_far::SoFar;
use crate::engine::Steering;
use crate::events::caller::Caller;
#[cfg(feature = "overrides")]
use crate::overrides;
use crate::policy::Policy;
#[cfg(feature = "overrides")]
use crate::policy::partial::PartialPolicy;
use crate::switches::{self, InForce};

/// What is in force at a decision about a call; nothing, usually.
#[derive(Debug)]
pub(crate) struct Control {
    #[cfg(feature = "overrides")]
    changes: Option<PartialPolicy>,
    test: InForce,
}

/// A call's schedules where they are not the ones that its code names.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) policy: Policy,
    pub(crate) throttled: Option<Policy>,
}

impl Control {
    /// Looks it up: two atomic loads where nothing is different.
    #[cfg_attr(not(feature = "overrides"), allow(unused_variables))]
    pub(crate) fn of(caller: Caller) -> Self {
        Self {
            #[cfg(feature = "overrides")]
            changes: overrides::of(caller),
            test: switches::in_force(),
        }
    }

    /// The schedules in force in place of the code's; `None` if those stay.
    pub(crate) fn changed(&self, policy: &Policy, throttled: Option<&Policy>) -> Option<Changed> {
        let throttled = || throttled.map(|policy| self.test.policy(*policy));
        #[cfg(feature = "overrides")]
        if let Some(changes) = self.changes {
            let policy = self.test.policy(changes.over(*policy));
            return Some(Changed { policy, throttled: throttled() });
        }
        let is_different = self.test.is_some();
        is_different.then(|| Changed { policy: self.test.policy(*policy), throttled: throttled() })
    }

    /// What the body asked for, with its schedule as it is here.
    pub(crate) fn steering(&self, mut steering: Steering) -> Steering {
        steering.policy = steering.policy.map(|policy| self.test.policy(policy));
        steering
    }

    /// How many retries the policy in force allows the call of which an attempt begins.
    pub(crate) fn max_retries(caller: Caller, policy: &Policy, so_far: &SoFar) -> u32 {
        so_far.max_retries.unwrap_or_else(|| {
            Self::of(caller).changed(policy, None).map_or(*policy, |it| it.policy).max_retries()
        })
    }

    /// The decision is made. Explicit: the implicit drop would be a call even where there is nothing
    /// to drop.
    #[inline]
    pub(crate) fn end(self) {
        self.test.end();
    }

    /// The test's part.
    pub(crate) fn test(&self) -> &InForce {
        &self.test
    }
}
