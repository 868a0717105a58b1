//! Schedules that contradict themselves, or that can never take effect.

use proc_macro2::Span;
use syn::spanned::Spanned;

use crate::diagnostics::Errors;
use crate::read::{Base, Jitter, Keyed, Preset, Retries, Setting, Values};

/// A cap below what it caps.
pub(super) fn cap_below_base(values: &Values, errors: &mut Errors) {
    let (base, cap) = (values.fields.base_delay.as_deref(), values.fields.max_delay.as_deref());
    if let (Some(Base::Waits(list, _)), Some(cap)) = (values.policy.as_deref(), cap) {
        let longest = list.iter().copied().max();
        if let (Some(max_delay), Some(longest)) = (cap.known(), longest) {
            if max_delay < longest {
                let spelt = humantime::format_duration;
                let message = format!(
                    "`max_delay` ({}) is below the longest wait of the list ({}), which it would \
                     shorten: raise `max_delay`, or shorten that wait",
                    spelt(max_delay),
                    spelt(longest)
                );
                errors.push(syn::Error::new(cap.span(), message));
            }
        }
    }
    let preset = Preset::of(values).map(|preset| &preset.schedule);
    let base_delay = base.map_or(preset.map(|preset| preset.base_delay), Setting::known);
    let max_delay = cap.map_or(preset.map(|preset| preset.max_delay), Setting::known);
    let (Some(base_delay), Some(max_delay)) = (base_delay, max_delay) else { return };
    let Some(span) = cap.or(base).map(Setting::span) else { return };
    if max_delay < base_delay {
        let (cap, base) =
            (humantime::format_duration(max_delay), humantime::format_duration(base_delay));
        let message = format!(
            "`max_delay` ({cap}) is below `base_delay` ({base}), so it would shorten every wait: \
             raise `max_delay` or lower `base_delay`"
        );
        errors.push(syn::Error::new(span, message));
    }
}

/// With `max_retries = 0` nothing that says how to retry can take effect.
pub(super) fn never_retried(values: &Values, errors: &mut Errors) {
    let fields = &values.fields;
    let preset = Preset::of(values).filter(|_| fields.max_retries.is_none());
    let none = match (fields.max_retries.as_deref().and_then(Setting::known), preset) {
        (Some(Retries::AtMost(0)), _) => "max_retries = 0".to_owned(),
        (_, Some(preset)) if preset.schedule.max_retries == Retries::AtMost(0) => {
            format!("policy = \"{}\"", preset.name)
        }
        _ => return,
    };
    // A race asks `on_ok`, too.
    let on_ok = values.on_ok.as_ref().filter(|_| values.hedge.is_none());
    let inert = [
        ("base_delay", fields.base_delay.as_deref().map(Setting::span)),
        ("max_delay", fields.max_delay.as_deref().map(Setting::span)),
        ("exponential_base", fields.exponential_base.as_deref().map(Setting::span)),
        ("jitter", fields.jitter.as_deref().map(Setting::span)),
        ("reset_after", fields.reset_after.as_deref().map(Setting::span)),
        ("throttled", values.throttled.as_deref().map(Base::span)),
        ("on_ok", on_ok.map(|on_ok| on_ok.span())),
        ("on_retry", values.on_retry.as_ref().map(|hook| hook.value.span())),
        ("on_success", values.on_success.as_ref().map(|hook| hook.value.span())),
    ];
    for (key, span) in inert {
        if let Some(span) = span {
            let message = format!("`{key}` has no effect with `{none}`: remove one of them");
            errors.push(syn::Error::new(span, message));
        }
    }
}

/// A factor under a jitter that has its own.
pub(super) fn without_exponent(values: &Values, errors: &mut Errors) {
    let jitter = values.fields.jitter.as_deref().and_then(Setting::known);
    match &values.fields.exponential_base {
        Some(base) if jitter == Some(Jitter::Decorrelated) => errors.push(syn::Error::new(
            base.span(),
            "`exponential_base` has no effect with decorrelated jitter, which computes each wait \
             from the one before: remove one of them",
        )),
        _ => {}
    }
}

/// A schedule beside a list of waits.
pub(super) fn beside_list(values: &Values, errors: &mut Errors) {
    let Some(Base::Waits(..)) = values.policy.as_deref() else { return };
    let fields = &values.fields;
    let inert = [
        ("base_delay", fields.base_delay.as_deref().map(Setting::span)),
        ("exponential_base", fields.exponential_base.as_deref().map(Setting::span)),
    ];
    for (key, span) in inert {
        if let Some(span) = span {
            let message = format!(
                "a list of waits has no `{key}`, since it says each wait: remove one of them"
            );
            errors.push(syn::Error::new(span, message));
        }
    }
    if let Some(jitter) = fields.jitter.as_deref() {
        if jitter.known() == Some(Jitter::Decorrelated) {
            let message = "decorrelated jitter computes each wait from the one before, so that a list of \
                           waits has no effect: write another jitter, or a `base_delay` instead of the \
                           list";
            errors.push(syn::Error::new(jitter.span(), message));
        }
    }
}

/// A policy that polls without end, where nothing ends the call.
pub(super) fn polled_for_ever(values: &Values, errors: &mut Errors) {
    let Some(Base::Named(preset, span)) = values.policy.as_deref() else { return };
    let is_limited = match values.fields.max_retries.as_deref() {
        Some(count) => count.known() != Some(Retries::Unlimited),
        None => false,
    };
    if preset.name == "poll" && values.deadline.is_none() && !is_limited {
        let message = "`policy = \"poll\"` retries without limit, so that a job which never ends is \
                       polled for ever: add a `deadline`, such as `deadline = \"5min\"`";
        errors.push(syn::Error::new(*span, message));
    }
}

/// A policy for throttled failures that none can have, or that is the usual one.
pub(super) fn never_throttled(values: &Values, returns_option: bool, errors: &mut Errors) {
    let Some(Keyed { value: throttled, .. }) = &values.throttled else { return };
    let mut refuse = |span: Span, message: &str| errors.push(syn::Error::new(span, message));
    if returns_option && values.when.is_none() && values.on_ok.is_none() {
        refuse(
            throttled.span(),
            "`throttled` has no effect, since a `None` is always transient: remove it",
        );
        return;
    }
    match (throttled, Preset::of(values)) {
        (Base::Named(gentle, span), Some(usual))
            if *gentle == usual && values.fields.is_empty() =>
        {
            let name = usual.name;
            refuse(
                *span,
                &format!("`throttled` has no effect, since `policy` is \"{name}\" too: remove it"),
            );
        }
        _ => {}
    }
}
