//! Settings that contradict each other, or that can never take effect.

use std::time::Duration;

use proc_macro2::Span;

use crate::args::Args;
use crate::diagnostics::Errors;
use crate::policy::{Jitter, Preset, Schedule, Setting};

/// Reports every contradiction that shows in the attribute and in whether the function returns an
/// `Option`.
pub(crate) fn check(args: &Args, returns_option: bool, errors: &mut Errors) {
    cap_below_base(args, errors);
    never_retried(args, errors);
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
    if returns_option && args.when.is_none() {
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
        ("on_retry", args.on_retry.as_ref().map(syn::spanned::Spanned::span)),
    ];
    for (key, span) in inert {
        if let Some(span) = span {
            let message =
                format!("`{key}` has no effect with `max_retries = 0`: remove one of them");
            errors.push(syn::Error::new(span, message));
        }
    }
}
