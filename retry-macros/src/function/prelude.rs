//! Whether a function may stand where there is no prelude.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::Signature;

/// Whether a signature names the standard library from the root, as in `::std::result::Result`: code does
/// where `#![no_implicit_prelude]` leaves nothing in scope. Not even `#[diagnostic]` is there, so that the
/// library's own message says of an argument that it is used up, which does not have its name.
pub(crate) fn may_be_missing(signature: &Signature) -> bool {
    names_from_root(signature.to_token_stream())
}

fn names_from_root(tokens: TokenStream) -> bool {
    let mut is_name = false; // whether what comes before can be a path's beginning
    let mut colons = 0;
    let mut is_arrow = false; // whether a `>` would be that of `->`
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) if punct.as_char() == ':' => {
            colons += 1;
            false
        }
        TokenTree::Ident(ident) => {
            let is_root = colons >= 2 && (colons > 2 || !is_name) && ident == "std";
            (is_name, colons) = (true, 0);
            is_root
        }
        TokenTree::Punct(punct) => {
            (is_name, colons) = (punct.as_char() == '>' && !is_arrow, 0);
            is_arrow = punct.as_char() == '-';
            false
        }
        TokenTree::Group(group) => {
            (is_name, colons) = (false, 0);
            names_from_root(group.stream())
        }
        TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::may_be_missing;

    #[test]
    fn a_path_from_the_root_is_told_from_one_within_another() {
        for (signature, expected) in [
            ("fn f(x: u32) -> Result<u32, E>", false),
            ("fn f(x: u32) -> std::result::Result<u32, E>", false),
            ("fn f(x: my::std::X)", false),
            ("fn f(x: <T as A>::std)", false),
            ("fn f(x: u32) -> ::std::result::Result<u32, E>", true),
            ("fn f(x: ::std::string::String)", true),
            ("fn f(x: &dyn Fn() -> ::std::option::Option<u32>)", true),
            ("fn f<T: ::std::clone::Clone>(x: T)", true),
            ("fn f(x: ::serde::de::X) -> ::core::pin::Pin<P>", false),
        ] {
            let parsed = parse_str(signature).expect("it is a signature");
            assert_eq!(may_be_missing(&parsed), expected, "{signature}");
        }
    }
}
