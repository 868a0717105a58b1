//! Where generated code points, so that the compiler's own errors underline what the user wrote.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use crate::library::private;

/// A stretch of the user's code. Names keep the hygiene of generated code.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    start: Span,
    end: Span,
}

impl Stretch {
    /// From the first token of `tokens` to the last.
    pub(crate) fn over(tokens: &impl ToTokens) -> Self {
        let site = Span::mixed_site();
        let mut tokens = tokens.to_token_stream().into_iter();
        let Some(first) = tokens.next() else { return Self::at(site) };
        let last = tokens.last().unwrap_or_else(|| first.clone());
        let start = match first {
            TokenTree::Group(group) => group.span_open(),
            token => token.span(),
        };
        let end = match last {
            TokenTree::Group(group) => group.span_close(),
            token => token.span(),
        };
        Self { start: site.located_at(start), end: site.located_at(end) }
    }

    /// One token.
    pub(crate) fn at(span: Span) -> Self {
        let span = Span::mixed_site().located_at(span);
        Self { start: span, end: span }
    }

    /// Where it ends.
    pub(crate) fn end(self) -> Span {
        self.end
    }

    /// `private::name`.
    pub(crate) fn path(self, name: &str) -> TokenStream {
        let module = moved(&private.to_token_stream(), self.start);
        let name = Ident::new(name, self.end);
        quote_spanned!(self.end=> #module::#name)
    }

    /// `private::name(arguments)`.
    pub(crate) fn call(self, name: &str, arguments: &TokenStream) -> TokenStream {
        let function = self.path(name);
        quote_spanned!(self.end=> #function(#arguments))
    }

    /// A name of the expansion's own.
    pub(crate) fn own(self, name: &str) -> TokenStream {
        Ident::new(name, self.end).into_token_stream()
    }

    /// `name(arguments)`, for a function of the expansion's own.
    pub(crate) fn call_own(self, name: &str, arguments: &TokenStream) -> TokenStream {
        let name = Ident::new(name, self.end);
        quote_spanned!(self.end=> #name(#arguments))
    }

    /// `&value`.
    pub(crate) fn borrowed(self, value: &TokenStream) -> TokenStream {
        let mut tokens = self.mark('&');
        tokens.extend(moved(value, self.end));
        tokens
    }

    /// `value.name(arguments)`, the name at the end of the stretch.
    pub(crate) fn method(
        self,
        value: &TokenStream,
        name: &str,
        arguments: &TokenStream,
    ) -> TokenStream {
        let name = Ident::new(name, self.end);
        quote_spanned!(self.end=> #value.#name(#arguments))
    }

    /// A mark at the start of the stretch.
    pub(crate) fn mark(self, mark: char) -> TokenStream {
        let mut mark = Punct::new(mark, Spacing::Alone);
        mark.set_span(self.start);
        TokenTree::from(mark).into()
    }
}

/// `tokens`, all at `span`, each with the hygiene that it has.
fn moved(tokens: &TokenStream, span: Span) -> TokenStream {
    let moved = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.clone().into_iter().map(moved).collect()
}
