//! What is kept of a failure during the wait after it, and what follows if that is cancelled.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::remains;
use crate::library::private;
use crate::plan::Plan;

impl Plan {
    /// What the wait after a failure keeps of it, at the end of its arm. A call that may be cut or refused
    /// keeps it in `earlier`, anyway.
    ///
    /// ```text
    /// keep_failure(<holder of error, by whether it is `Send`>, error)
    /// ```
    pub(super) fn held(&self, failure: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let can_end = self.can_end();
        if self.is_blocking {
            return self.across_the_wait(failure, &quote_spanned!(site=> __whole), &can_end);
        }
        let shape = quote_spanned!(site=> #private::shape_of(__whole));
        if self.keeps_earlier {
            return self.across_the_wait(failure, &shape, &can_end);
        }
        let kept = self.across_the_wait(
            &quote_spanned!(site=> #private::keep_failure(__holder, #failure)),
            &shape,
            &can_end,
        );
        quote_spanned! {site=>
            let __holder = {
                #[allow(unused_imports)]
                use #private::ask::*;
                (&&#private::Probe(&#failure)).__holder()
            };
            let __can_end = #private::can_end(&__holder, &#failure);
            #kept
        }
    }

    /// All that lives across the wait, as values; [`kept`](Self::kept) is the pattern.
    fn across_the_wait(
        &self,
        held: &TokenStream,
        whole: &TokenStream,
        can_end: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        match (self.keeps_earlier, self.is_blocking) {
            (true, _) => whole.clone(),
            (false, true) => quote_spanned!(site=> (#held, #whole)),
            (false, false) => quote_spanned!(site=> (#held, #whole, #can_end)),
        }
    }

    /// The pattern of what lives across the wait.
    pub(super) fn kept(&self) -> TokenStream {
        let site = Span::mixed_site();
        if self.ends_unseen() {
            return quote_spanned!(site=> __remains);
        }
        let whole = if self.is_blocking {
            quote_spanned!(site=> __whole)
        } else {
            quote_spanned!(site=> __shape)
        };
        self.across_the_wait(&quote_spanned!(site=> __held), &whole, &self.can_end())
    }

    /// What puts an outcome together after the wait.
    fn whole(&self) -> TokenStream {
        let site = Span::mixed_site();
        if self.is_blocking {
            return quote_spanned!(site=> __whole);
        }
        // Where the type is no outcome, one message stands at one place.
        let output = self.at_output();
        output.call("whole_of", &output.borrowed(&quote_spanned!(site=> __shape)))
    }

    /// Whether a word ends the wait.
    pub(super) fn can_end(&self) -> TokenStream {
        let site = Span::mixed_site();
        if self.keeps_earlier {
            quote_spanned!(site=> true)
        } else if self.ends_unseen() {
            quote_spanned!(site=> #private::can_be_ended(&__remains))
        } else {
            quote_spanned!(site=> __can_end)
        }
    }

    /// Waits, and ends a call whose wait was cancelled: reports that, and gives the caller the failure before.
    ///
    /// ```text
    /// let is_cancelled = <wait for retry>.await;
    /// if let Some(error) = failure_if(is_cancelled, held) {
    ///     cancelled(call, &mut retry, Some(<text>));
    ///     break whole_of(shape)(Err(error));      // or `break error`, to the fallback
    /// }
    /// ```
    pub(super) fn cancelled(&self) -> TokenStream {
        let site = Span::mixed_site();
        let waited = if self.is_blocking {
            let wait = self.wait();
            quote_spanned!(site=> let __is_cancelled = #wait;)
        } else {
            let at = self.sleep.as_ref().map_or(site, |sleep| site.located_at(sleep.span()));
            let wait = self.wait();
            let wait = quote_spanned!(at=> #wait.await);
            quote_spanned!(site=> let __is_cancelled = #wait;)
        };
        if self.ends_unseen() {
            return self.ended_unseen(&waited);
        }
        let whole = self.whole();
        let kept = match (self.keeps_earlier, self.is_blocking) {
            (true, _) => quote_spanned! {site=>
                if __is_cancelled { #private::Option::take(&mut __earlier) } else { #private::None }
            },
            (false, true) => quote_spanned! {site=>
                if __is_cancelled { #private::Some(__held) } else { #private::None }
            },
            (false, false) => quote_spanned!(site=> #private::failure_if(__is_cancelled, __held)),
        };
        let call_label = self.call_label();
        let text = remains::text(&quote_spanned!(site=> __error));
        let text = quote_spanned!(site=> #private::Some(#text));
        let (failure, text, end) = if self.judging.on_ok.is_none() {
            let end = match &self.fallback {
                None => quote_spanned! {site=>
                    #whole(#private::Err(__error))
                },
                Some(_) => quote_spanned!(site=> __error),
            };
            let text = quote_spanned!(site=> let __error = &__error; #text);
            ("__error", text, end)
        } else {
            let text = quote_spanned! {site=>
                match &__rest {
                    #private::Ok(_) => #private::None,
                    #private::Err(__error) => #text,
                }
            };
            let end = match &self.fallback {
                None => quote_spanned!(site=> #whole(__rest)),
                Some(_) => quote_spanned! {site=>
                    match __rest {
                        #private::Ok(__value) => {
                            break #call_label #whole(#private::Ok(__value));
                        }
                        #private::Err(__error) => __error,
                    }
                },
            };
            ("__rest", text, end)
        };
        let failure = Ident::new(failure, site);
        let text = quote_spanned! {site=>
            {
                #[allow(unused_imports)]
                use #private::ask::*;
                #text
            }
        };
        let call = self.call_between_attempts();
        let report = match &self.hooks.give_up {
            None => quote_spanned!(site=> #private::cancelled(__call, &mut __retry, #text);),
            Some(hook) => {
                let hook = self.hook(hook);
                quote_spanned! {site=>
                    let __event = #private::Call::cancelled(__call, &mut __retry, #text);
                    #hook
                    #private::end(&mut __retry);
                }
            }
        };
        quote_spanned! {site=>
            #waited
            if let #private::Some(#failure) = #kept {
                {
                    #call
                    #report
                }
                break #end;
            }
        }
    }

    /// A `Call` without what belongs to an attempt.
    pub(super) fn call_between_attempts(&self) -> TokenStream {
        let site = Span::mixed_site();
        let policy = self.call.policy.reference();
        if self.call.is_constant {
            return quote_spanned! {site=>
                let __call = const { &#private::Call::new(__retry_site, #policy) };
            };
        }
        let id = self.call.id.as_ref().map(|id| {
            let text = id.text();
            quote_spanned!(site=> .id(#text))
        });
        let timeline =
            self.call.has_timeline.then(|| quote_spanned!(site=> .timeline(&__timeline)));
        let upstream = self.of_upstream();
        let chaos = self.with_chaos();
        quote_spanned! {site=>
            let __policy = #policy;
            let __call =
                &#private::Call::new(__retry_site, __policy) #id #timeline #upstream #chaos;
        }
    }
}
