//! Whether a value matches a pattern or has one of some types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Pat, PatIdent, Type};

use super::stretch::Stretch;
use crate::library::private;
use crate::read::Matcher;

impl Matcher {
    /// A `bool`: whether `value`, a reference, matches.
    pub(super) fn matches(&self, value: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            _ if self.is_wild() => quote_spanned!(site=> true),
            Self::Pattern { pattern, guard, used_up } => {
                let guard = guard.as_ref().map(|guard| quote_spanned!(site=> if #guard));
                // What it binds is for what the caller gets in the end.
                let unused =
                    used_up.as_ref().map(|_| quote_spanned!(site=> #[allow(unused_variables)]));
                if self.is_constant() {
                    return constant(pattern, value);
                }
                let named = self.name().map(|name| {
                    let at = Stretch::at(name.span());
                    let named = at.call("named", &quote_spanned!(site=> #value, || #name));
                    quote_spanned!(site=> if false { #named; })
                });
                let matched = match named {
                    Some(named) => quote_spanned!(site=> { #named true }),
                    None => quote_spanned!(site=> true),
                };
                quote_spanned! {site=>
                    match #value {
                        #unused
                        #pattern #guard => #matched,
                        #[allow(unreachable_patterns)]
                        _ => false,
                    }
                }
            }
            Self::Types(types, span) => {
                let chain = chain(*span, value);
                let found = types.iter().map(|ty| {
                    let find = find(ty);
                    quote_spanned!(site=> #private::Option::is_some(&#find(__chain)))
                });
                quote_spanned!(site=> { #chain #(#found)||* })
            }
        }
    }

    /// The name that is the whole pattern, which may be a variant's or a constant's: if there is no such value,
    /// it matches everything.
    fn name(&self) -> Option<&Ident> {
        let Self::Pattern { pattern, guard: None, .. } = self else { return None };
        match &**pattern {
            Pat::Ident(PatIdent {
                by_ref: None, mutability: None, subpat: None, ident, ..
            }) => ident.to_string().starts_with(char::is_uppercase).then_some(ident),
            _ => None,
        }
    }

    /// Whether the whole pattern is a path that ends as constants do, in capitals.
    fn is_constant(&self) -> bool {
        let Self::Pattern { pattern, guard: None, .. } = self else { return false };
        let last = match &**pattern {
            Pat::Path(path) => path.path.segments.last().map(|it| &it.ident),
            _ => self.name(),
        };
        let last = last.map(Ident::to_string).unwrap_or_default();
        last.len() > 1 && !last.contains(char::is_lowercase)
    }

    /// What the caller gets of `__value`, which was waited for until the retries were used up.
    ///
    /// ```text
    /// match &value {
    ///     PATTERN if GUARD => used_up::<Ret>(VALUE),
    ///     _ => whole(Ok(value)),
    /// }
    /// ```
    pub(super) fn at_the_end(&self, output: &Type) -> TokenStream {
        let site = Span::mixed_site();
        let as_it_is = quote_spanned!(site=> __whole(#private::Ok(__value)));
        let Self::Pattern { pattern, guard, used_up: Some(used_up) } = self else {
            return as_it_is;
        };
        let at = site.located_at(used_up.span());
        let ended = Stretch::over(used_up).path("used_up");
        let guard = guard.as_ref().map(|guard| quote_spanned!(site=> if #guard));
        quote_spanned! {at=>
            match &__value {
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                #pattern #guard => #ended::<#output>(#used_up),
                #[allow(unreachable_patterns)]
                _ => #as_it_is,
            }
        }
    }

    /// A `Verdict`: that of what `also` matches, which a retry follows; else `verdict`.
    pub(super) fn added_to(&self, error: &TokenStream, verdict: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let hint = quote_spanned!(site=> (&&#private::Probe(#error)).__hint());
        if self.is_pattern() {
            let matches = self.matches(error);
            return quote_spanned! {site=>
                if #matches { #private::retried(#hint) } else { #verdict }
            };
        }
        let matched = self.verdict(error);
        quote_spanned! {site=>
            match #matched {
                #private::Some(__matched) => #private::decided(__matched, || #hint),
                #private::None => #verdict,
            }
        }
    }

    /// An `Option<Verdict>`: what to make of `error`, a reference, if it matches. An error found
    /// by its type says itself how long to wait.
    pub(super) fn verdict(&self, error: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let transient = quote_spanned!(site=> #private::Verdict::TRANSIENT);
        let Self::Types(types, span) = self else {
            let matches = self.matches(error);
            return quote_spanned! {site=>
                if #matches { #private::Some(#transient) } else { #private::None }
            };
        };
        let chain = chain(*span, error);
        let found = types.iter().map(|ty| {
            let find = find(ty);
            quote_spanned! {site=>
                if let #private::Some(__found) = #find(__chain) {
                    #private::Some(#private::decided(
                        #transient,
                        || (&&#private::Probe(__found)).__hint(),
                    ))
                } else
            }
        });
        quote_spanned!(site=> { #chain #(#found)* { #private::None } })
    }
}

/// Whether `value`, a reference, is a constant, which has the value's own type, and not that of the reference. A
/// function cannot see what the pattern would bind: there must be such a constant.
fn constant(pattern: &Pat, value: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        {
            fn __named() {
                let _ = #pattern;
            }
            match *#value {
                #pattern => true,
                #[allow(unreachable_patterns)]
                _ => false,
            }
        }
    }
}

/// `let __chain = …;`: the error that the types are looked for in.
fn chain(span: Span, error: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let value = quote_spanned!(site.located_at(span)=> (&&&#private::Probe(#error)).__error());
    quote_spanned! {site=>
        #[allow(unused_imports)]
        use #private::{ErrorBehind as _, ErrorByItself as _, NotAnError as _};
        let __chain = #value;
    }
}

fn find(ty: &Type) -> TokenStream {
    let at = Span::mixed_site().located_at(ty.span());
    quote_spanned!(at=> #private::find::<#ty>)
}
