//! Names in tokens that are not parsed: which of them a body uses, and `self` under another name.

use std::collections::HashSet;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

/// The identifiers in a body, those in format strings (`"{name}"`) included.
pub(crate) struct Names(HashSet<String>);

impl Names {
    pub(crate) fn of(body: TokenStream) -> Self {
        let mut names = Self(HashSet::new());
        names.collect(body);
        names
    }

    pub(crate) fn contain(&self, ident: &Ident) -> bool {
        self.has(&ident.to_string())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn collect(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(ident) => {
                    self.0.insert(ident.to_string());
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    for placeholder in text.split('{').skip(1) {
                        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
                        let end = placeholder.find(|letter| !is_part(letter));
                        self.0.insert(placeholder[..end.unwrap_or(placeholder.len())].to_owned());
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// The attribute's keys with `original` for `self`, which an attempt uses up; `clone(self)` stays.
pub(crate) fn asking(original: &Ident, keys: TokenStream) -> TokenStream {
    with_self_as(original, &["clone"], keys)
}

/// A body with `name` for its `self`; the `self` of an `impl` or a trait in it is another's.
pub(crate) fn renaming_self(name: &Ident, body: TokenStream) -> TokenStream {
    with_self_as(name, &["impl", "trait"], body)
}

/// `tokens` with `name` for the value `self`, except in the group that follows one of `except`.
///
/// The `self` of a path (`self::name`), of an import and of a visibility names a module.
fn with_self_as(name: &Ident, except: &[&str], tokens: TokenStream) -> TokenStream {
    let mut renamed = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let (mut is_import, mut is_excepted, mut is_visibility) = (false, false, false);
    while let Some(token) = tokens.next() {
        let token = match token {
            TokenTree::Group(group) => {
                let is_kept = is_excepted || is_import || is_visibility;
                (is_excepted, is_visibility) = (false, false);
                let contents = group.stream();
                let contents =
                    if is_kept { contents } else { with_self_as(name, except, contents) };
                let mut rebuilt = Group::new(group.delimiter(), contents);
                rebuilt.set_span(group.span());
                TokenTree::Group(rebuilt)
            }
            TokenTree::Ident(ident) if ident == "self" => {
                let mut after = tokens.clone();
                let is_colon = |token: Option<TokenTree>| matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
                let is_path = is_colon(after.next()) && is_colon(after.next());
                if is_path || is_import {
                    TokenTree::Ident(ident)
                } else {
                    let mut name = name.clone();
                    name.set_span(name.span().located_at(ident.span()));
                    TokenTree::Ident(name)
                }
            }
            TokenTree::Ident(ident) => {
                is_visibility = ident == "pub";
                is_import |= ident == "use";
                is_excepted |= except.iter().any(|word| ident == word);
                TokenTree::Ident(ident)
            }
            token => {
                if matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ';') {
                    (is_import, is_excepted) = (false, false);
                }
                token
            }
        };
        renamed.extend([token]);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use quote::quote;

    use super::*;

    fn renamed(body: TokenStream) -> String {
        renaming_self(&Ident::new("it", Span::call_site()), body).to_string()
    }

    #[test]
    fn self_is_renamed_where_it_is_a_value() {
        assert_eq!(
            renamed(quote!(m!(self, { self.x }); |a| self[0].go(a))),
            quote!(m!(it, { it.x }); |a| it[0].go(a)).to_string()
        );
    }

    #[test]
    fn the_self_of_paths_imports_visibilities_and_inner_impls_stays() {
        let kept = quote! {
            use self::a::{self, b};
            use c::{self};
            self::name(1);
            pub(self) struct S;
            impl S { fn go(self) { self.x } }
            trait T { fn go(&self) { self.x() } }
        };
        assert_eq!(renamed(kept.clone()), kept.to_string());
        let after = quote!(#kept self.x);
        assert_eq!(renamed(after), quote!(#kept it.x).to_string());
    }

    #[test]
    fn clone_keeps_its_self() {
        let keys = quote!(clone(self), when = |e| self.judge(e), on_retry = self::log);
        let asking = asking(&Ident::new("it", Span::call_site()), keys);
        let expected = quote!(clone(self), when = |e| it.judge(e), on_retry = self::log);
        assert_eq!(asking.to_string(), expected.to_string());
    }
}
