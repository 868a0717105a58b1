//! Hooks and fallbacks: functions of the user's, which may be async in async functions.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::stretch::Stretch;
use crate::library::private;
use crate::plan::{Hook, Plan};

impl Plan {
    /// Calls `hook` with the event, and awaits what it returns, if that is a future.
    pub(super) fn hook(&self, hook: &Hook) -> TokenStream {
        let site = Span::mixed_site();
        let Hook { function, may_be_async } = hook;
        let at = site.located_at(function.span());
        let stretch = Stretch::over(function);
        let admission = self.admission();
        let event = quote_spanned!(site=> #admission &__event, #function);
        let mut answer = stretch.call(&self.holding("hook"), &event);
        if *may_be_async {
            answer = self.answer(at, &answer);
        }
        let ignored = stretch.call("nothing", &answer);
        quote_spanned!(site=> #ignored;)
    }

    /// Awaits what a hook or a fallback returned, if it is a future.
    fn answer(&self, at: Span, call: &TokenStream) -> TokenStream {
        let answer = quote_spanned!(at=> (&mut #private::Answer(#private::Some(#call))).__answer());
        let answer = match self.admission() {
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

    /// `&admission,` if the call names a bulkhead: hooks and fallbacks run while it holds its permit, as
    /// the body does.
    fn admission(&self) -> Option<TokenStream> {
        self.layers.bulkhead.as_ref().map(|_| quote_spanned!(Span::mixed_site()=> &__admission,))
    }

    /// The name of what calls a hook or a fallback, while the call holds its permit if it names a bulkhead.
    fn holding(&self, name: &str) -> String {
        if self.layers.bulkhead.is_some() { format!("{name}_holding") } else { name.to_owned() }
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
            let function = stretch.path(&self.holding("fallback_blocking"));
            return Some(quote_spanned!(at=> #function::<#output>(#admission __error, #fallback)));
        }
        let error = quote_spanned!(site=> #admission __error, #fallback);
        let answer = self.answer(at, &stretch.call(&self.holding("fallback"), &error));
        let function = stretch.path("instead");
        Some(quote_spanned!(at=> #function::<#output, _>(#answer)))
    }
}
