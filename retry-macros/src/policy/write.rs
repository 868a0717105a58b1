//! One `Policy` expression, computed at compile time wherever the values allow.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use super::{Jitter, Overrides, Schedule, Setting};
use crate::span::Stretch;

/// Whether the compiler can compute `code` in a constant; `locals` are the function's arguments.
///
/// Where this says no, the expression is evaluated when an attempt has failed.
fn is_constant(code: &Expr, locals: &[Ident]) -> bool {
    let constant = |part: &Expr| is_constant(part, locals);
    match code {
        Expr::Lit(_) | Expr::Const(_) => true,
        Expr::Path(path) => match path.path.get_ident() {
            // A name in small letters is a variable that stands before an `async` block.
            Some(ident) => {
                !locals.contains(ident) && !ident.to_string().contains(char::is_lowercase)
            }
            None => true,
        },
        Expr::Paren(inner) => constant(&inner.expr),
        Expr::Group(inner) => constant(&inner.expr),
        Expr::Call(call) => is_constant_function(&call.func) && call.args.iter().all(constant),
        Expr::MethodCall(call) => {
            SETTERS.iter().any(|setter| call.method == setter)
                && constant(&call.receiver)
                && call.args.iter().all(constant)
        }
        _ => false,
    }
}

/// `Policy`'s own, which are `const`.
const SETTERS: [&str; 5] = [
    "with_max_retries",
    "with_base_delay",
    "with_max_delay",
    "with_exponential_base",
    "with_jitter",
];

/// Whether it is one of those of `Duration` and `Jitter` that are `const`.
fn is_constant_function(function: &Expr) -> bool {
    const OF_DURATION: [&str; 7] =
        ["new", "from_secs", "from_millis", "from_micros", "from_nanos", "from_mins", "from_hours"];
    let Expr::Path(path) = function else { return false };
    let mut segments = path.path.segments.iter().rev();
    let (Some(name), Some(owner)) = (segments.next(), segments.next()) else { return false };
    owner.ident == "Jitter"
        || owner.ident == "Duration" && OF_DURATION.iter().any(|known| name.ident == known)
}

/// An expression, and whether it is a constant.
pub(crate) struct Written {
    pub(crate) tokens: TokenStream,
    pub(crate) constant: bool,
}

/// A `&Policy`, promoted to `&'static` where it is known at compile time.
pub(crate) fn policy(
    private: &TokenStream,
    schedule: Option<&Schedule>,
    overrides: Option<&Overrides>,
    locals: &[Ident],
) -> Written {
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
            Stretch::over(code).call(private, "policy", &code.to_token_stream())
        }
    };
    let Some(overrides) = overrides.filter(|overrides| !overrides.is_empty()) else {
        return match schedule {
            Some(Schedule::Code(_)) => reference(&tokens, constant),
            // A path to a constant is `&'static` by itself: one constant less to compile.
            None | Some(Schedule::Named(..)) => {
                Written { tokens: quote_spanned!(site=> &#tokens), constant }
            }
        };
    };
    constant &= overrides.is_constant(locals);
    if let Some(count) = &overrides.max_retries {
        let value = count.tokens(|count| quote_spanned!(site=> #count));
        tokens = count.stretch().method(&tokens, "with_max_retries", &value);
    }
    if let Some(delay) = &overrides.base_delay {
        tokens = delay.stretch().method(&tokens, "with_base_delay", &delay.duration(private));
    }
    if let Some(delay) = &overrides.max_delay {
        tokens = delay.stretch().method(&tokens, "with_max_delay", &delay.duration(private));
    }
    if let Some(base) = &overrides.exponential_base {
        let value = base.tokens(|base| quote_spanned!(site=> #base));
        tokens =
            checked(private, "with_exponential_base", &tokens, base.stretch(), &value, constant);
    }
    if let Some(jitter) = &overrides.jitter {
        let value = jitter.tokens(|jitter| jitter_tokens(private, jitter));
        tokens = checked(private, "with_jitter", &tokens, jitter.stretch(), &value, constant);
    }
    reference(&tokens, constant)
}

/// A setter that refuses nonsense: by a compile error in a constant, by doing nothing otherwise.
fn checked(
    private: &TokenStream,
    setter: &str,
    policy: &TokenStream,
    stretch: Stretch,
    value: &TokenStream,
    constant: bool,
) -> TokenStream {
    if constant {
        stretch.method(policy, setter, value)
    } else {
        let arguments = quote_spanned!(Span::mixed_site()=> #policy, #value);
        stretch.call(private, setter, &arguments)
    }
}

fn reference(policy: &TokenStream, constant: bool) -> Written {
    let site = Span::mixed_site();
    let tokens = if constant {
        quote_spanned!(site=> const { &#policy })
    } else {
        quote_spanned!(site=> &#policy)
    };
    Written { tokens, constant }
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
    fn is_constant(&self, locals: &[Ident]) -> bool {
        match self {
            Self::Known(..) => true,
            Self::Code(code) => is_constant(code, locals),
        }
    }

    /// Where code is told to be of the wrong type.
    fn stretch(&self) -> Stretch {
        match self {
            Self::Known(_, span) => Stretch::at(*span),
            Self::Code(code) => Stretch::over(code),
        }
    }

    pub(crate) fn tokens(&self, known: impl FnOnce(T) -> TokenStream) -> TokenStream {
        match self {
            Self::Known(value, _) => known(*value),
            Self::Code(code) => code.to_token_stream(),
        }
    }
}

impl Setting<Duration> {
    /// As [`duration`](Self::duration), its type pinned down where the user wrote it.
    pub(crate) fn pinned_duration(&self, private: &TokenStream) -> TokenStream {
        let duration = self.duration(private);
        match self {
            Self::Known(..) => duration,
            Self::Code(_) => self.stretch().call(private, "duration", &duration),
        }
    }

    pub(crate) fn duration(&self, private: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        self.tokens(|known| {
            let (seconds, nanos) = (known.as_secs(), known.subsec_nanos());
            quote_spanned!(site=> #private::Duration::new(#seconds, #nanos))
        })
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
