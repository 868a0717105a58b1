//! What a row keeps: a type that it cannot keep has one sentence, where the user wrote it, and no error of
//! serde's.
//!
//! A condition with a lifetime, even one that it does not use, is checked by those who call, not where it stands.
//!
//! ```text
//! #[serde(bound = "for<'__row> Rubric: Stored")]                     // serde's code takes it as given
//! impl Task for Evaluate where for<'__row> Self: Serialize + … { … } // and so does this
//! const _: fn() = || { stored::<Rubric>(); stored::<Report>(); };    // this alone is refused
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Meta, Type};

use crate::function::returned;
use crate::library::{TASKS, private};
use crate::plan::{Args, Task};
use crate::write::stretch::Stretch;

/// Types that every row keeps, as people spell them: nothing is asked about these.
const KEPT: [&str; 17] = [
    "String", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
    "i64", "i128", "isize", "f32", "f64",
];

/// Attributes of serde's by which a field is written or read in another way than its type is.
const OTHERWISE: [&str; 7] = [
    "with",
    "serialize_with",
    "deserialize_with",
    "skip",
    "skip_serializing",
    "skip_deserializing",
    "bound",
];

impl Task {
    /// `bound = "…"`, for serde: every type of a field that is asked about.
    pub(super) fn serde_bound(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let stored = TASKS.path(self.krate.as_ref());
        let stored = spelt(&quote_spanned!(site=> #stored::Stored));
        let bounds: Vec<_> = self
            .asked_about()
            .map(|ty| format!("for<'__row> {}: {stored}", ty.to_token_stream()))
            .collect();
        let bounds = bounds.join(", ");
        (!bounds.is_empty()).then(|| quote_spanned!(site=> , bound = #bounds))
    }

    /// What an `impl` takes as given, in its `where`.
    pub(super) fn assumed(&self) -> TokenStream {
        let site = Span::mixed_site();
        let output = self.asked_output();
        let output =
            output.map(|output| quote_spanned!(site=> for<'__row> #output: #private::Stored,));
        quote_spanned! {site=>
            for<'__row> Self: #private::serde::Serialize + #private::serde::de::DeserializeOwned,
            #output
        }
    }

    /// Asks about each type, once.
    pub(super) fn asked(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let elsewhere = match &self.args {
            Args::Elsewhere(ty) => Some(&**ty),
            Args::Made { .. } => None,
        };
        let arguments = elsewhere.into_iter().chain(self.asked_about());
        let asked = arguments.map(ToTokens::to_token_stream).chain(self.asked_output());
        let asked: Vec<_> = asked
            .map(|ty| {
                let stretch = Stretch::over(&ty);
                let stored = stretch.path("stored");
                quote_spanned!(stretch.end()=> #stored::<#ty>();)
            })
            .collect();
        (!asked.is_empty()).then(|| quote_spanned!(site=> const _: fn() = || { #(#asked)* };))
    }

    /// What it returns when it succeeds.
    fn asked_output(&self) -> Option<TokenStream> {
        (!is_kept(returned::value_of(&self.call.output))).then(|| self.output())
    }

    /// The types of the fields that serde writes as they are, each once.
    fn asked_about(&self) -> impl Iterator<Item = &Type> {
        let is_made = matches!(self.args, Args::Made { .. });
        let mut seen = std::collections::HashSet::new();
        self.owned()
            .filter(move |(owned, conditions)| {
                is_made
                    && conditions.is_empty()
                    && !is_kept(&owned.ty)
                    && !is_otherwise(&owned.attributes)
            })
            .map(|(owned, _)| &owned.ty)
            .filter(move |ty| {
                let text = ty.to_token_stream().to_string();
                // `$crate` of a macro stands in no text.
                !text.contains('$') && seen.insert(text)
            })
    }
}

fn is_kept(ty: &Type) -> bool {
    returned::is_nothing(ty)
        || matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(|name| KEPT.iter().any(|kept| name == kept)))
}

fn is_otherwise(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("serde") => list.tokens.clone().into_iter().any(
            |token| matches!(token, proc_macro2::TokenTree::Ident(word) if OTHERWISE.iter().any(|it| word == it)),
        ),
        _ => false,
    })
}

/// A path as serde reads it.
pub(super) fn spelt(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}
