//! Patterns and types that match all or nothing, or contradict each other.

use proc_macro2::Span;

use crate::diagnostics::Errors;
use crate::read::{Matcher, Values};

/// Reports each of them.
pub(super) fn all_or_nothing(values: &Values, returns_option: bool, errors: &mut Errors) {
    let mut refuse = |span: Span, message: &str| errors.push(syn::Error::new(span, message));
    if let Some(unless) = values.unless.as_ref().filter(|unless| unless.is_wild()) {
        refuse(
            unless.span(),
            "`unless = _` excludes every failure: name those that are not retried",
        );
    }
    if let Some(also) = values.also.as_ref().filter(|also| also.is_wild()) {
        refuse(also.span(), "`also = _` adds every failure: write `on = _`");
    } else if let Some(also) = values.also.as_ref().filter(|_| returns_option) {
        refuse(
            also.span(),
            "`also` adds to what an error says, and a `None` has no error: write `on = _` to retry it, \
             and leave `also` out",
        );
    } else if let (Some(also), Some(_)) = (&values.also, &values.on) {
        refuse(
            also.key,
            "`on` takes the place of what the error says, and `also` adds to it: write all in one, \
             `on = A | B`, or leave `on` out",
        );
    }
    if let Some(on_ok) = values.on_ok.as_ref().filter(|on_ok| on_ok.is_wild()) {
        refuse(on_ok.span(), "`on_ok = _` would retry every success: name the values to retry");
    }
    for matcher in [&values.on, &values.unless].into_iter().flatten() {
        match &matcher.value {
            Matcher::Types(_, span) if returns_option => {
                refuse(*span, "a `None` has no error whose type could match: remove this list");
            }
            _ => {}
        }
    }
}
