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

/// The module, by the library's version: expansions of another one name nothing in it.
const MODULE: &str = "__private_0_1_0";

/// Finds it: where `crate = …` says, else in `::persevere`.
pub(crate) fn import(krate: Option<&Path>) -> TokenStream {
    let site = Span::mixed_site();
    let module = Ident::new(MODULE, site);
    let module = krate.map_or_else(
        || quote_spanned!(site=> ::persevere::#module),
        |path| quote_spanned!(site=> #path::#module),
    );
    quote_spanned!(site=> use #module as #private;)
}

#[cfg(test)]
mod tests {
    use super::MODULE;

    #[test]
    fn the_module_is_called_after_the_version() {
        let version = env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_");
        assert_eq!(MODULE, format!("__private_{version}"));
    }
}
