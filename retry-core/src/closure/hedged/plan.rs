//! [`OfClosure`]: the hedge of a closure, whose extra bodies are counted.

use std::any::type_name;
use std::time::Duration;

use crate::closure::Operation;
use crate::closure::parts::ClosureSettings;
use crate::layers::hedge::plan::HedgePlan;
use crate::layers::hedge::{Hedge, Latency};
use crate::layers::shared::Shared;

/// The hedge of a closure, whose extra bodies are counted.
#[derive(Debug)]
pub struct OfClosure {
    hedge: Shared<'static, Hedge>,
    #[cfg(feature = "metrics")]
    name: Option<&'static str>,
    #[cfg(feature = "metrics")]
    type_name: fn() -> &'static str,
}

impl OfClosure {
    pub(super) fn new<O: Operation>(
        hedge: Shared<'static, Hedge>,
        settings: &ClosureSettings,
    ) -> Self {
        #[cfg(not(feature = "metrics"))]
        let _ = (settings, type_name::<O>);
        Self {
            hedge,
            #[cfg(feature = "metrics")]
            name: settings.name,
            #[cfg(feature = "metrics")]
            type_name: type_name::<O>,
        }
    }

    #[cfg(feature = "metrics")]
    fn full_name(&self) -> &'static str {
        use crate::events::closure_names::of_closure;
        self.name.unwrap_or_else(|| of_closure((self.type_name)()).full())
    }
}

impl HedgePlan for OfClosure {
    fn delay(&self) -> Option<Duration> {
        self.hedge.delay()
    }

    fn max(&self) -> u32 {
        self.hedge.max()
    }

    fn measures(&self) -> bool {
        HedgePlan::measures(&&*self.hedge)
    }

    fn record(&self, latency: Latency) {
        HedgePlan::record(&&*self.hedge, latency);
    }

    fn may_hedge(&self) -> bool {
        HedgePlan::may_hedge(&&*self.hedge)
    }

    fn has_started(&self) {
        HedgePlan::has_started(&&*self.hedge);
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_started(self.full_name());
    }

    fn has_won(&self) {
        HedgePlan::has_won(&&*self.hedge);
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_won(self.full_name());
    }
}
