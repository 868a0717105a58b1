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
    ///         let decision = <closure>;
    ///         match into_result(outcome) {        // so that only an error is lent out
    ///             Ok(value) => {
    ///                 if retry.is_some() { decide(decision, retry.take(), Succeeded); }
    ///                 break from_result(Ok(value));   // the happy path
    ///             }
    ///             Err(error) => {
    ///                 retry = decide(decision, retry.take(), Failed(&error));
    ///                 if retry.is_none() {
    ///                     break from_result(Err(error));
    ///                 }
    ///             }
    ///         }
    ///     }                                       // the failure does not live across the wait
    ///     <wait for retry>;
    /// }
    /// ```
    ///
    /// An outcome of which a reference goes out of line would have to stay in memory, and be copied
    /// from there piece by piece; taken apart, its value never leaves the happy path.
    pub(crate) fn tokens(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, parts, .. } = self;
        let bind::Bindings { kept, copied, .. } = parts;
        let timeline = self.timeline();
        let context = self.context();
        let attempt = self.attempt();
        let decision = self.decision();
        let on_value = self.on_value();
        let on_error = self.on_error();
        let wait = self.wait();
        let earlier = self
            .keeps_earlier()
            .then(|| quote_spanned!(site=> let mut __earlier = #private::None;));
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
                    let __decision = #private::decision(&__outcome, #decision);
                    match #private::Outcome::into_result(__outcome) {
                        #private::Ok(__value) => { #on_value }
                        #private::Err(__error) => { #on_error }
                    }
                }
                #wait;
            }
        }
    }

    /// What is done with an `Ok` value: it ends the loop, unless `on_ok` retries it.
    fn on_value(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let succeeded = self.decided(quote_spanned!(site=> Succeeded));
        let success = quote_spanned!(site=> #private::Outcome::from_result(#private::Ok(__value)));
        let ends = quote_spanned! {site=>
            if __retry.is_some() {
                let _ = #succeeded;
            }
            break #success;
        };
        let Some(on_ok) = &self.args.on_ok else { return ends };
        let again = on_ok.matches(private, &quote_spanned!(site=> (&__value)));
        let next = self.decided(quote_spanned!(site=> Again(&__value)));
        let keep = self.keep(&success);
        quote_spanned! {site=>
            if #again {
                __retry = #next;
                if __retry.is_none() {
                    break #success;
                }
                #keep
            } else {
                #ends
            }
        }
    }

    /// What is done with an error: it ends the loop, unless a retry follows.
    fn on_error(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let next = self.decided(quote_spanned!(site=> Failed(&__error)));
        let failure = quote_spanned!(site=> #private::Outcome::from_result(#private::Err(__error)));
        let keep = self.keep(&failure);
        let end = self.fallback().unwrap_or(failure);
        quote_spanned! {site=>
            __retry = #next;
            if __retry.is_none() {
                break #end;
            }
            #keep
        }
    }

    /// Keeps an outcome for the case that a later attempt is cut at the deadline.
    fn keep(&self, outcome: &TokenStream) -> Option<TokenStream> {
        let private = &self.private;
        self.keeps_earlier()
            .then(|| quote_spanned!(Span::mixed_site()=> __earlier = #private::Some(#outcome);))
    }

    pub(crate) fn hook(&self, hook: &Expr) -> TokenStream {
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

    /// What `fallback` makes of the error.
    fn fallback(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        let fallback = self.args.fallback.as_ref()?;
        let at = site.located_at(fallback.span());
        if self.blocking {
            let function = quote_spanned!(at=> #private::fallback_blocking);
            return Some(quote_spanned!(site=> #function(__error, #fallback)));
        }
        let function = quote_spanned!(at=> #private::fallback);
        Some(self.answer(at, &quote_spanned!(site=> #function(__error, #fallback))))
    }

    /// The stamp before the loop, for a deadline and for a body that asks for its `Attempt`.
    fn timeline(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        self.has_timeline().then(|| {
            let deadline = self.optional(self.args.deadline.as_ref());
            let mutable = self.keeps_earlier().then(|| quote_spanned!(site=> mut));
            quote_spanned!(site=> let #mutable __timeline = #private::Timeline::start(#deadline);)
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
