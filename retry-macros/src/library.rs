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

/// A module of the library, by its version: expansions of another one name nothing in it.
#[derive(Clone, Copy)]
pub(crate) struct Module(&'static str);

/// What every expansion names.
pub(crate) const RETRIES: Module = Module("__private_0_1_0");
/// That, and what the expansion of a task names.
#[cfg(feature = "tasks")]
pub(crate) const TASKS: Module = Module("__tasks_0_1_0");

impl Module {
    /// Its path: where `crate = …` says, else in `::persevere`.
    pub(crate) fn path(self, krate: Option<&Path>) -> TokenStream {
        let site = Span::mixed_site();
        let module = Ident::new(self.0, site);
        krate.map_or_else(
            || quote_spanned!(site=> ::persevere::#module),
            |path| quote_spanned!(site=> #path::#module),
        )
    }

    /// Brings it into the expansion.
    pub(crate) fn import(self, krate: Option<&Path>) -> TokenStream {
        let module = self.path(krate);
        quote_spanned!(Span::mixed_site()=> use #module as #private;)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versioned(prefix: &str) -> String {
        format!("{prefix}_{}", env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_"))
    }

    #[test]
    fn a_module_is_called_after_the_version() {
        assert_eq!(RETRIES.0, versioned("__private"));
        #[cfg(feature = "tasks")]
        assert_eq!(TASKS.0, versioned("__tasks"));
    }
}
