//! `on`, `unless` and `when`: whether a failure is retried.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Type;

use super::stretch::Stretch;
use crate::function::returned;
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
    /// | `unless` | permanent where it matches, before all others |
    pub(super) fn verdict(&self, error: &TokenStream, output: &Type) -> TokenStream {
        let site = Span::mixed_site();
        let permanent = quote_spanned!(site=> #private::Verdict::PERMANENT);
        let decided = self.decided(error, output);
        match &self.unless {
            Some(unless) => {
                let excluded = unless.matches(error);
                quote_spanned!(site=> if #excluded { #permanent } else { #decided })
            }
            None => decided,
        }
    }

    fn decided(&self, error: &TokenStream, output: &Type) -> TokenStream {
        let site = Span::mixed_site();
        let when = self.when.as_ref().map(|judge| {
            let stretch = Stretch::over(judge);
            let error = stretch.borrowed(&quote_spanned!(site=> *#error));
            stretch.call("when", &quote_spanned!(site=> #judge, #error))
        });
        let hint = quote_spanned!(site=> (&&#private::Probe(#error)).__hint());
        let retried = quote_spanned!(site=> #private::retried(#hint));
        let verdict = match (&self.on, when) {
            (None, None) => {
                let stretch = Stretch::over(returned::error_of(output));
                let error = stretch.borrowed(&quote_spanned!(site=> *#error));
                return stretch.call("classified", &error);
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
                let agreed = match when {
                    Some(when) => quote_spanned! {site=>
                        #private::decided(#when, || #private::Some(__matched))
                    },
                    None => quote_spanned!(site=> __matched),
                };
                quote_spanned! {site=>
                    match #matched {
                        #private::Some(__matched) => #agreed,
                        #private::None => #private::Verdict::PERMANENT,
                    }
                }
            }
        };
        quote_spanned!(site=> #private::decided(#verdict, || #hint))
    }
}
