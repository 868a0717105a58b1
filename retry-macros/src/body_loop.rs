//! The backoff loop that takes the place of the function's body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::args::Args;
use crate::bind;
use crate::policy::{self, Setting};

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
    ///     {
    ///         let outcome = <attempt>;
    ///         if is_plain_success(&retry, &outcome, <on_ok>) {
    ///             break outcome;                  // the happy path
    ///         }
    ///         let mut outcome = outcome;            // a place of its own, whose address is taken
    ///         if !settle(&mut outcome, <on_ok>, <closure>) {  // out of line
    ///             break outcome;
    ///         }
    ///     }                                       // the failure does not live across the wait
    ///     <wait for retry>;
    /// }
    /// ```
    pub(crate) fn tokens(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, parts, .. } = self;
        let bind::Bindings { kept, copied, .. } = parts;
        let timeline = self.timeline();
        let context = self.context();
        let attempt = self.attempt();
        let (read_again, again) = (self.read_again(), self.again());
        let retries = self.retries();
        let end = self.end();
        let wait = self.wait();
        let (earlier, keep) = if self.keeps_earlier() {
            (
                Some(quote_spanned!(site=> let mut __earlier = #private::None;)),
                Some(quote_spanned!(site=> __earlier = #private::Some(__outcome);)),
            )
        } else {
            (None, None)
        };
        quote_spanned! {site=>
            #kept
            #timeline
            let mut __retry: #private::Option<#private::Retry> = #private::None;
            #earlier
            loop {
                {
                    #copied
                    #context
                    let __outcome = #attempt;
                    #read_again
                    if #private::is_plain_success(&__retry, &__outcome, #again) {
                        break __outcome;
                    }
                    let mut __outcome = __outcome;
                    if !#retries {
                        break #end;
                    }
                    #keep
                }
                #wait;
            }
        }
    }

    /// Whether a retry follows; hooks are called where there are any.
    ///
    /// ```text
    /// {
    ///     let told = settle(…);
    ///     if told.retries() { <on_retry>(&told.event).await; }
    ///     told.retries()
    /// }
    /// ```
    fn retries(&self) -> TokenStream {
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
            {
                let __told = #settle;
                #(#hooks)*
                __told.retries()
            }
        }
    }

    fn hook(&self, hook: &Expr) -> TokenStream {
        let private = &self.private;
        let site = Span::mixed_site();
        let at = site.located_at(hook.span());
        if self.blocking {
            return quote_spanned!(at=> #private::hook_blocking(&__told.event, #hook););
        }
        let function = quote_spanned!(at=> #private::hook);
        let answer = self.answer(at, &quote_spanned!(site=> #function(&__told.event, #hook)));
        quote_spanned!(at=> #private::Nothing::ignore(#answer);)
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
        let made = if self.blocking {
            let function = quote_spanned!(at=> #private::fallback_blocking);
            quote_spanned!(site=> #function(__error, #fallback))
        } else {
            let function = quote_spanned!(at=> #private::fallback);
            self.answer(at, &quote_spanned!(site=> #function(__error, #fallback)))
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

    /// Waits until the retry is due.
    fn wait(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match (&self.args.sleep, self.blocking) {
            (None, true) => quote_spanned!(site=> #private::sleep_blocking(&__retry)),
            (None, false) => quote_spanned!(site=> #private::sleep(&mut __retry).await),
            (Some(sleep), blocking) => {
                let at = site.located_at(sleep.span());
                let call = quote_spanned!(at=> (#sleep)(#private::delay_of(&__retry)));
                if blocking {
                    quote_spanned!(site=> let () = #call)
                } else {
                    quote_spanned! {at=>
                        let __sleep = #call;
                        #private::sleep_by(&mut __retry, __sleep).await
                    }
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
