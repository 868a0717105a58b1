//! Timeouts and deadlines in force: those of the code, or what a table of overrides has in their place.
//!
//! A table changes a limit that the code has, and the timeout of a call on an upstream: elsewhere, no code
//! is there that could cut.

use std::time::Duration;

use crate::events::caller::Caller;
use crate::events::site::Site;
use crate::layers::upstream::Upstream;
#[cfg(feature = "overrides")]
use crate::overrides::{self, Settings};

/// `timeout = …` of a function.
#[inline]
#[must_use]
pub fn timeout_in_force(
    site: fn() -> &'static Site,
    timeout: Option<Duration>,
) -> Option<Duration> {
    timeout_by(|| Caller::Function(site), None, timeout)
}

/// As [`timeout_in_force`], of a function on an upstream: its own timeout, or the upstream's.
#[inline]
#[must_use]
pub fn timeout_in_force_on(
    upstream: &Upstream,
    site: fn() -> &'static Site,
    timeout: Option<Duration>,
) -> Option<Duration> {
    timeout_by(|| Caller::Function(site), Some(upstream.name()), timeout)
}

/// `deadline = …` of a function.
#[inline]
#[must_use]
pub fn deadline_in_force(
    site: fn() -> &'static Site,
    deadline: Option<Duration>,
) -> Option<Duration> {
    deadline_by(|| Caller::Function(site), None, deadline)
}

/// As [`deadline_in_force`], of a function on an upstream.
#[inline]
#[must_use]
pub fn deadline_in_force_on(
    upstream: &Upstream,
    site: fn() -> &'static Site,
    deadline: Option<Duration>,
) -> Option<Duration> {
    deadline_by(|| Caller::Function(site), Some(upstream.name()), deadline)
}

/// The timeout of calls on the upstream whose function has no name.
#[must_use]
pub fn timeout_on(upstream: &Upstream) -> Option<Duration> {
    let nameless = || Caller::Closure(crate::events::name::Name::given(""));
    timeout_by(nameless, Some(upstream.name()), upstream.timeout())
}

#[inline]
#[cfg_attr(not(feature = "overrides"), allow(unused_variables))]
pub(crate) fn timeout_by(
    caller: impl FnOnce() -> Caller,
    upstream: Option<&'static str>,
    timeout: Option<Duration>,
) -> Option<Duration> {
    #[cfg(feature = "overrides")]
    if overrides::are_any() {
        return changed(caller(), upstream, Settings::timeout, timeout);
    }
    timeout
}

#[inline]
#[cfg_attr(not(feature = "overrides"), allow(unused_variables))]
pub(crate) fn deadline_by(
    caller: impl FnOnce() -> Caller,
    upstream: Option<&'static str>,
    deadline: Option<Duration>,
) -> Option<Duration> {
    #[cfg(feature = "overrides")]
    if overrides::are_any() {
        return changed(caller(), upstream, Settings::deadline, deadline);
    }
    deadline
}

#[cfg(feature = "overrides")]
#[cold]
fn changed(
    caller: Caller,
    upstream: Option<&'static str>,
    limit: fn(&Settings) -> Option<Option<Duration>>,
    as_written: Option<Duration>,
) -> Option<Duration> {
    let settings = overrides::of(caller, upstream);
    settings.and_then(|settings| limit(&settings)).unwrap_or(as_written)
}
