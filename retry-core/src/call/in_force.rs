//! [`Control`]: what overrides and tests change about a decision.

use crate::engine::Steering;
use crate::events::caller::Caller;
#[cfg(feature = "overrides")]
use crate::overrides;
use crate::policy::Policy;
#[cfg(feature = "overrides")]
use crate::policy::partial::PartialPolicy;
use crate::switches::{self, InForce};

/// The override and the test that are in force for a call; usually neither.
#[derive(Debug)]
pub(crate) struct Control {
    #[cfg(feature = "overrides")]
    changes: Option<PartialPolicy>,
    test: InForce,
}

/// The policies of a call, if they are not those of its code.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) policy: Policy,
    pub(crate) throttled: Option<Policy>,
}

impl Control {
    /// Looks them up: two atomic loads if there are none.
    #[inline]
    #[cfg_attr(not(feature = "overrides"), allow(unused_variables))]
    pub(crate) fn of(caller: Caller, upstream: Option<&'static str>) -> Self {
        Self {
            #[cfg(feature = "overrides")]
            changes: overrides::of(caller, upstream).map(|settings| settings.policy()),
            test: switches::in_force(),
        }
    }

    /// The policies in force in place of the code's; `None` if the code's are.
    #[inline]
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

    /// What the body asked for, with the test's changes to its policy.
    pub(crate) fn steering(&self, mut steering: Steering) -> Steering {
        steering.policy = steering.policy.map(|policy| self.test.policy(policy));
        steering
    }

    /// The policy in force, for an attempt that begins.
    pub(crate) fn policy(
        caller: Caller,
        upstream: Option<&'static str>,
        policy: &Policy,
    ) -> Policy {
        Self::of(caller, upstream).changed(policy, None).map_or(*policy, |it| it.policy)
    }

    /// The decision has been made. It is explicit since the implicit drop would be a function call even
    /// with nothing to drop.
    #[inline]
    pub(crate) fn end(self) {
        self.test.end();
    }

    /// The test that is in force.
    #[inline]
    pub(crate) fn test(&self) -> &InForce {
        &self.test
    }
}
