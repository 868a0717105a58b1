//! Limits of time within which something can never happen.

use std::time::Duration;

use proc_macro2::Span;

use crate::diagnostics::Errors;
use crate::read::{Hedge, Jitter, Keyed, Retries, Schedule, Setting, Values};

fn known(setting: Option<&Keyed<Setting<Duration>>>) -> Option<(Duration, Span)> {
    setting.and_then(|setting| Some((setting.known()?, setting.span())))
}

/// Limits without time for an attempt, for a timeout or for a retry. `steers` says whether the body may
/// choose the waits, by its `Attempt`.
pub(super) fn no_time(values: &Values, steers: bool, errors: &mut Errors) {
    let timeout = known(values.timeout.as_ref());
    let mut refuse = |span: Span, message: String| errors.push(syn::Error::new(span, message));
    let spelt = humantime::format_duration;
    if let Some((Duration::ZERO, span)) = timeout {
        refuse(span, "a `timeout` of zero cuts every attempt: give a time above 0".to_owned());
    }
    let Some((deadline, span)) = known(values.deadline.as_ref()) else { return };
    if deadline.is_zero() {
        refuse(
            span,
            "a `deadline` of zero leaves no time to retry: give a time above 0".to_owned(),
        );
        return;
    }
    if let Some((timeout, span)) = timeout.filter(|(timeout, _)| *timeout >= deadline) {
        let message = format!(
            "`timeout` ({}) has no effect, since `deadline` ({}) ends the call first: shorten \
             `timeout` or remove it",
            spelt(timeout),
            spelt(deadline)
        );
        refuse(span, message);
    }
    // Other schedules than the function's own may wait less.
    if values.throttled.is_some() || steers {
        return;
    }
    let Some(schedule) = Schedule::of(values) else { return };
    let first_wait = schedule.delay(0);
    if matches!(schedule.jitter, Jitter::None | Jitter::Proportional(_))
        && schedule.max_retries != Retries::AtMost(0)
        && first_wait > deadline
    {
        let message = format!(
            "no retry can begin before `deadline` ({}), since the first wait is {}: raise \
             `deadline` or lower `base_delay`",
            spelt(deadline),
            spelt(first_wait)
        );
        refuse(span, message);
    }
}

/// A reset that always or never comes.
pub(super) fn never_reset(values: &Values, errors: &mut Errors) {
    let Some((ran, span)) = known(values.fields.reset_after.as_ref()) else { return };
    let spelt = humantime::format_duration;
    if ran.is_zero() {
        let message = "a `reset_after` of zero counts every failure as the first, so that the retries never \
                       end: give a time above 0, or write `max_retries = \"unlimited\"`";
        errors.push(syn::Error::new(span, message));
        return;
    }
    let timeout = known(values.timeout.as_ref()).filter(|(timeout, _)| *timeout < ran);
    let deadline = known(values.deadline.as_ref()).filter(|(deadline, _)| *deadline <= ran);
    for (key, limit) in [("timeout", timeout), ("deadline", deadline)] {
        if let Some((limit, _)) = limit {
            let message = format!(
                "`reset_after` ({}) has no effect, since `{key}` ({}) ends an attempt before it has run \
                 for so long: shorten `reset_after` or remove it",
                spelt(ran),
                spelt(limit)
            );
            errors.push(syn::Error::new(span, message));
            return;
        }
    }
}

/// A hedge that is never late in time.
pub(super) fn never_hedged(values: &Values, errors: &mut Errors) {
    let Some((delay, span)) = values.hedge.as_deref().and_then(Hedge::known_delay) else { return };
    let limits = [("timeout", &values.timeout), ("deadline", &values.deadline)];
    let limits =
        limits.into_iter().filter_map(|(key, limit)| Some((key, known(limit.as_ref())?.0)));
    for (key, limit) in limits {
        if delay >= limit {
            let message = format!(
                "`{key}` ({}) cuts an attempt before `hedge` ({}) can start another: shorten \
                 `hedge` or remove it",
                humantime::format_duration(limit),
                humantime::format_duration(delay)
            );
            errors.push(syn::Error::new(span, message));
            return;
        }
    }
}
