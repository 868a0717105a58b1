//! Collecting errors, so that all of an attribute's mistakes are reported at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Reports `message` at the whole of `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// As `compile_error!` invocations.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map_or_else(TokenStream::new, |errors| errors.to_compile_error())
    }
}

/// The tokens as people write them, for a message to quote.
pub(crate) fn as_written(tokens: &impl ToTokens) -> String {
    let marks = [
        (" :: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        ("[ ", "["),
        (" ]", "]"),
        (" ..= ", "..="),
    ];
    let spaced = tokens.to_token_stream().to_string();
    marks.iter().fold(spaced, |text, (from, to)| text.replace(from, to))
}
