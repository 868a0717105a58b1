//! Hooks and fallbacks: functions of the user's, which may be async in async functions.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::stretch::Stretch;
use crate::library::private;
use crate::plan::{Hook, Plan};

impl Plan {
    /// Calls `hook` with the event, while the call holds its permit.
    pub(super) fn hook(&self, hook: &Hook) -> TokenStream {
        hook.called(self.admission().as_ref())
    }

    /// `&admission,` if the call names a bulkhead: hooks and fallbacks run while it holds its permit, as
    /// the body does.
    fn admission(&self) -> Option<TokenStream> {
        self.layers.bulkhead.as_ref().map(|_| quote_spanned!(Span::mixed_site()=> &__admission,))
    }

    /// What `fallback` makes of the error.
    pub(super) fn fallback(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Hook { function: fallback, may_be_async } = self.fallback.as_ref()?;
        let at = site.located_at(fallback.span());
        let stretch = Stretch::over(fallback);
        let output = &self.output.inferred;
        let admission = self.admission();
        if !may_be_async {
            let function = stretch.path(&holding("fallback_blocking", admission.as_ref()));
            return Some(quote_spanned!(at=> #function::<#output>(#admission __error, #fallback)));
        }
        let error = quote_spanned!(site=> #admission __error, #fallback);
        let call = stretch.call(&holding("fallback", admission.as_ref()), &error);
        let answer = answer(at, &call, admission.as_ref());
        let function = stretch.path("instead");
        Some(quote_spanned!(at=> #function::<#output, _>(#answer)))
    }
}

impl Hook {
    /// Calls it with `__event`, and awaits what it returns, if that is a future. `admission` names the
    /// call's permit, if it holds one.
    pub(super) fn called(&self, admission: Option<&TokenStream>) -> TokenStream {
        let site = Span::mixed_site();
        let Self { function, may_be_async } = self;
        let at = site.located_at(function.span());
        let stretch = Stretch::over(function);
        let event = quote_spanned!(site=> #admission &__event, #function);
        let mut returned = stretch.call(&holding("hook", admission), &event);
        if *may_be_async {
            returned = answer(at, &returned, admission);
        }
        let ignored = stretch.call("nothing", &returned);
        quote_spanned!(site=> #ignored;)
    }
}

/// Awaits what a hook or a fallback returned, if it is a future.
fn answer(at: Span, call: &TokenStream, admission: Option<&TokenStream>) -> TokenStream {
    let answer = quote_spanned!(at=> (&mut #private::Answer(#private::Some(#call))).__answer());
    let answer = match admission {
        Some(admission) => quote_spanned!(at=> #private::held(#admission #answer)),
        None => answer,
    };
    quote_spanned! {at=>
        {
            #[allow(unused_imports)]
            use #private::{AnswerLater as _, AnswerNow as _};
            #answer.await
        }
    }
}

/// The name of what calls a hook or a fallback, while the call holds its permit if it names a bulkhead.
fn holding(name: &str, admission: Option<&TokenStream>) -> String {
    if admission.is_some() { format!("{name}_holding") } else { name.to_owned() }
}
