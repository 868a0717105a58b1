//! Reading the values of the policy's keys.

use std::time::Duration;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp, token};

use super::duration;
use super::entry::Entry;
use super::schedule::{Base, Jitter, PRESETS, Retries};
use super::values::Setting;
use crate::suggest;

fn error<T>(at: impl ToTokens, message: impl std::fmt::Display) -> syn::Result<T> {
    Err(syn::Error::new_spanned(at, message))
}

/// A preset's name, a list of waits, or code.
pub(super) fn base(entry: &mut Entry<'_>) -> syn::Result<Base> {
    if entry.input.peek(token::Bracket) {
        return waits(entry);
    }
    let value = entry.setting()?;
    let Expr::Lit(literal) = &value else { return Ok(Base::Code(Box::new(value))) };
    let names = PRESETS.iter().map(|preset| preset.name);
    let Lit::Str(text) = &literal.lit else {
        let known = suggest::listed(names);
        return error(
            literal,
            format!(
                "a policy is one of {known} by its name, a list of waits such as \
                 `[\"1s\", \"5s\", \"30s\"]`, or a path to a `Policy`"
            ),
        );
    };
    let name = text.value();
    if let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) {
        return Ok(Base::Named(preset, text.span()));
    }
    let guess = suggest::did_you_mean(&name, names.clone());
    let known = suggest::listed(names);
    error(
        text,
        format!(
            "there is no policy `{name}`{guess} (there are {known}; write a policy of your own \
             as a path: `policy = MY_POLICY`)"
        ),
    )
}

/// `["1s", "5s", "30s"]`
fn waits(entry: &mut Entry<'_>) -> syn::Result<Base> {
    let key = entry.key.name;
    let wrong =
        format!("a list of waits holds durations, as in `{key} = [\"1s\", \"5s\", \"30s\"]`");
    let empty = format!(
        "`{key} = []` has no wait: write one, as in `{key} = [\"1s\"]`, or `{key} = \"none\"` for no \
         retries"
    );
    let (list, span) = entry.list::<Expr>(&wrong, &empty)?;
    let waits = list.iter().map(|wait| match duration::literal(wait)? {
        Some(known) => duration::with_unit(key, wait).map(|()| known),
        None => error(
            wait,
            "a list of waits in the attribute holds durations such as `\"250ms\"`: for those of \
             your own, write `policy = Policy::waits(&WAITS)`",
        ),
    });
    Ok(Base::Waits(waits.collect::<syn::Result<_>>()?, span))
}

pub(super) fn count(entry: &mut Entry<'_>) -> syn::Result<Setting<Retries>> {
    const EXPECTED: &str = "`max_retries` is a whole number from 0 to 4294967295, the number of \
                            retries after the first attempt, or `\"unlimited\"`";
    let text = entry.input.fork().call(super::entry::setting);
    if let Ok(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) = text {
        let value = entry.setting()?;
        return match text.value().as_str() {
            "unlimited" => Ok(Setting::Known(Retries::Unlimited, value.span())),
            _ => error(value, EXPECTED),
        };
    }
    Ok(match whole_number(entry, EXPECTED)? {
        Setting::Known(count, span) => Setting::Known(Retries::AtMost(count), span),
        Setting::Code(code) => Setting::Code(code),
    })
}

/// A `u32`, with `expected` for what is none.
pub(super) fn whole_number(entry: &mut Entry<'_>, expected: &str) -> syn::Result<Setting<u32>> {
    let value = entry.setting()?;
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse::<u32>() {
            Ok(count) if matches!(number.suffix(), "" | "u32") => {
                Ok(Setting::Known(count, value.span()))
            }
            _ => error(&value, expected),
        },
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => error(&value, expected),
        _ => Ok(Setting::Code(Box::new(value))),
    }
}

pub(super) fn delay(entry: &mut Entry<'_>) -> syn::Result<Setting<Duration>> {
    delay_of(entry.setting()?)
}

/// As [`delay`], where a bare number of 60 or more asks for its unit.
pub(super) fn short_delay(entry: &mut Entry<'_>) -> syn::Result<Setting<Duration>> {
    let value = entry.setting()?;
    short_delay_of(entry.key.name, &value)
}

pub(super) fn short_delay_of(key: &str, value: &Expr) -> syn::Result<Setting<Duration>> {
    let delay = delay_of(value.clone())?;
    duration::with_unit(key, value)?;
    Ok(delay)
}

fn delay_of(value: Expr) -> syn::Result<Setting<Duration>> {
    Ok(match duration::literal(&value)? {
        Some(known) => Setting::Known(known, value.span()),
        None => Setting::Code(Box::new(value)),
    })
}

pub(super) fn exponential_base(entry: &mut Entry<'_>) -> syn::Result<Setting<f64>> {
    const EXPECTED: &str = "`exponential_base` is a finite number of at least 1.0: the factor \
                            from one wait to the next";
    let value = entry.setting()?;
    let known = match &value {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => None,
        _ => return Ok(Setting::Code(Box::new(value))),
    };
    match known {
        Some(base) if base.is_finite() && base >= 1.0 => Ok(Setting::Known(base, value.span())),
        _ => error(&value, EXPECTED),
    }
}

pub(super) fn jitter(entry: &mut Entry<'_>) -> syn::Result<Setting<Jitter>> {
    const NAMES: [&str; 4] = ["none", "full", "equal", "decorrelated"];
    const EXPECTED: &str = "write `\"none\"`, `\"25%\"`, `\"full\"`, `\"equal\"`, \
                            `\"decorrelated\"` or a `Jitter`";
    let value = entry.setting()?;
    let text = match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
            return error(&value, format!("this is not a jitter: {EXPECTED}"));
        }
        _ => return Ok(Setting::Code(Box::new(value))),
    };
    let known = match text.as_str() {
        "none" => Jitter::None,
        "full" => Jitter::Full,
        "equal" => Jitter::Equal,
        "decorrelated" => Jitter::Decorrelated,
        other => match other.strip_suffix('%').map(|percent| percent.trim().parse::<f64>()) {
            Some(Ok(percent)) if (0.0..=100.0).contains(&percent) => {
                Jitter::Proportional(percent / 100.0)
            }
            Some(Ok(_)) => {
                return error(
                    &value,
                    "a jitter is a share of the wait: write one from `\"0%\"` to `\"100%\"`",
                );
            }
            _ => {
                let guess = suggest::did_you_mean(other, NAMES);
                return error(&value, format!("`{other}` is not a jitter{guess} ({EXPECTED})"));
            }
        },
    };
    Ok(Setting::Known(known, value.span()))
}
