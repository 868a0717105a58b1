//! What is called out of line, when there is something to decide or report.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::remains;
use super::stretch::Stretch;
use crate::function::returned;
use crate::library::private;
use crate::plan::{Id, Plan, Site, SiteName};

/// `let call = …;`, a reference to a `Call`.
pub(super) enum LetCall {
    /// To a constant: made once, for success and failure.
    Once(TokenStream),
    /// Made in each arm that needs it, off the happy path.
    InArms(TokenStream),
}

impl LetCall {
    pub(super) fn once(&self) -> Option<&TokenStream> {
        match self {
            Self::Once(call) => Some(call),
            Self::InArms(_) => None,
        }
    }

    pub(super) fn in_arms(&self) -> Option<&TokenStream> {
        match self {
            Self::Once(_) => None,
            Self::InArms(call) => Some(call),
        }
    }
}

impl Plan {
    /// Ends the retry of a success after failures, and reports it.
    pub(super) fn succeeded(&self, call: &LetCall) -> TokenStream {
        let site = Span::mixed_site();
        let call = call.in_arms();
        let first = self.first_success();
        if self.hooks.success.is_none() && call.is_none() && first.is_none() {
            return quote_spanned!(site=> #private::succeeded(__call, &mut __retry););
        }
        let report = match &self.hooks.success {
            None => quote_spanned!(site=> #private::succeeded_late(__call, &mut __retry);),
            Some(hook) => {
                let hook = self.hook(hook);
                quote_spanned! {site=>
                    let __event = #private::Call::succeeded(__call, &mut __retry);
                    #hook
                    #private::end(&mut __retry);
                }
            }
        };
        quote_spanned! {site=>
            if #private::RetrySlot::is_filled(&__retry) {
                #call
                #report
            } #first
        }
    }

    /// Whether a retry follows, which `retry` then is. Decides, reports, and calls the hooks.
    ///
    /// ```text
    /// {
    ///     let call = …;                            // unless it is known
    ///     let verdict = …;                         // over error, a reference
    ///     failed(call, &mut retry, verdict, <text>)
    /// }
    /// ```
    ///
    /// With hooks or a fallback, the last line is
    ///
    /// ```text
    ///     let mut event = Call::failed(call, &mut retry, verdict, <text>);
    ///     if is_retried(&event) {
    ///         <on_retry>(&event).await;
    ///         call.call_off_if_late(&mut retry, &mut event); // the hook may have been slow
    ///     }
    ///     is_retried(&event)                       // with a fallback: (is_retried, is_answer)
    /// ```
    pub(super) fn goes_on(&self, call: &LetCall) -> TokenStream {
        let site = Span::mixed_site();
        let call = call.in_arms();
        let [failed, retried_value] = if self.sees_event() {
            [
                quote_spanned!(site=> #private::Call::failed),
                quote_spanned!(site=> #private::Call::again),
            ]
        } else {
            [quote_spanned!(site=> #private::failed), quote_spanned!(site=> #private::again)]
        };
        let attempt_failed = self.attempt_failed();
        let error = quote_spanned!(site=> __error);
        let verdict = self.judging.verdict_unless_refused(&error, &self.output.written);
        let verdict = self.judged(verdict);
        let again = quote_spanned!(site=> #private::polled((&&#private::Probe(__value)).__hint()));
        let attempt_polled = self.attempt_polled();
        let text = remains::text(&error);
        let failed = quote_spanned! {site=>
            #[allow(unused_imports)]
            use #private::ask::*;
            let __verdict = #verdict;
            #attempt_failed
            #failed(
                __call,
                &mut __retry,
                __verdict,
                #text,
            )
        };
        let event = if self.judging.on_ok.is_none() {
            quote_spanned!(site=> let __error = &__error; #failed)
        } else {
            quote_spanned! {site=>
                match &__rest {
                    #private::Ok(__value) => {
                        #[allow(unused_imports)]
                        use #private::ask::*;
                        let __polled = #again;
                        #attempt_polled
                        #retried_value(__call, &mut __retry, __polled)
                    }
                    #private::Err(__error) => { #failed }
                }
            }
        };
        if !self.sees_event() {
            return quote_spanned!(site=> { #call #event });
        }
        let mutable = self.hooks.retry.as_ref().map(|_| quote_spanned!(site=> mut));
        let on_retry = self.hooks.retry.as_ref().map(|hook| {
            let called = self.hook(hook);
            quote_spanned! {site=>
                if #private::is_retried(&__event) {
                    #called
                    #private::Call::call_off_if_late(__call, &mut __retry, &mut __event);
                }
            }
        });
        let on_give_up = self.hooks.give_up.as_ref().map(|hook| {
            let called = self.hook(hook);
            quote_spanned!(site=> if #private::is_given_up(&__event) { #called })
        });
        let retried = quote_spanned!(site=> #private::is_retried(&__event));
        let ends_how = match &self.fallback {
            None => retried,
            Some(_) => quote_spanned!(site=> (#retried, #private::is_answer(&__event))),
        };
        quote_spanned! {site=>
            {
                #call
                let #mutable __event = { #event };
                #on_retry
                #on_give_up
                #ends_how
            }
        }
    }

    /// Whether the function has something to ask an event, which then leaves the code out of line.
    pub(super) fn sees_event(&self) -> bool {
        !self.hooks.is_empty() || self.fallback.is_some()
    }

    /// `parts_of(&outcome)`
    pub(super) fn parts(&self) -> TokenStream {
        let stretch = self.at_output();
        let outcome = stretch.borrowed(&quote_spanned!(Span::mixed_site()=> __outcome));
        if self.output.may_be_future {
            return self.parts_of_any(&outcome);
        }
        stretch.call("parts_of", &outcome)
    }

    /// Where [`parts`](Self::parts) stands.
    pub(super) fn at_output(&self) -> Stretch {
        let written = || Stretch::over(&self.output.written);
        if self.output.may_be_future {
            returned::name(&self.output.written)
                .map_or_else(written, |name| Stretch::at(name.span()))
        } else {
            written()
        }
    }

    /// As [`parts`](Self::parts), of a type behind another name: it may be a future.
    fn parts_of_any(&self, outcome: &TokenStream) -> TokenStream {
        let stretch = self.at_output();
        let probe = stretch.call("Probe", outcome);
        let parts = stretch.method(
            &quote_spanned!(Span::mixed_site()=> (&#probe)),
            "__parts",
            &TokenStream::new(),
        );
        quote_spanned! {Span::mixed_site()=>
            {
                #[allow(unused_imports)]
                use #private::spelt::*;
                #parts
            }
        }
    }

    /// `more` is what the call has beyond that after a failure.
    pub(super) fn call(&self, more: Option<&TokenStream>) -> LetCall {
        let site = Span::mixed_site();
        let policy = self.call.policy.reference();
        if self.call.is_constant {
            return LetCall::Once(quote_spanned! {site=>
                let __call = const { &#private::Call::new(__retry_site, #policy) };
            });
        }
        let layers = self.with_layers();
        let chaos = self.with_chaos();
        let throttled = self.call.throttled.as_ref().map(|policy| {
            let throttled = policy.reference();
            quote_spanned!(site=> let __throttled = #throttled;)
        });
        let with_throttled =
            self.call.throttled.as_ref().map(|_| quote_spanned!(site=> .throttled(__throttled)));
        let id = self.call.id.as_ref().map(|id| {
            let text = id.text();
            quote_spanned!(site=> .id(#text))
        });
        let context = self.context.as_ref().map(|_| quote_spanned!(site=> .context(&__attempt)));
        let timeline =
            self.call.has_timeline.then(|| quote_spanned!(site=> .timeline(&__timeline)));
        // In statements of their own: a policy computed at run time must outlive the call.
        LetCall::InArms(quote_spanned! {site=>
            let __policy = #policy;
            #throttled
            let __call = &#private::Call::new(__retry_site, __policy)
                #with_throttled #id #context #timeline #layers #chaos #more;
        })
    }
}

impl Site {
    /// `fn site() -> &'static Site`, under a name that shadows nothing of the user's: an item has no
    /// hygiene. A function, since a constant call refers to it: see `Caller` of the runtime.
    pub(super) fn tokens(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { name, policy, also } = self;
        let also = also.as_ref().map(|also| quote_spanned!(site=> .with_also(&#also)));
        let name = match name {
            SiteName::Given(name) => quote_spanned!(site=> #private::Name::given(#name)),
            SiteName::InModule(function) => quote_spanned! {site=>
                #private::Name::in_module(
                    #private::concat!(#private::module_path!(), "::", #function),
                    #function,
                )
            },
        };
        quote_spanned! {site=>
            fn __retry_site() -> &'static #private::Site {
                static SITE: #private::Site =
                    #private::Site::new(#name, #policy, #private::file!(), #private::line!()) #also;
                &SITE
            }
        }
    }
}

impl Id {
    /// It as text: borrowed from a variable or a field.
    pub(super) fn text(&self) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            Self::Value(id) => Stretch::over(id).call("owned_id", &id.to_token_stream()),
            Self::Place(id) => {
                let stretch = Stretch::over(id);
                let mut borrowed = stretch.mark('&');
                id.to_tokens(&mut borrowed);
                let borrowed = stretch.call("id", &borrowed);
                let text = remains::text(&quote_spanned!(site=> __id));
                quote_spanned! {site=>
                    {
                        #[allow(unused_imports)]
                        use #private::ask::*;
                        let __id = #borrowed;
                        #text
                    }
                }
            }
        }
    }
}
