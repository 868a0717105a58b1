//! [`OfFunction`]: the hedges of a function, which are counted.

use std::time::Duration;

use crate::events::site::Site;
use crate::layers::hedge::Latency;
use crate::layers::hedge::plan::HedgePlan;

/// A plan whose extra attempts count as those of a function.
#[derive(Clone, Copy, Debug)]
pub struct OfFunction<P> {
    plan: P,
    #[cfg(feature = "metrics")]
    site: fn() -> &'static Site,
}

/// `plan`, as that of the function at `site`.
#[inline]
pub fn of_function<P>(plan: P, site: fn() -> &'static Site) -> OfFunction<P> {
    #[cfg(not(feature = "metrics"))]
    let _ = site;
    OfFunction {
        plan,
        #[cfg(feature = "metrics")]
        site,
    }
}

impl<P: HedgePlan> HedgePlan for OfFunction<P> {
    #[inline]
    fn delay(&self) -> Option<Duration> {
        self.plan.delay()
    }

    #[inline]
    fn max(&self) -> u32 {
        self.plan.max()
    }

    #[inline]
    fn measures(&self) -> bool {
        self.plan.measures()
    }

    #[inline]
    fn record(&self, latency: Latency) {
        self.plan.record(latency);
    }

    #[inline]
    fn may_hedge(&self) -> bool {
        self.plan.may_hedge()
    }

    fn has_started(&self) {
        self.plan.has_started();
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_started((self.site)().name());
    }

    fn has_won(&self) {
        self.plan.has_won();
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_won((self.site)().name());
    }
}
