//! `on`, `unless`, `on_ok`: a pattern with an optional guard, or a list of types.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Pat, Token, Type, token};

use crate::keys;

pub(crate) enum Matcher {
    /// `PATTERN` or `PATTERN if GUARD`.
    Pattern { pattern: Box<Pat>, guard: Option<Box<Expr>> },
    /// `[A, B]`: the error, or one in its source chain, is one of these.
    Types(Vec<Type>, Span),
}

impl Matcher {
    /// Parses the value of `key`.
    pub(crate) fn parse(input: ParseStream<'_>, key: &str) -> syn::Result<Self> {
        if !input.peek(token::Bracket) {
            return Self::pattern(input, key);
        }
        let content;
        let brackets = syn::bracketed!(content in input);
        let types = match Punctuated::<Type, Token![,]>::parse_terminated(&content) {
            Ok(types) => types,
            Err(error) => {
                content.parse::<TokenStream>()?; // the rest is not to be reported again
                let message = format!(
                    "brackets hold types: `{key} = [TimeoutError, io::Error]`; a pattern stands \
                     without them"
                );
                return Err(syn::Error::new(error.span(), message));
            }
        };
        if types.is_empty() {
            let message = format!(
                "`{key} = []` names no type: list some, as in `{key} = [io::Error]`, or remove it"
            );
            return Err(syn::Error::new(brackets.span.join(), message));
        }
        if input.peek(Token![if]) {
            let message = "a guard goes with a pattern; beside types, write `when = function`";
            let error = input.error(message);
            Self::guard(input)?; // not to be reported again
            return Err(error);
        }
        Ok(Self::Types(types.into_iter().collect(), brackets.span.join()))
    }

    /// Parses a pattern with an optional guard.
    pub(crate) fn pattern(input: ParseStream<'_>, key: &str) -> syn::Result<Self> {
        let start = input.fork();
        let parsed = input.call(Pat::parse_multi_with_leading_vert).and_then(|pattern| {
            let guard = Self::guard(input)?;
            Ok(Self::Pattern { pattern: Box::new(pattern), guard })
        });
        let ends = parsed.is_ok() && (input.is_empty() || input.peek(Token![,]));
        let here = match key {
            "on_ok" => "name what to match, as in `on_ok = value if value.is_pending()`",
            _ => "a function goes to `when`, which is asked about each failure",
        };
        if !ends && let Ok(closure) = start.parse::<ExprClosure>() {
            let message = format!("`{key}` is a pattern: {here}");
            return Err(syn::Error::new_spanned(closure, message));
        }
        if let Ok(Self::Pattern { pattern, .. }) = &parsed
            && let Pat::Or(either) = &**pattern
            && either.leading_vert.is_some()
            && either.cases.first().is_some_and(is_variable)
        {
            // `|error| true`, read as alternatives
            return Err(syn::Error::new_spanned(either, format!("`{key}` is a pattern: {here}")));
        }
        parsed.map_err(|error| {
            let end = error.to_string().starts_with("unexpected end of input");
            if end || !error.to_string().starts_with("expected one of") {
                return error;
            }
            let example = keys::example(key);
            let message = format!("expected a pattern, such as `{key} = {example}` or `{key} = _`");
            syn::Error::new(error.span(), message)
        })
    }

    fn guard(input: ParseStream<'_>) -> syn::Result<Option<Box<Expr>>> {
        match input.parse::<Option<Token![if]>>()? {
            Some(_) => Ok(Some(Box::new(input.parse()?))),
            None => Ok(None),
        }
    }

    /// Whether this is `_`, which matches everything.
    pub(crate) fn is_wild(&self) -> bool {
        matches!(self, Self::Pattern { pattern, guard: None } if matches!(**pattern, Pat::Wild(_)))
    }

    pub(crate) fn is_pattern(&self) -> bool {
        matches!(self, Self::Pattern { .. })
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Pattern { pattern, .. } => pattern.span(),
            Self::Types(_, span) => *span,
        }
    }

    /// A `bool`: whether `value`, a reference, matches.
    pub(crate) fn matches(&self, private: &TokenStream, value: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            _ if self.is_wild() => quote_spanned!(site=> true),
            Self::Pattern { pattern, guard } => {
                let guard = guard.as_ref().map(|guard| quote_spanned!(site=> if #guard));
                quote_spanned! {site=>
                    match #value {
                        #pattern #guard => true,
                        #[allow(unreachable_patterns)]
                        _ => false,
                    }
                }
            }
            Self::Types(types, span) => {
                let chain = chain(private, *span, value);
                let found = types.iter().map(|ty| {
                    let find = find(private, ty);
                    quote_spanned!(site=> #private::Option::is_some(&#find(__chain)))
                });
                quote_spanned!(site=> { #chain #(#found)||* })
            }
        }
    }

    /// An `Option<Verdict>`: what to make of `error`, a reference, if it matches. An error found
    /// by its type tells what it knows of waiting.
    pub(crate) fn verdict(&self, private: &TokenStream, error: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let transient = quote_spanned!(site=> #private::Verdict::TRANSIENT);
        let Self::Types(types, span) = self else {
            let matches = self.matches(private, error);
            return quote_spanned! {site=>
                if #matches { #private::Some(#transient) } else { #private::None }
            };
        };
        let chain = chain(private, *span, error);
        let found = types.iter().map(|ty| {
            let find = find(private, ty);
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

/// Whether the pattern only binds a name, as no other alternative can.
fn is_variable(pattern: &Pat) -> bool {
    let is_lowercase = |name: &str| name.trim_start_matches("r#").starts_with(char::is_lowercase);
    matches!(pattern, Pat::Ident(name) if is_lowercase(&name.ident.to_string()))
}

/// `let __chain = …;`: the error that the types are looked for in.
fn chain(private: &TokenStream, span: Span, error: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let value = quote_spanned!(site.located_at(span)=> (&&&#private::Probe(#error)).__error());
    quote_spanned! {site=>
        #[allow(unused_imports)]
        use #private::{ErrorBehind as _, ErrorByItself as _, NotAnError as _};
        let __chain = #value;
    }
}

fn find(private: &TokenStream, ty: &Type) -> TokenStream {
    let at = Span::mixed_site().located_at(ty.span());
    quote_spanned!(at=> #private::find::<#ty>)
}
