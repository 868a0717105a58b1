//! Attributes beside `#[retry]` that have done their work already.

use proc_macro2::{TokenStream, TokenTree};

use super::Function;
use super::names::Names;

/// Whether `#[wasm_bindgen]` wrote the function, to describe another: it bears that one's attributes,
/// and what is wrong with them is reported there.
pub(crate) fn is_description(function: &Function) -> bool {
    let signature = &function.signature;
    signature.abi.is_some() && signature.ident.to_string().starts_with("__wbindgen_describe_")
}

/// Whether one of tokio's attributes made a blocking function of an async one.
pub(crate) fn is_made_blocking(body: &Names) -> bool {
    // What they write, down to the lints that they allow.
    let by_tokio = ["body", "block_on", "Builder", "enable_all", "diverging_sub_expression"];
    by_tokio.iter().all(|name| body.has(name))
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
