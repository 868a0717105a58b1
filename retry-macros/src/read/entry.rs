//! One key with its value, while it is read.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprUnary, Token, UnOp, token};

use super::keys::Key;
use super::values::Keyed;
use crate::diagnostics::Errors;

/// What a reader of values gets: the input behind `key =`, or from the parentheses of `key(…)` on.
pub(super) struct Entry<'a> {
    pub(super) key: &'static Key,
    pub(super) span: Span,
    /// Whether it is written `key(…)`.
    pub(super) is_list: bool,
    pub(super) input: ParseStream<'a>,
    /// For mistakes that need not end the reading of this value.
    pub(super) errors: &'a mut Errors,
}

impl Entry<'_> {
    /// What `read` reads, with the place of the key.
    pub(super) fn keyed<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> syn::Result<T>,
    ) -> syn::Result<Keyed<T>> {
        Ok(Keyed { key: self.span, value: read(self)? })
    }

    pub(super) fn parse<T: Parse>(&mut self) -> syn::Result<T> {
        self.input.parse()
    }

    /// As [`parse`](Self::parse), with `expected` for syn's message.
    pub(super) fn parse_or<T: Parse>(&mut self, expected: &str) -> syn::Result<T> {
        self.or(T::parse, expected)
    }

    /// As `parse`, with `expected` for syn's message.
    pub(super) fn or<T>(
        &mut self,
        parse: fn(ParseStream<'_>) -> syn::Result<T>,
        expected: &str,
    ) -> syn::Result<T> {
        self.input.call(parse).map_err(|error| syn::Error::new(error.span(), expected))
    }

    /// An expression; see [`setting`].
    pub(super) fn setting(&mut self) -> syn::Result<Expr> {
        setting(self.input)
    }

    /// `[…, …]`, one or more, and the brackets' place. `wrong` is the message for what is no `T`, and
    /// `empty` that for none.
    pub(super) fn list<T: Parse>(
        &mut self,
        wrong: &str,
        empty: &str,
    ) -> syn::Result<(Vec<T>, Span)> {
        let content;
        let span = syn::bracketed!(content in self.input).span.join();
        match Punctuated::<T, Token![,]>::parse_terminated(&content) {
            Ok(items) if items.is_empty() => Err(syn::Error::new(span, empty)),
            Ok(items) => Ok((items.into_iter().collect(), span)),
            Err(error) => {
                content.parse::<TokenStream>()?; // the rest is not to be reported again
                Err(syn::Error::new(error.span(), wrong))
            }
        }
    }

    /// `(url, body)`, names of arguments.
    pub(super) fn arguments(&mut self) -> syn::Result<Vec<Ident>> {
        const MESSAGE: &str = "`clone` lists arguments: `clone(url, body)`";
        if !self.input.peek(token::Paren) {
            return Err(syn::Error::new(self.span, MESSAGE));
        }
        let content;
        let parentheses = syn::parenthesized!(content in self.input);
        if content.is_empty() {
            return Err(syn::Error::new(parentheses.span.join(), MESSAGE));
        }
        let names = content.call(|content: ParseStream<'_>| {
            Punctuated::<Ident, Token![,]>::parse_terminated_with(content, |name| {
                if name.peek(Token![self]) { name.call(Ident::parse_any) } else { name.parse() }
            })
        });
        match names {
            Ok(names) => Ok(names.into_iter().collect()),
            Err(error) => {
                content.parse::<TokenStream>()?; // the rest is not to be reported again
                Err(syn::Error::new(error.span(), MESSAGE))
            }
        }
    }
}

/// An expression; a literal comes out of the invisible group in which `macro_rules!` hands on an
/// `$x:expr`.
pub(super) fn setting(input: ParseStream<'_>) -> syn::Result<Expr> {
    let value: Expr = input.parse()?;
    let mut inner = &value;
    while let Expr::Group(group) = inner {
        inner = &group.expr;
    }
    let literal = matches!(inner, Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }));
    Ok(if literal { inner.clone() } else { value })
}
