//! The part of the library that expansions name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote_spanned};
use syn::Path;

/// The name under which [`import`] brings it into an expansion: `#private::Site` in a `quote!`.
#[allow(non_camel_case_types, reason = "it stands in quotations like a variable")]
#[derive(Clone, Copy)]
pub(crate) struct private;

impl ToTokens for private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new("__persevere", Span::mixed_site()));
    }
}

/// Finds it: where `crate = …` says, else in `::persevere`.
pub(crate) fn import(krate: Option<&Path>) -> TokenStream {
    let site = Span::mixed_site();
    let module = krate.map_or_else(
        || quote_spanned!(site=> ::persevere::__private),
        |path| quote_spanned!(site=> #path::__private),
    );
    quote_spanned!(site=> use #module as #private;)
}
