//! Durations as an attribute spells them.

use std::time::Duration;

use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

const EXPECTED: &str = "expected a duration such as `\"250ms\"`, `\"2s\"`, `\"1m30s\"`, a number \
                        of seconds, or a `Duration` expression";

/// The duration that `value` spells; `Ok(None)` if it is code to be evaluated.
pub(super) fn literal(value: &Expr) -> syn::Result<Option<Duration>> {
    let refuse = |message: String| Err(syn::Error::new_spanned(value, message));
    let seconds = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            return match of_text(&text.value()) {
                Some(duration) => Ok(Some(duration)),
                None => refuse(format!("`{}` is not a duration: {EXPECTED}", text.value())),
            };
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            number.base10_parse::<u64>().ok().map(Duration::from_secs)
        }
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) if number.suffix().is_empty() => number
            .base10_parse::<f64>()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if matches!(**expr, Expr::Lit(_)) => {
            return refuse(format!("a duration cannot be negative: {EXPECTED}"));
        }
        Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => {
            let text = lit.to_token_stream().to_string();
            if humantime::parse_duration(&text).is_ok() {
                return refuse(format!("a duration with a unit needs quotes: write `\"{text}\"`"));
            }
            None
        }
        Expr::Lit(_) => None,
        _ => return Ok(None),
    };
    seconds.map_or_else(|| refuse(EXPECTED.to_owned()), |duration| Ok(Some(duration)))
}

/// The duration that a text says, as the settings of a file and of a variable do: with a unit, or a number of
/// seconds.
pub(super) fn of_text(text: &str) -> Option<Duration> {
    if let Ok(whole) = text.parse::<u64>() {
        return Some(Duration::from_secs(whole));
    }
    humantime::parse_duration(text).ok().or_else(|| {
        text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    })
}

/// Reports a bare number of 60 or more for `key`, which may be meant in milliseconds: so long does hardly
/// any attempt take, and no call wait at first.
pub(super) fn with_unit(key: &str, value: &Expr) -> syn::Result<()> {
    let number = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits().to_owned(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_digits().to_owned(),
        _ => return Ok(()),
    };
    let Some(number) = number.parse::<f64>().ok().filter(|seconds| *seconds >= 60.0) else {
        return Ok(());
    };
    let spelt = value.to_token_stream();
    let message = format!(
        "`{key} = {spelt}` may be milliseconds or seconds: write `\"{number}ms\"` or `\"{number}s\"`"
    );
    Err(syn::Error::new_spanned(value, message))
}
