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
            return match humantime::parse_duration(&text.value()) {
                Ok(duration) => Ok(Some(duration)),
                Err(_) => refuse(format!("`{}` is not a duration: {EXPECTED}", text.value())),
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
