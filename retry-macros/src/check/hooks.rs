//! Hooks that write `event.error()` as a text.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Pat};

use crate::diagnostics::Errors;
use crate::read::Values;

/// Reports `println!("{}", event.error())` and `event.error().to_string()`.
pub(super) fn shown_errors(values: &Values, errors: &mut Errors) {
    let Values { on_retry, on_give_up, on_success, .. } = values;
    for hook in [on_retry, on_give_up, on_success].into_iter().flatten() {
        let Expr::Closure(closure) = &hook.value else { continue };
        let mut argument = closure.inputs.first();
        while let Some(Pat::Type(typed)) = argument {
            argument = Some(&typed.pat);
        }
        let Some(Pat::Ident(event)) = argument else { continue };
        let event = &event.ident;
        if let Some(error) = find(event, closure.body.to_token_stream()) {
            errors.at(
                error,
                format!(
                    "`error()` is an `Option`, since a retried value and a success have no error: show \
                     the event, `{{{event}}}`, or write `if let Some(error) = {event}.error()`"
                ),
            );
        }
    }
}

/// The first of them: the word `error`.
fn find(event: &Ident, tokens: TokenStream) -> Option<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match call_of_error(event, &tokens[at..]) {
            Some((error, [dot, TokenTree::Ident(method), ..]))
                if is_mark(dot, '.') && method == "to_string" =>
            {
                return Some(error);
            }
            _ => {}
        }
        let TokenTree::Group(group) = token else { continue };
        let is_macro = at > 1 && is_mark(&tokens[at - 1], '!');
        let shown = if is_macro { shown(event, group.stream()) } else { None };
        if let Some(error) = shown.or_else(|| find(event, group.stream())) {
            return Some(error);
        }
    }
    None
}

/// Among a macro's arguments: one that is `event.error()` and nothing else, where no `{:?}` may show it.
fn shown(event: &Ident, arguments: TokenStream) -> Option<Ident> {
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let arguments: Vec<&[TokenTree]> = tokens.split(|token| is_mark(token, ',')).collect();
    let format = arguments.iter().find_map(|argument| match argument {
        [TokenTree::Literal(text)] if text.to_string().starts_with('"') => Some(text.to_string()),
        _ => None,
    })?;
    if !format.contains("{}") || format.contains('?') {
        return None;
    }
    arguments.iter().find_map(|argument| match call_of_error(event, argument) {
        Some((error, [])) => Some(error),
        _ => None,
    })
}

/// `event.error()` at the start of `tokens`: the word `error`, and what follows.
fn call_of_error<'a>(event: &Ident, tokens: &'a [TokenTree]) -> Option<(Ident, &'a [TokenTree])> {
    match tokens {
        [
            TokenTree::Ident(name),
            dot,
            TokenTree::Ident(error),
            TokenTree::Group(arguments),
            rest @ ..,
        ] if name == event
            && is_mark(dot, '.')
            && error == "error"
            && arguments.delimiter() == Delimiter::Parenthesis
            && arguments.stream().is_empty() =>
        {
            Some((error.clone(), rest))
        }
        _ => None,
    }
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == mark)
}
