//! Writes a task: the function as it is, the struct that its row holds, and how a worker runs it.

mod row;
mod run;
mod stored;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Attribute;

use crate::library::{TASKS, private};
use crate::plan::{Args, Task};
use crate::write::layers::{layer, must_not_cut};

/// ```text
/// #[allow(…)]                                     // what clippy would have borrowed is owned or a state's
/// async fn evaluate_code(…) -> … { … }            // as it was written
///
/// #[derive(Serialize, Deserialize)]
/// struct EvaluateCode { … }                       // the owned arguments
///
/// const _: () = {
///     use ::persevere::… as private;
///     const _: fn() = || { stored::<Rubric>(); }; // what the row is to keep
///     impl Debug for EvaluateCode { … }           // which shows none of them
///     fn site() -> &'static Site { … }
///     fn upstream() -> &'static Upstream { … }
///     impl Task for EvaluateCode { … }            // what a row says of it
///     impl<S: Provide<Client>> Run<S> for EvaluateCode { … }
/// };
/// ```
pub(crate) fn task(task: &Task) -> TokenStream {
    let site = Span::mixed_site();
    let Task { function, conditions, krate, .. } = task;
    let import = TASKS.import(krate.as_ref());
    let arguments = task.arguments();
    let asked = task.asked();
    let debug = task.debug();
    let retry_site = task.site.tokens();
    let row = task.row();
    let run = task.run();
    let upstream = task.upstream();
    let deprecated = task.deprecation().map(|_| quote_spanned!(site=> #[allow(deprecated)]));
    quote_spanned! {site=>
        #[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
        #function
        #arguments
        #(#conditions)*
        #deprecated
        const _: () = {
            #import
            #asked
            #retry_site
            #upstream
            #debug
            #row
            #run
        };
    }
}

impl ToTokens for Args {
    /// The type's name.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Made { name, .. } => name.to_tokens(tokens),
            Self::Elsewhere(ty) => ty.to_tokens(tokens),
        }
    }
}

impl Task {
    /// What leads to the upstream.
    fn upstream(&self) -> Option<TokenStream> {
        let upstream = self.upstream.as_ref()?;
        let must_not_cut = self.must_not_cut.then(|| must_not_cut(upstream));
        let named = layer("upstream", upstream);
        Some(quote_spanned! {Span::mixed_site()=>
            #must_not_cut
            fn __upstream() -> &'static #private::Upstream {
                #named
            }
        })
    }

    /// The struct of the owned arguments.
    fn arguments(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Self { args: Args::Made { name, documentation }, conditions, krate, .. } = self else {
            return None;
        };
        let visibility = &self.function.visibility;
        let deprecated = self.deprecation();
        let function = &self.function.signature.ident;
        let fields = self.owned().map(|(owned, conditions)| {
            let attributes = &owned.attributes;
            let is_documented = attributes.iter().any(|it| it.path().is_ident("doc"));
            let text = format!("An argument of [`{function}`]({function}()).");
            let documentation = (!is_documented).then(|| quote_spanned!(site=> #[doc = #text]));
            let (name, ty) = (&owned.name, &owned.ty);
            quote_spanned!(site=> #(#conditions)* #documentation #(#attributes)* #visibility #name: #ty)
        });
        let module = TASKS.path(krate.as_ref());
        let serde = stored::spelt(&quote_spanned!(site=> #module::serde));
        let bound = self.serde_bound();
        Some(quote_spanned! {site=>
            #(#conditions)*
            #deprecated
            #[doc = #documentation]
            #[derive(#module::serde::Serialize, #module::serde::Deserialize)]
            #[serde(crate = #serde #bound)]
            #visibility struct #name { #(#fields),* }
        })
    }

    /// What warns those who use the function, and so those who enqueue a call of it.
    fn deprecation(&self) -> Option<&Attribute> {
        self.function.attributes.iter().find(|it| it.path().is_ident("deprecated"))
    }

    /// A `Debug` that shows no argument.
    fn debug(&self) -> Option<TokenStream> {
        let Args::Made { name, .. } = &self.args else { return None };
        let text = name.to_string();
        Some(quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            impl #private::fmt::Debug for #name {
                fn fmt(&self, f: &mut #private::fmt::Formatter<'_>) -> #private::fmt::Result {
                    #private::hidden(f, #text)
                }
            }
        })
    }
}
