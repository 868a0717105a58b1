//! `on` and `when`: whether a failure is retried.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Pat, Type};

use crate::args::{Args, On};

/// An expression of type `Verdict` over `error`, a reference to the failure.
///
/// | keys | verdict |
/// |---|---|
/// | none | the error's own |
/// | `on` | transient where the pattern matches, with what the error itself knows of waiting |
/// | `when` | the function's, with the same |
/// | both | the function's where the pattern matches |
pub(crate) fn verdict(
    private: &TokenStream,
    args: &Args,
    returned: &Type,
    error: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let when = args.when.as_ref().map(|judge| {
        let function = quote_spanned!(site.located_at(judge.span())=> #private::when);
        quote_spanned!(site=> #function(#judge, #error))
    });
    let transient = quote_spanned!(site=> #private::Verdict::TRANSIENT);
    let decided = match (&args.on, when) {
        (None, None) => {
            let at = site.located_at(returned.span());
            let function = quote_spanned!(at=> #private::classified);
            return quote_spanned!(at=> #function(#error));
        }
        (None, Some(when)) => when,
        (Some(On { pattern: Pat::Wild(_), guard: None }), when) => when.unwrap_or(transient),
        (Some(On { pattern, guard }), when) => {
            let guard = guard.as_ref().map(|guard| quote_spanned!(site=> if #guard));
            let agreed = when.unwrap_or(transient);
            quote_spanned! {site=>
                if match #error {
                    #pattern #guard => true,
                    #[allow(unreachable_patterns)]
                    _ => false,
                } {
                    #agreed
                } else {
                    #private::Verdict::PERMANENT
                }
            }
        }
    };
    quote_spanned!(site=> #private::decided(#decided, || (&&#private::Probe(#error)).hint()))
}
