//! Attributes beside `#[retry]` whose work its loop would undo, or that have done theirs already.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ReturnType};

use crate::bind::{Binding, Mode};
use crate::diagnostics::Errors;
use crate::item::Function;
use crate::names::Names;
use crate::returned;

const TRACK_CALLER: &str = "`#[track_caller]` does not reach the body, which runs in a closure: \
                            remove it; where the caller's line is needed, put it on a function \
                            around this one, and hand `Location::caller()` over as an argument";

const WASM_BINDGEN: &str = "`#[wasm_bindgen]` stands above `#[retry]` and has copied it onto the \
                            function that JavaScript calls: put `#[wasm_bindgen]` below; for a \
                            method, put `#[retry]` on a function outside of its `impl`, and call \
                            that";

const TOKIO: &str = "`#[tokio::main]` or `#[tokio::test]` stands above `#[retry]` and has left a \
                     blocking function behind, which cannot have this: put it below";

const INSTRUMENT: &str = "`#[instrument]` stands above `#[retry]` and moves `self` into the first \
                          attempt: put it below";

/// Reports each attribute that stands on the wrong side.
pub(crate) fn check(function: &Function, errors: &mut Errors) {
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

/// Whether `#[wasm_bindgen]` wrote the function, to describe another: it bears that one's attributes,
/// and [`check`] has reported it there.
pub(crate) fn is_description(function: &Function) -> bool {
    let signature = &function.signature;
    signature.abi.is_some() && signature.ident.to_string().starts_with("__wbindgen_describe_")
}

/// What is wrong with a key of async functions, if one of tokio's attributes made a blocking one of an
/// async function.
pub(crate) fn made_blocking(body: &Names) -> Option<&'static str> {
    // What they write, down to the lints that they allow.
    let by_tokio = ["body", "block_on", "Builder", "enable_all", "diverging_sub_expression"];
    by_tokio.iter().all(|name| body.has(name)).then_some(TOKIO)
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

/// If `#[tracing::instrument]` stood above an async function: the names in the body that it has made
/// a future of, which moves what they stand for out of the next attempt's reach.
pub(crate) fn moved_by_instrument(body: TokenStream) -> Option<Names> {
    let mut tokens = body.into_iter();
    tokens.find(|it| matches!(it, TokenTree::Ident(it) if it == "__tracing_instrument_future"))?;
    tokens.find(|it| matches!(it, TokenTree::Ident(it) if it == "move"))?;
    match tokens.next()? {
        TokenTree::Group(future) => Some(Names::of(future.stream())),
        _ => None,
    }
}

/// Reports a `&mut self` that `#[tracing::instrument]` moves; what is taken by value may be `Copy`,
/// and is reported by its type.
pub(crate) fn check_instrumented(moved: &Names, bindings: &[Binding], errors: &mut Errors) {
    let receiver = bindings.iter().find(|binding| binding.ident == "self");
    if receiver.is_some_and(|it| it.mode == Mode::Unique) && moved.has("self") {
        errors.push(syn::Error::new(Span::call_site(), INSTRUMENT));
    }
}
