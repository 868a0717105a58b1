//! Values without a key, as people write them who expect the attribute to know what they are.

use proc_macro2::{Ident, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Lit, Path, Token, token};

use super::attribute::Given;
use super::duration;
use super::schedule::Preset;
use crate::diagnostics::as_written;

/// What to write instead of a value that stands where a key belongs, after the key `before`.
pub(super) fn refused(
    attribute: &str,
    before: Option<&Given>,
    input: ParseStream<'_>,
) -> Option<syn::Error> {
    let ahead = input.fork();
    if ahead.peek(Lit) {
        return Some(literal(attribute, &ahead.parse().ok()?, &ahead));
    }
    if ahead.peek(Token![_]) {
        return Some(input.error("write `on = _`, which retries every error"));
    }
    if ahead.peek(Ident::peek_any) {
        return name(before, &ahead);
    }
    let message = if ahead.peek(Token![|]) || ahead.peek(Token![||]) {
        "a function stands behind a key: `when = |error| …` decides what is retried, and `on_retry = \
         |event| …` is called before each wait"
    } else if ahead.peek(token::Bracket) {
        "a list stands behind a key: `on = [Type, …]` has the types of errors to retry, and `policy = \
         [\"1s\", \"5s\"]` the waits"
    } else {
        "expected a key, such as `policy = \"aggressive\"`"
    };
    Some(input.error(message))
}

fn literal(attribute: &str, literal: &Lit, after: ParseStream<'_>) -> syn::Error {
    let message = match literal {
        Lit::Str(text) if after.peek(Token![=]) || after.peek(Token![:]) => {
            format!("a key has no quotes: write `{} = …`", text.value())
        }
        Lit::Str(text) if duration::of_text(&text.value()).is_some() => format!(
            "write `base_delay = {0:?}` for the first wait, `timeout = {0:?}` for an attempt, or \
             `deadline = {0:?}` for the call",
            text.value()
        ),
        Lit::Str(text) => format!("write `#[{attribute}(policy = {:?})]`", text.value()),
        Lit::Int(number) => format!(
            "write `#[{attribute}(max_retries = {number})]`, which does not count the first attempt"
        ),
        _ => "expected a key, such as `policy = \"aggressive\"`".to_owned(),
    };
    syn::Error::new(literal.span(), message)
}

/// A word that is no key, since no `=` follows it; `None`, where it may be one.
fn name(before: Option<&Given>, ahead: ParseStream<'_>) -> Option<syn::Error> {
    let start = ahead.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    let text = word.unraw().to_string();
    let is_path = ahead.peek(Token![::]);
    let ends = ahead.is_empty() || ahead.peek(Token![,]);
    let is_upper = text.starts_with(char::is_uppercase);
    let has_fields = ahead.peek(token::Paren) || ahead.peek(token::Brace);
    let continues = ends || has_fields || ahead.peek(Token![|]) || ahead.peek(Token![if]);
    if !(is_path || ends || is_upper && continues) {
        return None;
    }
    let mut written = if is_path {
        start.call(Path::parse_mod_style).ok()?.to_token_stream()
    } else {
        start.call(Ident::parse_any).ok()?.to_token_stream()
    };
    let path = as_written(&written);
    if start.peek(token::Paren) || start.peek(token::Brace) {
        written.extend(start.parse::<TokenTree>());
    }
    let is_constant = |name: &str| name.len() > 1 && !name.contains(char::is_lowercase);
    let last = path.rsplit("::").next().unwrap_or(&path);
    let message = if is_path || is_upper {
        let matcher = before.filter(|it| ["on", "unless", "also", "on_ok"].contains(&it.name()));
        match matcher {
            Some(given) => {
                let before = as_written(&given.entry);
                match before.strip_suffix(']') {
                    Some(types) => {
                        format!("all types stand in one list: write `{types}, {path}]`")
                    }
                    None => {
                        format!(
                            "alternatives are parts of one pattern: write `{before} | {}`",
                            as_written(&written)
                        )
                    }
                }
            }
            None if path.starts_with("Policy::") || is_constant(last) => format!(
                "a value stands behind its key: write `policy = {path}` if this is a policy, and \
                 `budget = …`, `breaker = …` or `upstream = …` for these"
            ),
            None => format!(
                "a value stands behind its key: write `on = {path}` for an error that is retried, or \
                 `on = [{path}]` for a type of erased errors"
            ),
        }
    } else if Preset::is_called(&text) {
        format!("write `policy = \"{text}\"`")
    } else if ["full", "equal", "decorrelated"].contains(&text.as_str()) {
        format!("write `jitter = \"{text}\"`")
    } else {
        return None;
    };
    Some(syn::Error::new_spanned(written, message))
}
