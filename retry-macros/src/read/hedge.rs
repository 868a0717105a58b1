//! Reading `hedge`: after how long another attempt starts, and how many may.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Token, UnOp};

use super::entry::{Entry, setting};
use super::values::Setting;
use super::{duration, layer, policy};
use crate::suggest;

/// `hedge = …` or `hedge(after = …, max = …)`.
pub(crate) struct Hedge {
    pub(crate) after: Late,
    /// How many attempts may be made besides the first: 1, if it is not said.
    pub(crate) max: Option<Setting<u32>>,
}

/// When an attempt is late.
pub(crate) enum Late {
    Delay(Setting<Duration>),
    /// A share of the calls before, from 0 to 1, both excluded.
    Quantile(f64, Span),
    /// A `Duration` or a static `Hedge`: its type decides.
    Either(Box<Expr>),
}

const UNNAMED: &str = "`hedge(…)` takes named parts: write `hedge(after = \"200ms\", max = 2)`, or \
                       `hedge = HEDGE` without parentheses";
const EXAMPLE: &str = "write `hedge(after = \"200ms\", max = 2)`";

impl Hedge {
    /// The value of `hedge`.
    pub(super) fn read(entry: &mut Entry<'_>) -> syn::Result<Self> {
        if entry.is_list {
            return Self::parts(entry);
        }
        let after = match Late::of(&entry.setting()?, "hedge")? {
            Late::Delay(Setting::Code(code)) => {
                Late::Either(Box::new(layer::HEDGE.not_made_here(*code)?))
            }
            after => after,
        };
        Ok(Self { after, max: None })
    }

    /// The parentheses of `hedge(after = …, max = …)`.
    fn parts(entry: &mut Entry<'_>) -> syn::Result<Self> {
        let content;
        let parentheses = syn::parenthesized!(content in entry.input);
        let parts: TokenStream = content.parse()?;
        let mut after = None;
        let mut max = None;
        let entries = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if !input.peek(Ident::peek_any) || input.peek2(Token![::]) {
                    return Err(input.error(UNNAMED));
                }
                let name = input.call(Ident::parse_any)?;
                let refuse = |message: String| Err(syn::Error::new(name.span(), message));
                let is_known = name == "after" || name == "max";
                if !is_known && !input.peek(Token![=]) {
                    return refuse(UNNAMED.to_owned());
                }
                if !is_known {
                    let guess = suggest::did_you_mean(&name.to_string(), ["after", "max"]);
                    return refuse(format!("`hedge` has no part `{name}`{guess} ({EXAMPLE})"));
                }
                let is_valued = input.parse::<Option<Token![=]>>()?.is_some();
                if !is_valued || input.is_empty() || input.peek(Token![,]) {
                    return refuse(format!("`{name}` needs a value: {EXAMPLE}"));
                }
                let value = setting(input)?;
                if name == "after" && after.is_none() {
                    after = Some(Late::of(&value, "after")?);
                } else if name == "max" && max.is_none() {
                    max = Some(most(value)?);
                } else {
                    return refuse(format!("`{name}` is given twice"));
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = entries.parse2(parts) {
            entry.errors.push(error);
        } else if after.is_none() {
            let message = format!(
                "`hedge` needs `after`, the time after which another attempt starts: {EXAMPLE}"
            );
            entry.errors.push(syn::Error::new(parentheses.span.join(), message));
        }
        let nothing = || Late::Quantile(0.95, entry.span); // the mistake has been reported
        Ok(Self { after: after.unwrap_or_else(nothing), max })
    }

    /// Where it says when, and after how long, if that is known.
    pub(crate) fn known_delay(&self) -> Option<(Duration, Span)> {
        match &self.after {
            Late::Delay(delay) => Some((delay.known()?, delay.span())),
            Late::Quantile(..) | Late::Either(_) => None,
        }
    }
}

impl Late {
    /// `key` is where it stands: `hedge` itself, or its part `after`.
    fn of(value: &Expr, key: &str) -> syn::Result<Self> {
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value {
            if let Some(percent) = text.value().strip_prefix('p') {
                return quantile(percent, text);
            }
            if duration::of_text(&text.value()).is_none() {
                return Err(syn::Error::new(text.span(), neither(&text.value(), key)));
            }
        }
        if let Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) = value {
            let share: f64 = number.base10_parse().unwrap_or_default();
            if (0.9..1.0).contains(&share) {
                let message = format!(
                    "`{key} = {number}` may be a percentile or seconds: write `\"p{}\"` or `\"{number}s\"`",
                    as_percent(share)
                );
                return Err(syn::Error::new(number.span(), message));
            }
        }
        policy::short_delay_of(key, value).map(Self::Delay)
    }
}

/// 95 of 0.95, 99.9 of 0.999.
fn as_percent(share: f64) -> f64 {
    (share * 1e5).round() / 1e3
}

/// What to write instead of `text`: the percentile it names, if it is a percentage.
fn neither(text: &str, key: &str) -> String {
    let percentage = text.strip_suffix('%').map(str::trim);
    match percentage.filter(|percent| percentile(percent).is_some()) {
        Some(percent) => {
            format!("a percentile begins with `p`: write `{key} = \"p{percent}\"`")
        }
        None => format!(
            "`{text}` is neither a duration nor a percentile: write `{key} = \"200ms\"`, or \
             `{key} = \"p95\"` for attempts slower than 95 % of those before"
        ),
    }
}

/// The number, if some calls take longer, and some do not.
fn percentile(percent: &str) -> Option<f64> {
    if !percent.chars().all(|letter| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    percent.parse().ok().filter(|percent| *percent > 0.0 && *percent < 100.0)
}

/// `"p95"`, `"p99.9"`.
fn quantile(percent: &str, text: &LitStr) -> syn::Result<Late> {
    match percentile(percent) {
        Some(percent) => Ok(Late::Quantile(percent / 100.0, text.span())),
        None => Err(syn::Error::new(
            text.span(),
            format!(
                "`{}` is out of range: write a percentile above `\"p0\"` and below `\"p100\"`, \
                 such as `\"p95\"`",
                text.value()
            ),
        )),
    }
}

fn most(value: Expr) -> syn::Result<Setting<u32>> {
    const EXPECTED: &str = "`max` is a whole number from 1: the number of attempts besides the \
                            first";
    let refuse = || Err(syn::Error::new(value.span(), EXPECTED));
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse::<u32>() {
            Ok(0) => Err(syn::Error::new(
                value.span(),
                "`max = 0` starts no attempt besides the first: write at least 1, or remove \
                 `hedge`",
            )),
            Ok(max) if matches!(number.suffix(), "" | "u32") => {
                Ok(Setting::Known(max, value.span()))
            }
            _ => refuse(),
        },
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => refuse(),
        _ => Ok(Setting::Code(Box::new(value))),
    }
}
