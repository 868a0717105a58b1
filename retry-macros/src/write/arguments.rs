//! What brings the arguments into each attempt.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Token;

use super::stretch::Stretch;
use crate::library::private;
use crate::plan::{Argument, Copied, Handing, OuterMut};

/// What stands around the body of one attempt.
#[derive(Default)]
pub(super) struct Bindings {
    /// Before the loop.
    pub(super) kept: TokenStream,
    /// At the start of each round, outside the attempt.
    pub(super) copied: TokenStream,
    /// Never run: asks for unique captures.
    pub(super) unique: TokenStream,
    /// First in the attempt.
    pub(super) rebound: TokenStream,
}

impl Bindings {
    pub(super) fn of(arguments: &[Argument]) -> Self {
        let mut bindings = Self::default();
        for argument in arguments {
            bindings.add(argument);
        }
        for argument in arguments.iter().filter(|argument| argument.is_moved) {
            bindings.unique.extend(argument.unmoved());
        }
        bindings
    }

    fn add(&mut self, argument: &Argument) {
        let site = Span::mixed_site();
        let Argument { name, mutability, conditions, .. } = argument;
        match &argument.handing {
            Handing::Captured => {}
            Handing::CopiedInside(copied) => {
                self.rebound.extend(argument.bound(*mutability, &copied.of(name)));
            }
            Handing::Assigned { copied, own } => {
                let copy = copied.of(own);
                self.kept.extend(quote_spanned!(site=> let #own = #name;));
                self.copied.extend(quote_spanned!(site=> #name = #copy;));
            }
            Handing::Copied { copied, own, is_kept } => {
                if *is_kept {
                    self.kept.extend(argument.bound(None, &name.to_token_stream()));
                }
                let copy = copied.of(name);
                self.copied.extend(quote_spanned!(site=> #(#conditions)* let #own = #copy;));
                self.rebound.extend(argument.bound(*mutability, &own.to_token_stream()));
            }
            Handing::Unique => {
                self.unique.extend(quote_spanned!(site=> #(#conditions)* let _ = &mut #name;));
            }
            Handing::UniqueSelf => {
                self.unique.extend(quote_spanned!(site=> let _ = &mut *#name;));
            }
            Handing::Reborrowed => {
                let reborrowed = quote_spanned!(site=> &mut *#name);
                self.rebound.extend(argument.bound(*mutability, &reborrowed));
            }
            Handing::Repinned(new) => {
                let pinned = quote_spanned!(site=> #private::Pin::as_mut(&mut #name));
                if new == name {
                    self.rebound.extend(argument.bound(*mutability, &pinned));
                } else {
                    self.rebound.extend(quote_spanned!(site=> let #mutability #new = #pinned;));
                }
            }
        }
    }
}

impl Argument {
    /// `let name = value;`
    fn bound(&self, mutability: Option<Token![mut]>, value: &TokenStream) -> TokenStream {
        let Self { name, conditions, lints, .. } = self;
        quote_spanned! {Span::mixed_site()=>
            #(#conditions)*
            #(#lints)*
            #[allow(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
            let #mutability #name = #value;
        }
    }

    /// Never run: asks that what a future of another attribute moves can be had again.
    fn unmoved(&self) -> TokenStream {
        let Self { name, conditions, .. } = self;
        let stretch = Stretch::at(name.span());
        let borrow = stretch.borrowed(&name.to_token_stream());
        let check = stretch.call("unmoved_argument", &borrow);
        quote_spanned!(Span::mixed_site()=> #(#conditions)* #check;)
    }
}

impl Copied {
    fn of(self, original: &impl ToTokens) -> TokenStream {
        let stretch = Stretch::at(self.asked_at);
        let borrow = stretch.borrowed(&original.to_token_stream());
        let function = if self.is_clone { "clone_argument" } else { "fresh_argument" };
        stretch.call(function, &borrow)
    }
}

impl ToTokens for OuterMut {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, mutability, allow } = self;
        tokens.extend(quote_spanned! {Span::mixed_site()=>
            #allow
            let #mutability #name = #name;
        });
    }
}
