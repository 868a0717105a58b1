//! Which arguments a body uses by value, so that nothing of them is left for the next attempt.
//!
//! What is not certain from the tokens is left to the compiler: macros, names that something may have
//! bound anew, places that are only looked at.

mod methods;
#[cfg(test)]
mod tests;
mod walk;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Block, Stmt};

use self::walk::Walk;
use super::names::Names;

/// A place that the body uses by value: an argument, or a field of one.
pub(crate) struct Use {
    /// `x`, `x.field`
    pub(crate) place: TokenStream,
    pub(crate) by: By,
}

impl Use {
    /// Whether the argument itself is used, whatever its type is.
    pub(crate) fn is_whole(&self) -> bool {
        self.by == By::Value && self.place.clone().into_iter().count() == 1
    }
}

/// What takes the place by value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    /// Whatever its type is.
    Value,
    /// A method that takes what can be iterated over.
    IntoIter,
    /// A method that takes an iterator.
    Iterator,
    /// A method that takes an `Option` or a `Result`.
    Outcome,
    /// A method that takes what owns a text, a path or a list, or guards a value.
    Owner,
}

/// For each of `arguments`, the places of it that `body` uses by value; none where it is used as a
/// whole but that one. A call uses those up that are `called_once`.
pub(crate) fn of(
    body: &TokenStream,
    names: &Names,
    arguments: &[&Ident],
    called_once: &[&Ident],
) -> Vec<Vec<Use>> {
    let mut walk = Walk::new(arguments, called_once);
    // What a condition leaves out uses nothing up.
    let is_conditional = names.has("cfg") || names.has("cfg_attr");
    let is_used = arguments.iter().any(|argument| names.contain(argument));
    if is_used && !is_conditional {
        if let Some(statements) = statements(body.clone()) {
            walk.statements(&statements);
        }
    }
    walk.uses.into_iter().map(shortest).collect()
}

/// The statements of a body; `None` while it is being typed.
fn statements(body: TokenStream) -> Option<Vec<Stmt>> {
    let mut tokens = body.clone().into_iter();
    if let (Some(TokenTree::Group(only)), None) = (tokens.next(), tokens.next()) {
        if matches!(only.delimiter(), Delimiter::Brace | Delimiter::None) {
            return statements(only.stream());
        }
    }
    syn::parse::Parser::parse2(Block::parse_within, body).ok()
}

/// One use is enough if it is of the whole.
fn shortest(mut uses: Vec<Use>) -> Vec<Use> {
    match uses.iter().position(Use::is_whole) {
        Some(index) => vec![uses.swap_remove(index)],
        None => uses,
    }
}
