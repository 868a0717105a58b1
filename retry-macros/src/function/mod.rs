//! The annotated item: its signature parsed, its body left as raw tokens, so that editors keep
//! completing in half-typed code.

pub(crate) mod arguments;
pub(crate) mod body;
pub(crate) mod borrowed;
pub(crate) mod crate_of;
pub(crate) mod form;
mod future;
#[cfg(feature = "tasks")]
pub(crate) mod given;
pub(crate) mod impl_block;
pub(crate) mod names;
pub(crate) mod neighbours;
pub(crate) mod prelude;
pub(crate) mod returned;
pub(crate) mod uses;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Signature, Token, Visibility};

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

/// What an attribute says to an item that it cannot go on.
pub(crate) struct Misplaced {
    bodiless: &'static str,
    on_trait: &'static str,
    on_mod: &'static str,
    on_type: &'static str,
    elsewhere: &'static str,
}

/// What `#[retry]` says.
pub(crate) const RETRIED: Misplaced = Misplaced {
    bodiless: "a function without a body has nothing to retry: put `#[retry]` on its \
               implementations",
    on_trait: "`#[retry]` goes on a function: put it on the methods of this trait that have a \
               body, or on their implementations",
    on_mod: "`#[retry]` goes on a function: put it on each function of this module that should be \
             retried",
    on_type: "`#[retry]` goes on a function; to classify an error, put `#[derive(Classify)]` above \
              this",
    elsewhere: "`#[retry]` goes on a function: put it on the one that should be retried",
};

/// What `#[task]` says.
#[cfg(feature = "tasks")]
pub(crate) const TASK: Misplaced = Misplaced {
    bodiless: "a function without a body has nothing for a worker to run: put `#[task]` on a \
               function that has one",
    on_trait: "`#[task]` goes on a function outside of traits: a worker has no value to call this \
               on",
    on_mod: "`#[task]` goes on a function: put it on each function of this module that a worker is \
             to run",
    on_type: "`#[task]` goes on a function, which names this struct by `args = …`",
    elsewhere: "`#[task]` goes on a function: put it on the one that a worker is to run",
};

/// Parses the annotated item; an error says what the attribute goes on instead.
pub(crate) fn parse(item: TokenStream, misplaced: &Misplaced) -> syn::Result<Function> {
    (|input: ParseStream<'_>| function(input, misplaced)).parse2(item)
}

fn function(input: ParseStream<'_>, misplaced: &Misplaced) -> syn::Result<Function> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    refuse_other_items(input, misplaced)?;
    let signature: Signature = input.parse()?;
    if input.peek(Token![;]) || input.is_empty() {
        return Err(syn::Error::new(signature.ident.span(), misplaced.bodiless));
    }
    let body = body(&input.parse()?)?;
    Ok(Function { attributes, visibility, signature, body })
}

/// The braces and what is in them; a `macro_rules!` argument `$body:block` hides them in a group
/// without delimiters.
fn body(token: &TokenTree) -> syn::Result<Group> {
    if let TokenTree::Group(group) = token {
        match group.delimiter() {
            Delimiter::Brace => return Ok(group.clone()),
            Delimiter::None => {
                let mut inner = group.stream().into_iter();
                if let (Some(only), None) = (inner.next(), inner.next()) {
                    return body(&only);
                }
            }
            Delimiter::Parenthesis | Delimiter::Bracket => {}
        }
    }
    Err(syn::Error::new(token.span(), "expected the function's body"))
}

/// Says in one sentence where the attribute goes instead.
fn refuse_other_items(input: ParseStream<'_>, misplaced: &Misplaced) -> syn::Result<()> {
    let ahead = input.fork();
    let mut words = Vec::new();
    while let Ok(word) = ahead.call(Ident::parse_any) {
        if word == "extern" {
            ahead.parse::<Option<LitStr>>()?; // its ABI
        }
        words.push(word);
    }
    let is = |name: &str| words.iter().any(|word| word == name);
    if is("fn") {
        return Ok(());
    }
    let message = if is("trait") {
        misplaced.on_trait
    } else if is("mod") {
        misplaced.on_mod
    } else if is("enum") || is("struct") {
        misplaced.on_type
    } else {
        misplaced.elsewhere
    };
    Err(words
        .first()
        .map_or_else(|| input.error(message), |word| syn::Error::new(word.span(), message)))
}

impl Function {
    /// Whether the body names `self`.
    pub(crate) fn names_self(&self) -> bool {
        let names = names::Names::of(self.body.stream());
        names.contain(&Ident::new("self", Span::call_site()))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, signature, body } = self;
        tokens.extend(quote::quote!(#(#attributes)* #visibility #signature #body));
    }
}
