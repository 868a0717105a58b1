//! Schedules that contradict themselves, or that can never take effect.

use proc_macro2::Span;
use syn::spanned::Spanned;

use crate::diagnostics::Errors;
use crate::read::{Base, Jitter, Keyed, Preset, Setting, Values};

/// A cap below what it caps.
pub(super) fn cap_below_base(values: &Values, errors: &mut Errors) {
    let (base, cap) = (values.fields.base_delay.as_deref(), values.fields.max_delay.as_deref());
    let preset = Preset::of(values).map(|preset| preset.schedule);
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
    if fields.max_retries.as_deref().and_then(Setting::known) != Some(0) {
        return;
    }
    // A race asks `on_ok`, too.
    let on_ok = values.on_ok.as_ref().filter(|_| values.hedge.is_none());
    let inert = [
        ("base_delay", fields.base_delay.as_deref().map(Setting::span)),
        ("max_delay", fields.max_delay.as_deref().map(Setting::span)),
        ("exponential_base", fields.exponential_base.as_deref().map(Setting::span)),
        ("jitter", fields.jitter.as_deref().map(Setting::span)),
        ("throttled", values.throttled.as_deref().map(Base::span)),
        ("on_ok", on_ok.map(|on_ok| on_ok.span())),
        ("on_retry", values.on_retry.as_ref().map(|hook| hook.value.span())),
        ("on_success", values.on_success.as_ref().map(|hook| hook.value.span())),
    ];
    for (key, span) in inert {
        if let Some(span) = span {
            let message =
                format!("`{key}` has no effect with `max_retries = 0`: remove one of them");
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
