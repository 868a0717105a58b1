//! `on`, `also`, `unless` and `when`: whether a failure is retried.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Expr, Type};

use super::stretch::Stretch;
use crate::function::{crate_of, returned};
use crate::library::private;
use crate::plan::Judging;

impl Judging {
    /// An expression of type `Verdict` over `error`, a reference to the failure of a function that
    /// returns `output`.
    ///
    /// | keys | verdict |
    /// |---|---|
    /// | none | the error's own |
    /// | `on` | transient where it matches, with what the error itself knows of waiting |
    /// | `when` | the function's, with the same |
    /// | both | the function's where `on` matches |
    /// | `also` | transient where it matches, before these, with what the error itself knows of waiting |
    /// | `unless` | permanent where it matches, before all others |
    pub(super) fn verdict(&self, error: &TokenStream, output: &Type) -> TokenStream {
        self.added_and_excluded(error, self.decided(error, output))
    }

    /// The same for an attempt that a circuit breaker may have refused: an open circuit ends the call
    /// where the error alone decides, since nobody has asked to wait for it.
    pub(super) fn verdict_unless_refused(&self, error: &TokenStream, output: &Type) -> TokenStream {
        let mut decided = self.decided(error, output);
        if self.gives_up_refused {
            decided = quote_spanned! {Span::mixed_site()=>
                #private::unless_refused(__rejected, #decided)
            };
        }
        self.added_and_excluded(error, decided)
    }

    /// What a circuit breaker learns of `__error`: its own verdict first, and what the keys made of it second.
    pub(super) fn health(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { on, also, unless, when, .. } = self;
        if on.is_none() && also.is_none() && unless.is_none() && when.is_none() {
            return quote_spanned!(site=> __verdict);
        }
        quote_spanned!(site=> #private::health((&&&#private::Probe(__error)).__health(), __verdict))
    }

    /// `verdict`, with `also` and `unless`.
    fn added_and_excluded(&self, error: &TokenStream, mut verdict: TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        if let Some(also) = &self.also {
            verdict = also.added_to(error, &verdict);
        }
        if let Some(unless) = &self.unless {
            let excluded = unless.matches(error);
            let permanent = quote_spanned!(site=> #private::Verdict::PERMANENT);
            verdict = quote_spanned!(site=> if #excluded { #permanent } else { #verdict });
        }
        verdict
    }

    fn decided(&self, error: &TokenStream, output: &Type) -> TokenStream {
        let site = Span::mixed_site();
        let when = self.when.as_ref().map(|judge| {
            let stretch = Stretch::over(judge);
            let error = stretch.borrowed(&quote_spanned!(site=> *#error));
            let when = if is_made(judge) { "when_made" } else { "when" };
            stretch.call(when, &quote_spanned!(site=> #judge, #error))
        });
        let hint = quote_spanned!(site=> (&&#private::Probe(#error)).__hint());
        let retried = quote_spanned!(site=> #private::retried(#hint));
        let verdict = match (&self.on, when) {
            (None, None) => {
                let stretch = Stretch::over(returned::error_of(output));
                let error = stretch.borrowed(&quote_spanned!(site=> *#error));
                return stretch.call(&crate_of::for_error_of(output, "classified"), &error);
            }
            (None, Some(when)) => when,
            (Some(on), None) if on.is_wild() => return retried,
            (Some(on), None) if on.is_pattern() => {
                let matches = on.matches(error);
                return quote_spanned! {site=>
                    if #matches { #retried } else { #private::Verdict::PERMANENT }
                };
            }
            (Some(on), Some(when)) if on.is_wild() => when,
            (Some(on), when) => {
                let matched = on.verdict(error);
                let otherwise = if on.is_pattern() { "PERMANENT" } else { "UNSAID" };
                let otherwise = Ident::new(otherwise, site);
                let agreed = match when {
                    Some(when) => quote_spanned! {site=>
                        #private::decided(#when, || #private::Some(__matched))
                    },
                    None => quote_spanned!(site=> __matched),
                };
                quote_spanned! {site=>
                    match #matched {
                        #private::Some(__matched) => #agreed,
                        #private::None => #private::Verdict::#otherwise,
                    }
                }
            }
        };
        quote_spanned!(site=> #private::decided(#verdict, || #hint))
    }
}

/// Whether the expression has a type of its own, as a closure does not before it is called.
fn is_made(judge: &Expr) -> bool {
    matches!(judge, Expr::Call(_) | Expr::MethodCall(_) | Expr::Binary(_) | Expr::Unary(_))
}
