//! `#[derive(Provide)]`: a state's fields, for the tasks that borrow them.
//!
//! ```text
//! struct App { client: Client }   |  impl Provide<Client> for App {
//!                                 |      fn provide(&self) -> &Client { &self.client }
//!                                 |  }
//! ```

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Data, DeriveInput, Path, Token};

use crate::diagnostics::Errors;
use crate::library::{TASKS, private};

/// Expands the derive; every mistake is reported.
pub(crate) fn provide(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let implementations = implementations(&input, &mut errors);
    if errors.is_empty() { implementations } else { errors.into_tokens() }
}

fn implementations(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let site = Span::mixed_site();
    let container = Says::read(&input.attrs, errors);
    if let Some(skip) = container.skip {
        let message = "`skip` goes on a field, whose type is then not provided";
        errors.push(syn::Error::new(skip, message));
    }
    let Data::Struct(data) = &input.data else {
        let message = "a worker's state is a struct, whose fields its tasks borrow: make this one";
        errors.push(syn::Error::new(input.ident.span(), message));
        return TokenStream::new();
    };
    let name = &input.ident;
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    let mut types = HashMap::new();
    let mut provided = TokenStream::new();
    for (member, field) in data.fields.members().zip(&data.fields) {
        let says = Says::read(&field.attrs, errors);
        if let Some(krate) = &says.krate {
            errors.at(krate, "`crate` goes on the struct");
        }
        if says.skip.is_some() {
            continue;
        }
        let ty = &field.ty;
        let shown = member.to_token_stream().to_string();
        if let Some(first) = types.insert(ty.to_token_stream().to_string(), shown.clone()) {
            let message = format!(
                "`{first}` and `{shown}` are of one type, so a task could mean either: put \
                 `#[provide(skip)]` above one of them, or give them types of their own"
            );
            errors.at(ty, message);
        }
        let cfgs = field.attrs.iter().filter(|it| it.path().is_ident("cfg"));
        provided.extend(quote_spanned! {site=>
            #(#cfgs)*
            #[automatically_derived]
            impl #parameters #private::Provide<#ty> for #name #arguments #conditions {
                fn provide(&self) -> &#ty {
                    &self.#member
                }
            }
        });
    }
    let import = TASKS.import(container.krate.as_ref());
    quote_spanned! {site=>
        const _: () = {
            #[allow(unused_imports)]
            #import
            #provided
        };
    }
}

/// What stands in `#[provide(…)]`.
#[derive(Default)]
struct Says {
    skip: Option<Span>,
    krate: Option<Path>,
}

impl Says {
    fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut says = Self::default();
        for attribute in attributes.iter().filter(|it| it.path().is_ident("provide")) {
            if let Err(error) = super::read_words(attribute, |input| says.word(input)) {
                errors.push(error);
            }
        }
        says
    }

    fn word(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        const EXPECTED: &str = "write `#[provide(skip)]` above a field that no task is to have, or \
                                `#[provide(crate = path)]` above the struct";
        let word = input.call(Ident::parse_any);
        let word = word.map_err(|error| syn::Error::new(error.span(), EXPECTED))?;
        match word.to_string().as_str() {
            "skip" => self.skip = Some(word.span()),
            "crate" => {
                let expected = |error: syn::Error| syn::Error::new(error.span(), EXPECTED);
                input.parse::<Token![=]>().map_err(expected)?;
                self.krate = Some(input.call(Path::parse_mod_style).map_err(expected)?);
            }
            _ => return Err(syn::Error::new(word.span(), EXPECTED)),
        }
        Ok(())
    }
}
