//! The `#[retry]` and `#[task]` attributes of `persevere`. Use them through that crate, which re-exports
//! them.

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
#[path = "tests/foreign_words_of_pages.rs"]
mod foreign_words_of_pages_tests;
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

#[cfg(feature = "tasks")]
#[doc = include_str!("../task.md")]
#[proc_macro_attribute]
pub fn task(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::task(args.into(), item.into()).into()
}

#[doc = include_str!("../classify.md")]
#[proc_macro_derive(Classify, attributes(retry))]
pub fn classify(item: TokenStream) -> TokenStream {
    derive::classify(item.into()).into()
}

#[cfg(feature = "tasks")]
#[doc = include_str!("../provide.md")]
#[proc_macro_derive(Provide, attributes(provide))]
pub fn provide(item: TokenStream) -> TokenStream {
    derive::provide::provide(item.into()).into()
}
