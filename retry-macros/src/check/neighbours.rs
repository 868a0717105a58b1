//! Attributes beside `#[retry]` whose work its loop would undo.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ReturnType};

use crate::diagnostics::Errors;
use crate::function::Function;
use crate::function::arguments::{Binding, Mode};
use crate::function::names::Names;
use crate::function::returned;

const TRACK_CALLER: &str = "`#[track_caller]` does not reach the body, which runs in a closure: \
                            remove it, or put it on a function that calls this one and passes \
                            `Location::caller()` as an argument";

const WASM_BINDGEN: &str = "`#[wasm_bindgen]` above `#[retry]` has copied it onto the function that \
                            JavaScript calls: put `#[wasm_bindgen]` below `#[retry]`; for a method, \
                            put `#[retry]` on a function outside of the `impl` and call that";

const INSTRUMENT: &str = "`#[instrument]` above `#[retry]` moves `self` into the first attempt: put \
                          `#[instrument]` below `#[retry]`";

/// A second `#[retry]` would retry what the first one has given up.
pub(super) fn twice(function: &Function, errors: &mut Errors) {
    let is_retry =
        |it: &&Attribute| it.path().segments.last().is_some_and(|it| it.ident == "retry");
    if let Some(second) = function.attributes.iter().find(is_retry) {
        let message = "`#[retry]` is given twice, so attempts would multiply: remove one of them";
        errors.push(syn::Error::new_spanned(second.path(), message));
    }
}

/// Reports each attribute that stands on the wrong side.
pub(super) fn wrong_side(function: &Function, errors: &mut Errors) {
    let Function { attributes, signature, .. } = function;
    let ReturnType::Type(_, output) = &signature.output else { return };
    if signature.abi.is_some() && returned::is_called(output, "WasmRet") {
        errors.push(syn::Error::new(Span::call_site(), WASM_BINDGEN));
    }
    // In a function that returns a future, what stands outside of its block still knows its caller.
    let is_blocking = signature.asyncness.is_none() && returned::output_of_future(output).is_none();
    for attribute in attributes.iter().filter(|_| is_blocking) {
        if let Some(track_caller) = track_caller(attribute) {
            errors.at(track_caller, TRACK_CALLER);
        }
    }
}

/// Reports a `&mut self` that `#[tracing::instrument]` moves; what is taken by value may be `Copy`,
/// and is reported by its type.
pub(super) fn moved_by_instrument(moved: &Names, bindings: &[Binding], errors: &mut Errors) {
    let receiver = bindings.iter().find(|binding| binding.ident == "self");
    if receiver.is_some_and(|it| it.mode == Mode::Unique) && moved.has("self") {
        errors.push(syn::Error::new(Span::call_site(), INSTRUMENT));
    }
}

/// `track_caller` in `#[track_caller]` and `#[cfg_attr(…, track_caller)]`.
fn track_caller(attribute: &Attribute) -> Option<TokenTree> {
    fn find(tokens: TokenStream) -> Option<TokenTree> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => find(group.stream()),
            TokenTree::Ident(ident) if ident == "track_caller" => Some(TokenTree::Ident(ident)),
            _ => None,
        })
    }
    let path = attribute.path();
    if path.is_ident("track_caller") || path.is_ident("cfg_attr") {
        find(attribute.meta.to_token_stream())
    } else {
        None
    }
}
