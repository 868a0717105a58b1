//! The `#[retry]` attribute of `persevere`. Use it through that crate, which re-exports it.

mod args;
mod bind;
mod contradiction;
mod diagnostics;
mod duration;
mod expand;
mod foreign;
mod future;
mod item;
mod policy;
mod returned;
mod shape;
mod suggest;
mod verdict;

#[cfg(test)]
#[path = "../../tests/expand/mod.rs"]
mod expand_tests;

use proc_macro::TokenStream;

#[doc = include_str!("../retry.md")]
#[proc_macro_attribute]
pub fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::retry(args.into(), item.into()).into()
}
