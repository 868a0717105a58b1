//! `#[derive(Classify)]`.
//!
//! ```text
//! enum Error {                            |  match self {
//!     #[retry(transient)] Busy,           |      Self::Busy { .. } => TRANSIENT,
//!     #[retry(forward)] Io(io::Error),    |      Self::Io { 0: field } => field.classify(),
//! }                                       |  }
//! ```

#[cfg(feature = "tasks")]
pub(crate) mod provide;
mod says;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Ident, Token, WherePredicate, parse_quote_spanned,
};

use self::says::{Kind, Says};
use crate::diagnostics::Errors;
use crate::function::crate_of;
use crate::library::{self, private};
use crate::write::stretch::Stretch;

/// Reads what stands in a derive's attribute: words, with a `,` between them, and perhaps after the last.
fn read_words(
    attribute: &Attribute,
    mut word: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    attribute.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            word(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })
}

/// Expands the derive; every mistake is reported.
pub(crate) fn classify(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let implementation = implementation(&input, &mut errors);
    if errors.is_empty() { implementation } else { errors.into_tokens() }
}

fn implementation(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let container = Says::read(&input.attrs, errors);
    let import = library::RETRIES.import(container.krate.as_ref());
    let mut arms = TokenStream::new();
    let mut bounds: Vec<WherePredicate> = Vec::new();
    let mut case = |name: TokenStream, says: &Says, fields: &Fields, errors: &mut Errors| {
        if let Some(arm) = arm(input, &name, says, fields, &mut bounds, errors) {
            arms.extend(arm);
        }
    };
    match &input.data {
        Data::Enum(data) => {
            container.check_default(errors);
            for variant in &data.variants {
                let own = Says::read(&variant.attrs, errors);
                own.refuse_krate(errors);
                let says = if own.is_blank() { &container } else { &own };
                if says.kind.is_none() && !own.has_errors && !container.has_errors {
                    errors.push(undecided(&input.ident, &variant.ident));
                }
                let name = &variant.ident;
                case(
                    quote_spanned!(Span::mixed_site()=> Self::#name),
                    says,
                    &variant.fields,
                    errors,
                );
            }
        }
        Data::Struct(data) => {
            if container.kind.is_none() && !container.has_errors {
                let name = &input.ident;
                let message = format!(
                    "`{name}` does not say whether it is retried: add `#[retry(transient)]`, \
                     `#[retry(throttled)]`, `#[retry(permanent)]`, `#[retry(forward)]` or \
                     `#[retry(when = function)]`"
                );
                errors.push(syn::Error::new(name.span(), message));
            }
            case(quote_spanned!(Span::mixed_site()=> Self), &container, &data.fields, errors);
        }
        Data::Union(data) => errors.at(data.union_token, "a union cannot be an error: use an enum"),
    }
    let name = &input.ident;
    let mut generics = input.generics.clone();
    generics.make_where_clause().predicates.extend(bounds);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #import
            #[automatically_derived]
            impl #parameters #private::Classify for #name #arguments #conditions {
                fn classify(&self) -> #private::Verdict {
                    #[allow(unused_variables, clippy::match_single_binding)]
                    match *self { #arms }
                }
            }
        };
    }
}

fn undecided(name: &Ident, variant: &Ident) -> syn::Error {
    let message = format!(
        "`{name}::{variant}` does not say whether it is retried: add `#[retry(transient)]`, \
         `#[retry(throttled)]`, `#[retry(permanent)]`, `#[retry(forward)]` or \
         `#[retry(when = function)]` to it, or a default such as `#[retry(permanent)]` to the enum"
    );
    syn::Error::new(variant.span(), message)
}

/// `pattern => verdict,`
fn arm(
    input: &DeriveInput,
    name: &TokenStream,
    says: &Says,
    fields: &Fields,
    bounds: &mut Vec<WherePredicate>,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let after = match &says.after {
        Some(after) => Some(says::field(fields, after, errors)?),
        None => None,
    };
    let bindings: Vec<Ident> =
        (0..fields.len()).map(|index| Ident::new(&format!("__field{index}"), site)).collect();
    let members = fields.members();
    let pattern = quote_spanned!(site=> #name { #(#members: ref #bindings),* });
    let verdict = match says.kind.as_ref()? {
        Kind::Permanent => quote_spanned!(site=> #private::Verdict::PERMANENT),
        Kind::Transient => quote_spanned!(site=> #private::Verdict::TRANSIENT),
        Kind::Throttled => quote_spanned!(site=> #private::Verdict::THROTTLED),
        Kind::Forward(member, span) => {
            let index = match member {
                Some(member) => says::field(fields, member, errors)?,
                None => says::only_source(fields, *span, errors)?,
            };
            let ty = fields.iter().nth(index).map(|field| field.ty.clone())?;
            if says::mentions_parameter(&ty, &input.generics) {
                bounds.push(parse_quote_spanned!(site=> #ty: #private::Classify));
            }
            let stretch = Stretch::over(&ty);
            let field = &bindings[index];
            let field = stretch.borrowed(&quote_spanned!(site=> *#field));
            stretch.call(&crate_of::for_error(&ty, "forwarded"), &field)
        }
        Kind::When(judge) => {
            let stretch = Stretch::over(judge);
            match &*bindings {
                [field] => {
                    let field = stretch.borrowed(&quote_spanned!(site=> *#field));
                    stretch.call("when", &quote_spanned!(site=> #judge, #field))
                }
                fields => {
                    let called = called(stretch, judge, fields);
                    stretch.call("into_verdict", &called)
                }
            }
        }
    };
    let verdict = match after {
        Some(index) => {
            let stretch = Stretch::over(&says.after);
            let field = &bindings[index];
            let field = stretch.borrowed(&quote_spanned!(site=> *#field));
            stretch.call("after", &quote_spanned!(site=> #verdict, #field))
        }
        None => verdict,
    };
    let verdict = match &says.at_most {
        Some(most) => {
            let most: u32 = most.base10_parse().ok()?;
            // Of a struct, the pattern is `Self`.
            let kind = format!("{}::{}", input.ident, name).replace(' ', "");
            quote_spanned!(site=> #private::Verdict::of_kind_at_most(#verdict, #kind, #most))
        }
        None => verdict,
    };
    Some(quote_spanned!(site=> #pattern => #verdict,).into_token_stream())
}

/// The judge called with several fields, by a function of our own, since a closure learns the
/// types of its arguments only from one that it is passed to.
fn called(stretch: Stretch, judge: &Expr, fields: &[Ident]) -> TokenStream {
    let site = Span::mixed_site();
    let types: Vec<Ident> =
        (0..fields.len()).map(|index| Ident::new(&format!("T{index}"), site)).collect();
    let parameters = types.iter().map(|ty| quote_spanned!(site=> #ty: ?#private::Sized));
    let call = stretch.call_own("__called", &quote_spanned!(site=> #judge, #(#fields),*));
    quote_spanned! {site=>
        {
            #[allow(clippy::too_many_arguments)]
            fn __called<#(#parameters,)* V>(
                judge: impl #private::FnOnce(#(&#types),*) -> V,
                #(#fields: &#types),*
            ) -> V {
                judge(#(#fields),*)
            }
            #call
        }
    }
}
