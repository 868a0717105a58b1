//! What editors send while code is typed: whatever it is, the macros answer without a panic and
//! hand back the user's own tokens.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use quote::quote;

use crate::function::impl_block;
use crate::read::RETRY;
use crate::{derive, expand};

/// Words that the macros or the grammar know, so that streams of them go deep.
const WORDS: &[&str] = &[
    "async",
    "fn",
    "impl",
    "pub",
    "const",
    "unsafe",
    "self",
    "Self",
    "mut",
    "let",
    "if",
    "for",
    "where",
    "dyn",
    "move",
    "enum",
    "struct",
    "union",
    "crate",
    "retry",
    "Result",
    "Option",
    "x",
    "policy",
    "on",
    "unless",
    "also",
    "when",
    "on_ok",
    "timeout",
    "deadline",
    "upstream",
    "budget",
    "bulkhead",
    "hedge",
    "max",
    "clone",
    "context",
    "name",
    "fallback",
    "on_retry",
    "doc",
    "max_retries",
    "queue",
    "formerly",
    "version",
    "from",
    "args",
    "keep",
    "unique",
    "priority",
    "max_crashes",
    "high",
    "skip",
    "Attempt",
    "transient",
    "throttled",
    "permanent",
    "forward",
    "after",
    "source",
    "_",
    "r#fn",
];
const MARKS: &[char] =
    &['#', ',', ';', '=', '|', '&', '<', '>', ':', '.', '!', '?', '-', '*', '+', '@', '$', '\''];
const DELIMITERS: &[Delimiter] =
    &[Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];

fn word(text: &str) -> TokenTree {
    match text.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()).into(),
        None => Ident::new(text, Span::call_site()).into(),
    }
}

/// Any tokens, balanced as the compiler hands them over.
fn tokens() -> impl Strategy<Value = TokenStream> {
    let leaf = prop_oneof![
        8 => select(WORDS).prop_map(word),
        // A lone quote is no token: the compiler sends it before a name only.
        6 => (select(MARKS), any::<bool>()).prop_map(|(mark, joint)| {
            let spacing = if joint || mark == '\'' { Spacing::Joint } else { Spacing::Alone };
            Punct::new(mark, spacing).into()
        }),
        1 => any::<u64>().prop_map(|number| Literal::u64_unsuffixed(number).into()),
        1 => (0.0..1e9).prop_map(|number| Literal::f64_unsuffixed(number).into()),
        1 => "[a-z0-9% ]{0,6}".prop_map(|text| Literal::string(&text).into()),
    ];
    let tree = leaf.prop_recursive(3, 24, 6, |inner| {
        (select(DELIMITERS), vec(inner, 0..6)).prop_map(|(delimiter, trees)| {
            TokenTree::Group(Group::new(delimiter, trees.into_iter().collect()))
        })
    });
    vec(tree, 0..12).prop_map(|trees| trees.into_iter().collect())
}

/// `key = tokens`, with keys of ours.
fn entries() -> impl Strategy<Value = TokenStream> {
    let keys: Vec<&str> = RETRY.keys().map(|key| key.name).collect();
    let entry = (select(keys), tokens()).prop_map(|(key, value)| {
        let key = word(key);
        quote!(#key = #value)
    });
    vec(entry, 0..4).prop_map(|entries| quote!(#(#entries),*))
}

fn arguments() -> impl Strategy<Value = TokenStream> {
    prop_oneof![
        tokens(),
        entries(),
        Just(quote!(max_retries = 3, on = _)),
        Just(quote!(policy = "aggressive",)),
    ]
}

/// A method of an `impl` block: the arguments of its mark, if it has one, and its body.
type Method = (Option<TokenStream>, TokenStream);

fn methods() -> impl Strategy<Value = Vec<Method>> {
    vec((proptest::option::of(arguments()), tokens()), 0..4)
}

/// The block, its methods marked or not.
fn block(methods: &[Method], marked: bool) -> TokenStream {
    let methods = methods.iter().map(|(own, body)| {
        let mark = own.as_ref().filter(|_| marked).map(|own| quote!(#[retry(#own)]));
        quote! {
            /// Fetches.
            #mark
            #[inline]
            pub async fn fetch(&self, id: u32) -> Result<u32, Error> { #body }
        }
    });
    quote!(impl<T> Client<T> where T: Send { #(#methods)* })
}

/// The block with the marks on its methods taken off.
fn unmarked(block: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = block.into_iter().collect();
    let Some(TokenTree::Group(methods)) = trees.pop() else { panic!("a block ends in braces") };
    let is_mark = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::Bracket
                && group.stream().to_string().starts_with("retry")
        }
        _ => false,
    };
    let mut kept = Vec::new();
    for tree in methods.stream() {
        if is_mark(&tree) {
            kept.pop(); // its `#`
        } else {
            kept.push(tree);
        }
    }
    let methods = Group::new(Delimiter::Brace, kept.into_iter().collect());
    trees.push(methods.into());
    trees.into_iter().collect()
}

fn is_refused(output: &TokenStream) -> bool {
    output.to_string().contains("compile_error")
}

proptest! {
    #[test]
    fn any_item_is_answered(arguments in arguments(), item in tokens()) {
        let output = expand::retry(arguments, item.clone());
        if is_refused(&output) && !impl_block::is_one(&item) {
            prop_assert!(output.to_string().ends_with(&item.to_string()));
        }
    }

    #[cfg(feature = "tasks")]
    #[test]
    fn any_item_is_answered_by_a_task(arguments in arguments(), item in tokens()) {
        let output = expand::task(arguments, item.clone());
        if is_refused(&output) {
            prop_assert!(output.to_string().ends_with(&item.to_string()));
        }
    }

    #[cfg(feature = "tasks")]
    #[test]
    fn a_task_survives_what_is_wrong_with_its_attribute(
        arguments in arguments(),
        body in tokens(),
    ) {
        let item = quote!(
            pub async fn fetch(client: &Client, id: u32) -> Result<u32, Error> { #body }
        );
        let output = expand::task(arguments, item.clone()).to_string();
        prop_assert!(output.contains(&item.to_string()));
    }

    #[cfg(feature = "tasks")]
    #[test]
    fn any_item_can_be_asked_to_provide(item in tokens()) {
        let output = derive::provide::provide(item);
        prop_assert!(syn::parse2::<syn::File>(output).is_ok());
    }

    #[test]
    fn any_impl_block_is_answered(arguments in arguments(), rest in tokens()) {
        expand::retry(arguments, quote!(impl #rest));
    }

    #[test]
    fn a_function_survives_what_is_wrong_with_its_attribute(
        arguments in arguments(),
        body in tokens(),
    ) {
        let item = quote!(pub async fn fetch(id: u32) -> Result<u32, Error> { #body });
        let output = expand::retry(arguments, item.clone());
        if is_refused(&output) {
            prop_assert!(output.to_string().ends_with(&item.to_string()));
        } else {
            prop_assert!(output.to_string().contains(&body.to_string()));
        }
    }

    #[test]
    fn half_typed_methods_survive(defaults in arguments(), methods in methods()) {
        let output = expand::retry(defaults, block(&methods, true));
        let plain = block(&methods, false).to_string();
        if is_refused(&output) {
            prop_assert!(output.to_string().ends_with(&plain));
        } else {
            prop_assert_eq!(unmarked(output).to_string(), plain);
        }
    }

    #[test]
    fn sound_defaults_reach_half_typed_methods(bodies in vec(tokens(), 1..4)) {
        let methods: Vec<Method> =
            bodies.into_iter().map(|body| (Some(TokenStream::new()), body)).collect();
        let output = expand::retry(quote!(max_retries = 3), block(&methods, true));
        prop_assert!(!is_refused(&output));
        let mark = quote!(#[retry(max_retries = 3)]).to_string();
        prop_assert_eq!(output.to_string().matches(&mark).count(), methods.len());
    }

    #[test]
    fn any_item_can_be_derived_for(item in tokens()) {
        let output = derive::classify(item);
        prop_assert!(syn::parse2::<syn::File>(output).is_ok());
    }

    #[test]
    fn any_words_and_fields_are_answered(
        default in proptest::option::of(tokens()),
        variants in vec((tokens(), tokens()), 0..4),
    ) {
        let default = default.map(|words| quote!(#[retry(#words)]));
        let variants = variants.iter().enumerate().map(|(index, (words, value))| {
            let name = Ident::new(&format!("V{index}"), Span::call_site());
            quote!(
                #[retry(#words)]
                #name(io::Error, Duration),
                #[retry(throttled, after = #value)]
                #[doc = "Two."]
                #name { source: E, wait: Duration },
            )
        });
        let output = derive::classify(quote!(#default enum Error<E> { #(#variants)* }));
        prop_assert!(syn::parse2::<syn::File>(output).is_ok());
    }
}
