//! [`Layered`]: the settings of a call that names limits or layers.

use std::borrow::Cow;
#[cfg(feature = "chaos")]
use std::sync::Arc;
use std::time::Duration;

use super::beside::{Beside, WithBeside};
use super::boxed::Boxed;
use super::guarded::Guarded;
use super::parts::{Reject, Timing};
use super::settings::{ClosureSettings, Settings};
use super::{AsyncOperation, BlockingOperation};
#[cfg(feature = "chaos")]
use crate::call::perturb::Acted;
use crate::call::time_limits::{deadline_by, timeout_by};
use crate::events::caller::Caller;
use crate::layers::breaker::CircuitBreaker;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::bulkhead::within::Within;
use crate::layers::rate::pace::OwnedPace;
use crate::layers::shared::Shared;
use crate::layers::upstream::Counts;

/// The settings of a call that names limits or layers, or whose attempts ask what they are.
#[derive(Debug)]
pub struct Layered {
    pub(super) settings: WithBeside,
    pub(super) options: Options,
}

/// The settings that most calls do not have.
#[derive(Debug, Default)]
pub struct Options {
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) breaker: Option<Shared<'static, CircuitBreaker>>,
    pub(super) bulkhead: Option<Shared<'static, Bulkhead>>,
    pub(super) id: Option<Cow<'static, str>>,
    pub(super) upstream: Option<Known>,
    /// Whether its error can be made of a fault, as far as it was asked for.
    pub(super) has_faults: bool,
    /// Whether an attempt is a race: then the timeout is that of each body.
    pub(super) is_hedged: bool,
    /// What a service notes in whose attempts chaos acts.
    #[cfg(feature = "chaos")]
    pub(super) acted: Option<Arc<Acted>>,
}

/// What a call knows of its upstream beside what it has of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) counts: Option<Shared<'static, Counts>>,
    pub(super) within: Within,
    pub(super) pace: Option<OwnedPace>,
    /// Whether its attempts take turns here, and not where they are made.
    pub(super) takes_turns: bool,
    pub(super) has_pushback: bool,
}

impl Known {
    pub(super) fn count_call(&self) {
        self.counts.iter().for_each(|counts| counts.count_call());
    }
}

impl Options {
    pub(super) const NONE: Self = Self {
        timeout: None,
        deadline: None,
        breaker: None,
        bulkhead: None,
        id: None,
        upstream: None,
        has_faults: false,
        is_hedged: false,
        #[cfg(feature = "chaos")]
        acted: None,
    };

    /// What a table of overrides has in place of the time limits, once for the call.
    pub(super) fn obey_overrides(&mut self, caller: impl Fn() -> Caller) {
        let upstream = self.upstream.as_ref().map(|upstream| upstream.name);
        if self.timeout.is_some() || upstream.is_some() {
            self.timeout = timeout_by(&caller, upstream, self.timeout);
        }
        if self.deadline.is_some() {
            self.deadline = deadline_by(&caller, upstream, self.deadline);
        }
    }

    pub(super) fn are_none(&self) -> bool {
        let Self { timeout, deadline, breaker, bulkhead, id, upstream, .. } = self;
        let is_limited = timeout.is_some() || deadline.is_some();
        let is_named = id.is_some() || upstream.is_some();
        let is_broken = cfg!(feature = "chaos") && self.has_faults;
        !is_limited
            && breaker.is_none()
            && bulkhead.is_none()
            && !is_named
            && !is_broken
            && !self.is_hedged
    }
}

impl Settings for Layered {
    type Kept = WithBeside;
    type Beside = Self;
    type Layered = Self;
    type Async<O: AsyncOperation, T: Timing> = Boxed<O::Output, T::Alarm>;
    type Blocking<O: BlockingOperation> = Option<Guarded<O::Output>>;

    fn common(&mut self) -> &mut ClosureSettings {
        &mut self.settings.settings
    }

    fn with_beside(mut self, change: impl FnOnce(&mut Beside)) -> Self {
        change(&mut self.settings.beside);
        self
    }

    fn layered(self) -> Self {
        self
    }

    fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    fn guard<O: AsyncOperation, T: Timing>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (WithBeside, Boxed<O::Output, T::Alarm>) {
        let guarded = Guarded::of::<O>(self.options, reject);
        (self.settings, Boxed::of(guarded))
    }

    fn guard_blocking<O: BlockingOperation>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (WithBeside, Option<Guarded<O::Output>>) {
        let guarded = Guarded::of::<O>(self.options, reject);
        (self.settings, guarded)
    }
}
