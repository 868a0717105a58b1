//! Hooks and fallbacks: functions of the user's, which may be async in async functions.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, Stmt};

use crate::args::Args;
use crate::body_loop::Loop;
use crate::returned;
use crate::span::Stretch;

impl Loop<'_> {
    pub(crate) fn has_hooks(&self) -> bool {
        let Args { on_retry, on_give_up, on_success, .. } = self.args;
        on_retry.is_some() || on_give_up.is_some() || on_success.is_some()
    }

    /// Calls `hook` with the event, and awaits what it returns, if that is a future.
    pub(crate) fn hook(&self, hook: &Expr) -> TokenStream {
        let private = &self.private;
        let site = Span::mixed_site();
        let at = site.located_at(hook.span());
        let stretch = Stretch::over(hook);
        let place = self.place_of_call();
        let event = quote_spanned!(site=> #place &__told.event, #hook);
        let mut answer = stretch.call(private, &self.in_place("hook"), &event);
        if !self.blocking && !is_plain_closure(hook) {
            answer = self.answer(at, &answer);
        }
        let ignored = stretch.call(private, "nothing", &answer);
        quote_spanned!(site=> #ignored;)
    }

    /// Awaits what a hook or a fallback returned, if it is a future.
    fn answer(&self, at: Span, call: &TokenStream) -> TokenStream {
        let private = &self.private;
        let answer = quote_spanned!(at=> (&mut #private::Answer(#private::Some(#call))).__answer());
        let answer = match self.place_of_call() {
            Some(place) => quote_spanned!(at=> #private::held(#place #answer)),
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

    /// `&place,` if the call names a bulkhead: hooks and fallbacks run in its place, as the body does.
    fn place_of_call(&self) -> Option<TokenStream> {
        self.args.bulkhead.as_ref().map(|_| quote_spanned!(Span::mixed_site()=> &__place,))
    }

    /// The name of what calls a hook or a fallback, in the place of the call if it names a bulkhead.
    fn in_place(&self, name: &str) -> String {
        if self.args.bulkhead.is_some() { format!("{name}_within") } else { name.to_owned() }
    }

    /// What `fallback` makes of the error.
    pub(crate) fn fallback(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        let fallback = self.args.fallback.as_ref()?;
        let at = site.located_at(fallback.span());
        let stretch = Stretch::over(fallback);
        let output = returned::inferring_impl_trait((*self.output).clone());
        let place = self.place_of_call();
        if self.blocking || is_plain_closure(fallback) {
            let function = stretch.path(private, &self.in_place("fallback_blocking"));
            return Some(quote_spanned!(at=> #function::<#output>(#place __error, #fallback)));
        }
        let error = quote_spanned!(site=> #place __error, #fallback);
        let answer = self.answer(at, &stretch.call(private, &self.in_place("fallback"), &error));
        let function = stretch.path(private, "instead");
        Some(quote_spanned!(at=> #function::<#output, _>(#answer)))
    }
}

/// Whether `function` is a closure that is seen not to be async, so that nothing is to be awaited:
/// a future holds what lives across an await, and asks `Send` of it.
fn is_plain_closure(function: &Expr) -> bool {
    fn is_async(body: &Expr) -> bool {
        match body {
            Expr::Async(_) => true,
            Expr::Paren(inner) => is_async(&inner.expr),
            Expr::Group(inner) => is_async(&inner.expr),
            Expr::Block(block) => match block.block.stmts.last() {
                Some(Stmt::Expr(tail, None)) => is_async(tail),
                _ => false,
            },
            _ => false,
        }
    }
    match function {
        Expr::Closure(closure) => closure.asyncness.is_none() && !is_async(&closure.body),
        Expr::Paren(inner) => is_plain_closure(&inner.expr),
        Expr::Group(inner) => is_plain_closure(&inner.expr),
        _ => false,
    }
}
