//! Settings that contradict each other, or that can never take effect.

use std::time::Duration;

use proc_macro2::Span;

use crate::args::Args;
use crate::diagnostics::Errors;
use crate::hedge::Hedge;
use crate::matcher::Matcher;
use crate::policy::{Jitter, Known, Preset, Schedule, Setting};

/// Reports every contradiction that shows in the attribute and in whether the function returns an
/// `Option`.
pub(crate) fn check(args: &Args, returns_option: bool, errors: &mut Errors) {
    cap_below_base(args, errors);
    never_retried(args, errors);
    out_of_time(args, errors);
    never_hedged(args, errors);
    matchers(args, returns_option, errors);
    let mut refuse = |span: Span, message: &str| errors.push(syn::Error::new(span, message));
    let overrides = &args.overrides;
    if let (Some(base), Some(jitter)) = (&overrides.exponential_base, &overrides.jitter)
        && jitter.known() == Some(Jitter::Decorrelated)
    {
        refuse(
            base.span(),
            "`exponential_base` has no effect under decorrelated jitter, whose waits grow from \
             the wait before: remove one of them",
        );
    }
    let Some(throttled) = &args.throttled else { return };
    if returns_option && args.when.is_none() && args.on_ok.is_none() {
        refuse(
            throttled.span(),
            "`throttled` can never apply: a `None` is always transient; remove it",
        );
    } else if let (Schedule::Named(gentle, span), Some(usual)) = (throttled, Preset::of(args))
        && *gentle == usual
        && overrides.is_empty()
    {
        let name = usual.name;
        refuse(
            *span,
            &format!("`throttled` has no effect: `policy` is \"{name}\" already; remove it"),
        );
    }
}

fn cap_below_base(args: &Args, errors: &mut Errors) {
    let (base, cap) = (&args.overrides.base_delay, &args.overrides.max_delay);
    let preset = Preset::of(args);
    let known = |setting: &Option<Setting<Duration>>, default: Option<Duration>| {
        setting.as_ref().map_or(default, Setting::known)
    };
    let base_delay = known(base, preset.map(|preset| preset.schedule().base_delay));
    let max_delay = known(cap, preset.map(|preset| preset.schedule().max_delay));
    let (Some(base_delay), Some(max_delay)) = (base_delay, max_delay) else { return };
    let Some(span) = cap.as_ref().or(base.as_ref()).map(Setting::span) else { return };
    if max_delay < base_delay {
        let (cap, base) =
            (humantime::format_duration(max_delay), humantime::format_duration(base_delay));
        let message = format!(
            "`max_delay` ({cap}) is below `base_delay` ({base}), so no wait would be what the \
             schedule says: raise the one or lower the other"
        );
        errors.push(syn::Error::new(span, message));
    }
}

/// With `max_retries = 0` nothing that says how to retry can take effect.
fn never_retried(args: &Args, errors: &mut Errors) {
    let overrides = &args.overrides;
    if overrides.max_retries.as_ref().and_then(Setting::known) != Some(0) {
        return;
    }
    let inert = [
        ("base_delay", overrides.base_delay.as_ref().map(Setting::span)),
        ("max_delay", overrides.max_delay.as_ref().map(Setting::span)),
        ("exponential_base", overrides.exponential_base.as_ref().map(Setting::span)),
        ("jitter", overrides.jitter.as_ref().map(Setting::span)),
        ("throttled", args.throttled.as_ref().map(Schedule::span)),
        ("on_ok", args.on_ok.as_ref().map(Matcher::span)),
        ("on_retry", args.on_retry.as_ref().map(syn::spanned::Spanned::span)),
        ("on_success", args.on_success.as_ref().map(syn::spanned::Spanned::span)),
    ];
    for (key, span) in inert {
        if let Some(span) = span {
            let message =
                format!("`{key}` has no effect with `max_retries = 0`: remove one of them");
            errors.push(syn::Error::new(span, message));
        }
    }
}

/// Limits of time that leave none.
fn out_of_time(args: &Args, errors: &mut Errors) {
    let known = |setting: &Option<Setting<Duration>>| {
        setting.as_ref().and_then(|setting| Some((setting.known()?, setting.span())))
    };
    let (timeout, deadline) = (known(&args.timeout), known(&args.deadline));
    let mut refuse = |span: Span, message: String| errors.push(syn::Error::new(span, message));
    let spelt = humantime::format_duration;
    if let Some((Duration::ZERO, span)) = timeout {
        refuse(span, "a `timeout` of zero cuts every attempt: give it some time".to_owned());
    }
    let Some((deadline, span)) = deadline else { return };
    if deadline.is_zero() {
        refuse(span, "a `deadline` of zero leaves no time to retry: give it some".to_owned());
        return;
    }
    if let Some((timeout, span)) = timeout
        && timeout >= deadline
    {
        let message = format!(
            "`timeout` ({}) can never apply: `deadline` ({}) ends the call first; shorten it or \
             remove it",
            spelt(timeout),
            spelt(deadline)
        );
        refuse(span, message);
    }
    // Other schedules than the function's own may wait less.
    if args.throttled.is_some() || args.context.is_some() {
        return;
    }
    if let Some(schedule) = Known::of(args)
        && matches!(schedule.jitter, Jitter::None | Jitter::Proportional(_))
        && schedule.max_retries > 0
        && schedule.delay(0) > deadline
    {
        let message = format!(
            "no retry could begin before `deadline` ({}), since the first wait is {}: lengthen \
             the one or shorten the other",
            spelt(deadline),
            spelt(schedule.delay(0))
        );
        refuse(span, message);
    }
}

/// A hedge that is never late in time.
fn never_hedged(args: &Args, errors: &mut Errors) {
    let Some((delay, span)) = args.hedge.as_ref().and_then(Hedge::known_delay) else { return };
    let limits = [("timeout", &args.timeout), ("deadline", &args.deadline)];
    let limits =
        limits.into_iter().filter_map(|(key, limit)| Some((key, limit.as_ref()?.known()?)));
    for (key, limit) in limits {
        if delay >= limit {
            let message = format!(
                "no attempt is late before `{key}` ({}) has cut it, since `hedge` waits {}: \
                 shorten it, or remove it",
                humantime::format_duration(limit),
                humantime::format_duration(delay)
            );
            errors.push(syn::Error::new(span, message));
            return;
        }
    }
}

/// Patterns and types that match all or nothing.
fn matchers(args: &Args, returns_option: bool, errors: &mut Errors) {
    let mut refuse = |span: Span, message: &str| errors.push(syn::Error::new(span, message));
    if let Some(unless) = args.unless.as_ref().filter(|unless| unless.is_wild()) {
        refuse(unless.span(), "`unless = _` excludes every failure: name those not to be retried");
    }
    if let Some(on_ok) = args.on_ok.as_ref().filter(|on_ok| on_ok.is_wild()) {
        refuse(on_ok.span(), "`on_ok = _` would retry every success: name those to be retried");
    }
    for matcher in [&args.on, &args.unless].into_iter().flatten() {
        if returns_option && let Matcher::Types(_, span) = matcher {
            refuse(*span, "a `None` carries no error to look for types in: remove this");
        }
    }
}
