//! The `#[retry]` attribute of `persevere`. Use it through that crate, which re-exports it.

mod check;
mod derive;
mod diagnostics;
mod expand;
mod function;
mod library;
mod plan;
mod read;
mod suggest;
mod write;

#[cfg(test)]
#[path = "tests/direction.rs"]
mod direction_tests;
#[cfg(test)]
#[path = "tests/editors.rs"]
mod editors_tests;
#[cfg(test)]
#[path = "tests/mod.rs"]
mod expand_tests;
#[cfg(test)]
#[path = "tests/intact.rs"]
mod intact_tests;

use proc_macro::TokenStream;

#[doc = include_str!("../retry.md")]
#[doc = include_str!("../foreign_words.md")]
#[proc_macro_attribute]
pub fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::retry(args.into(), item.into()).into()
}

#[doc = include_str!("../classify.md")]
#[proc_macro_derive(Classify, attributes(retry))]
pub fn classify(item: TokenStream) -> TokenStream {
    derive::classify(item.into()).into()
}
