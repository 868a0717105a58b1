//! The backoff loop that takes the place of the function's body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::args::Args;
use crate::bind;
use crate::policy::{self, Setting};
use crate::returned;
use crate::span::Stretch;

/// Everything that one loop is written from.
pub(crate) struct Loop<'a> {
    pub(crate) private: TokenStream,
    pub(crate) args: &'a Args,
    pub(crate) name: &'a Ident,
    /// What one attempt returns.
    pub(crate) output: &'a Type,
    pub(crate) blocking: bool,
    /// The body's opening brace, where the attempt's own tokens point.
    pub(crate) brace: Span,
    pub(crate) bindings: Vec<Ident>,
    pub(crate) parts: bind::Bindings,
    pub(crate) body: TokenStream,
}

impl Loop<'_> {
    pub(crate) fn braced(&self) -> TokenStream {
        let tokens = self.tokens();
        quote_spanned!(Span::mixed_site()=> { #tokens })
    }

    /// ```text
    /// let mut retry = None;                       // one empty pointer until something fails
    /// loop {
    ///     let next = {
    ///         let outcome = <attempt>;
    ///         match settle(retry, &outcome, <cold closure>) {
    ///             Some(next) => next,
    ///             None => break outcome,
    ///         }
    ///     };                                      // the failure does not live across the wait
    ///     retry = Some(<wait for next>);
    /// }
    /// ```
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { private, parts, .. } = self;
        let bind::Bindings { kept, copied, .. } = parts;
        let timeline = self.timeline();
        let context = self.context();
        let attempt = self.attempt();
        let next = self.next();
        let end = self.end();
        let wait = self.wait();
        let earlier = self
            .keeps_earlier()
            .then(|| quote_spanned!(Span::mixed_site()=> let mut __earlier = #private::None;));
        let keep = self
            .keeps_earlier()
            .then(|| quote_spanned!(Span::mixed_site()=> __earlier = #private::Some(__outcome);));
        let goes_on = match keep {
            Some(keep) => quote_spanned!(Span::mixed_site()=> { #keep __next }),
            None => quote_spanned!(Span::mixed_site()=> __next),
        };
        quote_spanned! {Span::mixed_site()=>
            #kept
            #timeline
            let mut __retry: #private::Option<#private::Retry> = #private::None;
            #earlier
            loop {
                let __next = {
                    #copied
                    #context
                    let __outcome = #attempt;
                    match #next {
                        #private::Some(__next) => #goes_on,
                        #private::None => break #end,
                    }
                };
                __retry = #private::Some(#wait);
            }
        }
    }

    /// An `Option<Retry>`: what is decided; hooks are called where there are any.
    ///
    /// ```text
    /// match settle(…) {
    ///     Some(told) => {
    ///         if told.retries() { <on_retry>(&told.event).await; }
    ///         told.next()
    ///     }
    ///     None => None,
    /// }
    /// ```
    fn next(&self) -> TokenStream {
        let private = &self.private;
        let settle = self.settle();
        if !self.has_hooks() {
            return settle;
        }
        let Args { on_retry, on_give_up, on_success, .. } = self.args;
        let hooks = [("retries", on_retry), ("gives_up", on_give_up), ("succeeds", on_success)];
        let hooks = hooks.into_iter().filter_map(|(happened, hook)| {
            let happened = Ident::new(happened, Span::mixed_site());
            let called = self.hook(hook.as_ref()?);
            Some(quote_spanned!(Span::mixed_site()=> if __told.#happened() { #called }))
        });
        quote_spanned! {Span::mixed_site()=>
            match #settle {
                #private::Some(__told) => {
                    #(#hooks)*
                    __told.next()
                }
                #private::None => #private::None,
            }
        }
    }

    fn hook(&self, hook: &Expr) -> TokenStream {
        let private = &self.private;
        let site = Span::mixed_site();
        let at = site.located_at(hook.span());
        let stretch = Stretch::over(hook);
        let event = quote_spanned!(site=> &__told.event, #hook);
        let mut answer = stretch.call(private, "hook", &event);
        if !self.blocking {
            answer = self.answer(at, &answer);
        }
        let ignored = stretch.call(private, "nothing", &answer);
        quote_spanned!(site=> #ignored;)
    }

    /// Awaits what a hook or a fallback returned, if it is a future.
    fn answer(&self, at: Span, call: &TokenStream) -> TokenStream {
        let private = &self.private;
        quote_spanned! {at=>
            {
                #[allow(unused_imports)]
                use #private::{AnswerLater as _, AnswerNow as _};
                (&mut #private::Answer(#private::Some(#call))).answer().await
            }
        }
    }

    /// What the loop ends with: the last outcome, or what `fallback` makes of its error.
    fn end(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let Some(fallback) = &self.args.fallback else {
            return quote_spanned!(site=> __outcome);
        };
        let at = site.located_at(fallback.span());
        let stretch = Stretch::over(fallback);
        let output = returned::inferring_impl_trait((*self.output).clone());
        let made = if self.blocking {
            let function = stretch.path(private, "fallback_blocking");
            quote_spanned!(at=> #function::<#output>(__error, #fallback))
        } else {
            let error = quote_spanned!(site=> __error, #fallback);
            let answer = self.answer(at, &stretch.call(private, "fallback", &error));
            let function = stretch.path(private, "instead");
            quote_spanned!(at=> #function::<#output, _>(#answer))
        };
        quote_spanned! {site=>
            match #private::Outcome::into_error(__outcome) {
                #private::Ok(__error) => #made,
                #private::Err(__outcome) => __outcome,
            }
        }
    }

    /// The stamp before the loop, for a deadline and for a body that asks for its `Attempt`.
    fn timeline(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        self.has_timeline().then(|| {
            let deadline = self.optional(self.args.deadline.as_ref());
            quote_spanned!(site=> let __timeline = #private::Timeline::start(#deadline);)
        })
    }

    /// The `Attempt` of each round.
    fn context(&self) -> Option<TokenStream> {
        let private = &self.private;
        let policy = self.policy();
        self.args.context.as_ref().map(|_| {
            quote_spanned! {Span::mixed_site()=>
                let __attempt = #private::Attempt::next(__timeline, #policy, __retry.as_ref());
            }
        })
    }

    /// An `Option<Duration>`.
    pub(crate) fn optional(&self, setting: Option<&Setting<std::time::Duration>>) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match setting {
            Some(setting) => {
                let duration = setting.duration(private);
                quote_spanned!(site=> #private::Some(#duration))
            }
            None => quote_spanned!(site=> #private::None),
        }
    }

    /// Waits for `__next` and hands it back.
    fn wait(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match (&self.args.sleep, self.blocking) {
            (None, true) => quote_spanned!(site=> #private::sleep_blocking(__next)),
            (None, false) => quote_spanned!(site=> #private::sleep(__next).await),
            (Some(sleep), blocking) => {
                let at = site.located_at(sleep.span());
                let call = quote_spanned!(at=> (#sleep)(__next.delay()));
                if blocking {
                    quote_spanned!(site=> { let () = #call; __next })
                } else {
                    quote_spanned!(at=> { let __sleep = #call; #private::sleep_by(__next, __sleep).await })
                }
            }
        }
    }

    pub(crate) fn policy(&self) -> TokenStream {
        let Args { policy, overrides, .. } = self.args;
        policy::policy(&self.private, policy.as_ref(), Some(overrides), &self.bindings)
    }

    pub(crate) fn has_hooks(&self) -> bool {
        let Args { on_retry, on_give_up, on_success, .. } = self.args;
        on_retry.is_some() || on_give_up.is_some() || on_success.is_some()
    }

    pub(crate) fn has_timeline(&self) -> bool {
        self.args.context.is_some() || self.args.deadline.is_some()
    }

    /// Whether a later attempt may be cut at the deadline, so that what an earlier one failed with
    /// must be kept.
    pub(crate) fn keeps_earlier(&self) -> bool {
        !self.blocking && self.args.deadline.is_some()
    }
}
