//! `policy`, its five overrides and `throttled`: from their values to one `Policy` expression,
//! computed at compile time wherever the values allow.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::{duration, suggest};

/// A value known to the macro, or code that computes it.
pub(crate) enum Setting<T> {
    Known(T, Span),
    Code(Expr),
}

pub(crate) enum Schedule {
    Named(&'static Preset, Span),
    Code(Expr),
}

#[derive(Default)]
pub(crate) struct Overrides {
    pub(crate) max_retries: Option<Setting<u32>>,
    pub(crate) base_delay: Option<Setting<Duration>>,
    pub(crate) max_delay: Option<Setting<Duration>>,
    pub(crate) exponential_base: Option<Setting<f64>>,
    pub(crate) jitter: Option<Setting<Jitter>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Jitter {
    None,
    Proportional(f64),
    Full,
    Equal,
    Decorrelated,
}

/// What the macro must know of a preset to find contradictions.
#[derive(Debug, PartialEq)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    constant: &'static str,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
}

pub(crate) const PRESETS: [Preset; 3] = [
    preset("default", "DEFAULT", 2),
    preset("aggressive", "AGGRESSIVE", 1),
    preset("conservative", "CONSERVATIVE", 5),
];

const fn preset(name: &'static str, constant: &'static str, base_seconds: u64) -> Preset {
    let base_delay = Duration::from_secs(base_seconds);
    Preset { name, constant, base_delay, max_delay: Duration::from_mins(5) }
}

impl Schedule {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Named(_, span) => *span,
            Self::Code(code) => code.span(),
        }
    }
}

impl<T: Copy> Setting<T> {
    pub(crate) fn known(&self) -> Option<T> {
        match self {
            Self::Known(value, _) => Some(*value),
            Self::Code(_) => None,
        }
    }
}

impl<T> Setting<T> {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Known(_, span) => *span,
            Self::Code(code) => code.span(),
        }
    }

    fn is_constant(&self, locals: &[Ident]) -> bool {
        match self {
            Self::Known(..) => true,
            Self::Code(code) => is_constant(code, locals),
        }
    }
}

fn error<T>(at: impl ToTokens, message: impl std::fmt::Display) -> syn::Result<T> {
    Err(syn::Error::new_spanned(at, message))
}

pub(crate) fn schedule(value: Expr) -> syn::Result<Schedule> {
    let Expr::Lit(literal) = &value else { return Ok(Schedule::Code(value)) };
    let names = PRESETS.iter().map(|preset| preset.name);
    let Lit::Str(text) = &literal.lit else {
        return error(
            literal,
            format!("a policy is {} or a path to a `Policy`", suggest::listed(names)),
        );
    };
    let name = text.value();
    if let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) {
        return Ok(Schedule::Named(preset, text.span()));
    }
    let guess = suggest::did_you_mean(&name, names.clone());
    let known = suggest::listed(names);
    error(
        text,
        format!(
            "there is no policy `{name}`{guess} (there are {known}; one of your own is given as a \
             path: `policy = MY_POLICY`)"
        ),
    )
}

pub(crate) fn count(value: Expr) -> syn::Result<Setting<u32>> {
    const EXPECTED: &str = "`max_retries` is a whole number from 0 to 4294967295: the retries \
                            that may follow the first attempt";
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse::<u32>() {
            Ok(count) if matches!(number.suffix(), "" | "u32") => {
                Ok(Setting::Known(count, value.span()))
            }
            _ => error(&value, EXPECTED),
        },
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => error(&value, EXPECTED),
        _ => Ok(Setting::Code(value)),
    }
}

pub(crate) fn delay(value: Expr) -> syn::Result<Setting<Duration>> {
    Ok(match duration::literal(&value)? {
        Some(known) => Setting::Known(known, value.span()),
        None => Setting::Code(value),
    })
}

pub(crate) fn exponential_base(value: Expr) -> syn::Result<Setting<f64>> {
    const EXPECTED: &str = "`exponential_base` is a finite number of at least 1.0: the factor \
                            from one wait to the next";
    let known = match &value {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => None,
        _ => return Ok(Setting::Code(value)),
    };
    match known {
        Some(base) if base.is_finite() && base >= 1.0 => Ok(Setting::Known(base, value.span())),
        _ => error(&value, EXPECTED),
    }
}

pub(crate) fn jitter(value: Expr) -> syn::Result<Setting<Jitter>> {
    const NAMES: [&str; 4] = ["none", "full", "equal", "decorrelated"];
    const EXPECTED: &str = "write `\"none\"`, `\"25%\"`, `\"full\"`, `\"equal\"`, \
                            `\"decorrelated\"` or a `Jitter`";
    let text = match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
            return error(&value, format!("this is not a jitter: {EXPECTED}"));
        }
        _ => return Ok(Setting::Code(value)),
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
            Some(Ok(_)) => return error(&value, "a jitter is between 0 % and 100 % of the wait"),
            _ => {
                let guess = suggest::did_you_mean(other, NAMES);
                return error(&value, format!("`{other}` is not a jitter{guess} ({EXPECTED})"));
            }
        },
    };
    Ok(Setting::Known(known, value.span()))
}

/// Whether the compiler can compute `code` in a constant; `locals` are the function's arguments.
///
/// Where this says no, the expression is evaluated when an attempt has failed.
fn is_constant(code: &Expr, locals: &[Ident]) -> bool {
    let constant = |part: &Expr| is_constant(part, locals);
    match code {
        Expr::Lit(_) | Expr::Const(_) => true,
        Expr::Path(path) => match path.path.get_ident() {
            Some(ident) => *ident != "self" && !locals.contains(ident),
            None => true,
        },
        Expr::Paren(inner) => constant(&inner.expr),
        Expr::Group(inner) => constant(&inner.expr),
        Expr::Call(call) => is_constant_function(&call.func) && call.args.iter().all(constant),
        Expr::MethodCall(call) => {
            call.method.to_string().starts_with("with_")
                && constant(&call.receiver)
                && call.args.iter().all(constant)
        }
        _ => false,
    }
}

fn is_constant_function(function: &Expr) -> bool {
    const OWNERS: [&str; 2] = ["Duration", "Jitter"];
    const INEXACT: [&str; 2] = ["from_secs_f64", "from_secs_f32"]; // not `const`
    let Expr::Path(path) = function else { return false };
    let mut segments = path.path.segments.iter().rev();
    let (Some(name), Some(owner)) = (segments.next(), segments.next()) else { return false };
    OWNERS.iter().any(|known| owner.ident == known)
        && !INEXACT.iter().any(|inexact| name.ident == inexact)
}

/// A `&Policy`, promoted to `&'static` where it is known at compile time.
pub(crate) fn policy(
    private: &TokenStream,
    schedule: Option<&Schedule>,
    overrides: Option<&Overrides>,
    locals: &[Ident],
) -> TokenStream {
    let site = Span::mixed_site();
    let mut constant = true;
    let mut tokens = match schedule {
        None => quote_spanned!(site=> #private::Policy::DEFAULT),
        Some(Schedule::Named(preset, _)) => {
            let name = Ident::new(preset.constant, site);
            quote_spanned!(site=> #private::Policy::#name)
        }
        Some(Schedule::Code(code)) => {
            constant = is_constant(code, locals);
            let function = quote_spanned!(site.located_at(code.span())=> #private::policy);
            quote_spanned!(site=> #function(#code))
        }
    };
    let Some(overrides) = overrides else { return reference(&tokens, constant) };
    constant &= overrides.is_constant(locals);
    if let Some(count) = &overrides.max_retries {
        let count = count.tokens(|count| quote_spanned!(site=> #count));
        tokens = quote_spanned!(site=> #tokens.with_max_retries(#count));
    }
    let duration = |known: Duration| {
        let (seconds, nanos) = (known.as_secs(), known.subsec_nanos());
        quote_spanned!(site=> #private::Duration::new(#seconds, #nanos))
    };
    if let Some(delay) = &overrides.base_delay {
        let delay = delay.tokens(duration);
        tokens = quote_spanned!(site=> #tokens.with_base_delay(#delay));
    }
    if let Some(delay) = &overrides.max_delay {
        let delay = delay.tokens(duration);
        tokens = quote_spanned!(site=> #tokens.with_max_delay(#delay));
    }
    if let Some(base) = &overrides.exponential_base {
        let base = base.tokens(|base| quote_spanned!(site=> #base));
        tokens = checked(private, "with_exponential_base", &tokens, &base, constant);
    }
    if let Some(jitter) = &overrides.jitter {
        let jitter = jitter.tokens(|jitter| jitter_tokens(private, jitter));
        tokens = checked(private, "with_jitter", &tokens, &jitter, constant);
    }
    reference(&tokens, constant)
}

/// A setter that refuses nonsense: by a compile error in a constant, by doing nothing otherwise.
fn checked(
    private: &TokenStream,
    setter: &str,
    policy: &TokenStream,
    value: &TokenStream,
    constant: bool,
) -> TokenStream {
    let site = Span::mixed_site();
    let setter = Ident::new(setter, site);
    if constant {
        quote_spanned!(site=> #policy.#setter(#value))
    } else {
        quote_spanned!(site=> #private::#setter(#policy, #value))
    }
}

fn reference(policy: &TokenStream, constant: bool) -> TokenStream {
    let site = Span::mixed_site();
    if constant {
        quote_spanned!(site=> const { &#policy })
    } else {
        quote_spanned!(site=> &#policy)
    }
}

fn jitter_tokens(private: &TokenStream, jitter: Jitter) -> TokenStream {
    let site = Span::mixed_site();
    let variant = match jitter {
        Jitter::None => quote_spanned!(site=> None),
        Jitter::Proportional(proportion) => quote_spanned!(site=> Proportional(#proportion)),
        Jitter::Full => quote_spanned!(site=> Full),
        Jitter::Equal => quote_spanned!(site=> Equal),
        Jitter::Decorrelated => quote_spanned!(site=> Decorrelated),
    };
    quote_spanned!(site=> #private::Jitter::#variant)
}

impl<T: Copy> Setting<T> {
    fn tokens(&self, known: impl FnOnce(T) -> TokenStream) -> TokenStream {
        match self {
            Self::Known(value, _) => known(*value),
            Self::Code(code) => code.to_token_stream(),
        }
    }
}

impl Overrides {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { max_retries, base_delay, max_delay, exponential_base, jitter } = self;
        max_retries.is_none()
            && base_delay.is_none()
            && max_delay.is_none()
            && exponential_base.is_none()
            && jitter.is_none()
    }

    fn is_constant(&self, locals: &[Ident]) -> bool {
        let Self { max_retries, base_delay, max_delay, exponential_base, jitter } = self;
        max_retries.as_ref().is_none_or(|setting| setting.is_constant(locals))
            && base_delay.as_ref().is_none_or(|setting| setting.is_constant(locals))
            && max_delay.as_ref().is_none_or(|setting| setting.is_constant(locals))
            && exponential_base.as_ref().is_none_or(|setting| setting.is_constant(locals))
            && jitter.as_ref().is_none_or(|setting| setting.is_constant(locals))
    }
}
