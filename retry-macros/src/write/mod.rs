//! Writes the plan: a backoff loop that takes the place of the function's body.

mod arguments;
mod attempt;
mod borrowed;
mod cancelled;
mod decide;
mod hook;
mod layers;
mod matcher;
mod perturb;
mod policy;
mod race;
mod remains;
pub(crate) mod stretch;
#[cfg(feature = "tasks")]
mod task;
mod used;
mod verdict;

use std::time::Duration;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned;

use self::arguments::Bindings;
use self::decide::LetCall;
use self::stretch::Stretch;
#[cfg(feature = "tasks")]
pub(crate) use self::task::task;
use crate::function::body::Around;
use crate::library::{self, private};
use crate::plan::{Head, Plan};
use crate::read::Setting;

/// The function, with the loop in the place of its body.
pub(crate) fn function(plan: Plan) -> TokenStream {
    let site = Span::mixed_site();
    let looped = plan.tokens();
    let body = match plan.around {
        // In the braces of the body: a function that ends in code of ours would never be called dead.
        Around::Braces(body) => {
            let mut braces = Group::new(Delimiter::Brace, looped);
            braces.set_span(body.span());
            TokenTree::from(braces).into()
        }
        Around::Future { future, hoisted } => {
            let outer_muts = &plan.outer_muts;
            let first = quote_spanned!(site=> #(#outer_muts)*);
            future.with(first, quote_spanned!(site=> #hoisted #looped))
        }
    };
    let Head { attributes, documentation, visibility, signature } = plan.head;
    let documentation = documentation.map(|text| quote_spanned!(site=> #[doc = #text]));
    quote_spanned!(site=> #(#attributes)* #documentation #visibility #signature #body)
}

impl Plan {
    /// ```text
    /// fn site() -> &'static Site { static SITE: Site = …; &SITE }
    /// let mut retry = RetrySlot::empty();         // one empty pointer until something fails
    /// loop {
    ///     {
    ///         let outcome = <attempt>;
    ///         let (apart, whole) = parts_of(&outcome);
    ///         let call = const { &Call::new(site, …) }; // where all of it is known, else in each arm
    ///         match apart(outcome) {              // so that only an error is lent out
    ///             Ok(value) => {
    ///                 succeeded(call, &mut retry); // out of line, after a failure
    ///                 break whole(Ok(value));     // the happy path
    ///             }
    ///             Err(error) => {
    ///                 let goes_on = <decide and report, out of line>;
    ///                 if !goes_on {
    ///                     break whole(Err(error));
    ///                 }
    ///                 <keep error, if it is `Send`>
    ///             }
    ///         }
    ///     };                                      // nothing else lives across the wait
    ///     if let Some(error) = failure_if(<wait for retry, which a word may end>, <what is kept>) {
    ///         cancelled(call, &mut retry);        // reports it, out of line
    ///         break whole(Err(error));
    ///     }
    /// }
    /// ```
    ///
    /// Where a method borrows its receiver, it is called by its path: a trait of the user's that
    /// everything implements may have one of that name that takes its receiver, and be found first.
    ///
    /// An outcome of which a reference goes out of line would have to stay in memory, and be copied
    /// from there piece by piece; taken apart, its value never leaves the happy path.
    pub(super) fn tokens(&self) -> TokenStream {
        let site = Span::mixed_site();
        let import = library::RETRIES.import(self.krate.as_ref());
        let bindings = Bindings::of(&self.arguments);
        let Bindings { kept, copied, .. } = &bindings;
        let asked = self.asked();
        let site_of_function = self.site.tokens();
        let hedge = self.hedge_static();
        let timeline = self.timeline();
        let context = self.context();
        let given = self.given();
        let attempt = self.admitted(self.attempt(&bindings));
        let parts_of = self.parts();
        let call = self.call(None);
        let success = self.success(&call);
        let failure = match self.with_earlier() {
            None => self.failure(&call),
            earlier => self.failure(&self.call(earlier.as_ref())),
        };
        let call_once = call.once();
        let cancelled = self.cancelled();
        let across = self.kept();
        let upstream = self.upstream();
        let layers = self.layers();
        let enter = self.enter();
        let acted = self.acted();
        let earlier =
            self.keeps_earlier.then(|| quote_spanned!(site=> let mut __earlier = #private::None;));
        let looped = quote_spanned! {site=>
            loop {
                let #across = {
                    #copied
                    #context
                    #enter
                    let #given = #attempt;
                    let (__apart, __whole) = #parts_of;
                    #call_once
                    match __apart(__outcome) {
                        #success
                        #failure
                    }
                };
                #cancelled
            }
        };
        let looped = match self.fallback() {
            None => looped,
            Some(fallback) => quote_spanned! {site=>
                '__call: {
                    let __error = #looped;
                    #fallback
                }
            },
        };
        quote_spanned! {site=>
            #import
            #site_of_function
            #hedge
            #kept
            #asked
            #upstream
            #timeline
            #layers
            let mut __retry = #private::RetrySlot::empty();
            #earlier
            #acted
            #looped
        }
    }

    /// The arm of a value that ends the loop: any that `on_ok` does not retry.
    fn success(&self, call: &LetCall) -> TokenStream {
        let site = Span::mixed_site();
        let guard = self.judging.on_ok.as_ref().map(|on_ok| {
            let again = on_ok.matches(&quote_spanned!(site=> (&__value)));
            quote_spanned!(site=> if !(#again))
        });
        let succeeded = self.succeeded(call);
        let attempt_succeeded = self.attempt_succeeded();
        let call_label = self.call_label();
        let completed = self.completed();
        quote_spanned! {site=>
            #private::Ok(__value) #guard => {
                #attempt_succeeded
                #succeeded
                #completed
                break #call_label __whole(#private::Ok(__value));
            }
        }
    }

    /// The arm of a failure, and of a value that `on_ok` retries: it ends the loop unless a retry
    /// follows.
    fn failure(&self, call: &LetCall) -> TokenStream {
        if self.ends_unseen() {
            return self.failed_unseen(call);
        }
        let site = Span::mixed_site();
        let call_label = self.call_label();
        let failure = quote_spanned!(site=> break #call_label __whole(#private::Err(__error)));
        let end = match &self.fallback {
            None => failure,
            Some(_) => quote_spanned! {site=>
                if __is_answer { #failure } else { break __error }
            },
        };
        let (pattern, given, end) = match &self.judging.on_ok {
            None => {
                (quote_spanned!(site=> #private::Err(__error)), quote_spanned!(site=> __error), end)
            }
            Some(on_ok) => {
                let used_up = on_ok.at_the_end(&self.output.inferred);
                (
                    quote_spanned!(site=> __rest),
                    quote_spanned!(site=> __rest),
                    quote_spanned! {site=>
                        match __rest {
                            #private::Ok(__value) => break #call_label #used_up,
                            #private::Err(__error) => #end,
                        }
                    },
                )
            }
        };
        let goes_on = self.goes_on(call);
        let decided = match &self.fallback {
            None => quote_spanned!(site=> __goes_on),
            Some(_) => quote_spanned!(site=> (__goes_on, __is_answer)),
        };
        // Where nothing sees the event, what decides has said so itself.
        let ended = self.sees_event().then(|| quote_spanned!(site=> #private::end(&mut __retry);));
        let (last, keep) = match (self.keeps_earlier, self.layers.refuses_attempts()) {
            (false, _) => (None, None),
            (true, false) => {
                (None, Some(quote_spanned!(site=> __earlier = #private::Some(#given);)))
            }
            (true, true) => (
                Some(quote_spanned! {site=>
                    let #given = #private::last(__rejected, __earlier, #given);
                }),
                Some(quote_spanned! {site=>
                    #private::keep(__rejected, &mut __earlier, #given);
                }),
            ),
        };
        let held = self.held(&given);
        quote_spanned! {site=>
            #pattern => {
                let #decided = #goes_on;
                if !__goes_on {
                    #ended
                    #last
                    #end;
                }
                #keep
                #held
            }
        }
    }

    /// Where a call ends that asks no `fallback`: the loop's own end is that of the others.
    pub(super) fn call_label(&self) -> Option<TokenStream> {
        self.fallback.as_ref().map(|_| quote_spanned!(Span::mixed_site()=> '__call))
    }

    /// The stamp before the loop, for a deadline and for a body that asks for its `Attempt`.
    fn timeline(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.call.has_timeline.then(|| {
            let deadline = match self.limits.deadline.as_deref() {
                Some(deadline) => self.in_force("deadline", &optional(Some(deadline))),
                None => optional(None),
            };
            let mutable = self.limits.cuts_at_deadline.then(|| quote_spanned!(site=> mut));
            quote_spanned!(site=> let #mutable __timeline = #private::Timeline::start(#deadline);)
        })
    }

    /// The `Attempt` of each round.
    fn context(&self) -> Option<TokenStream> {
        self.context.as_ref()?;
        let site = Span::mixed_site();
        let policy = self.call.policy.reference();
        let timeout = match &self.limits.timeout {
            Some(timeout) => Some(timeout.tokens()),
            None if self.is_blocking => {
                self.layers.upstream.as_ref().map(|_| attempt::timeout_of_upstream())
            }
            None => None,
        };
        let limited = timeout.map(|timeout| {
            let timeout = self.in_force("timeout", &timeout);
            quote_spanned! {site=>
                let __attempt = #private::Attempt::limited(__attempt, #timeout);
            }
        });
        let bodies = self
            .race
            .as_ref()
            .map(|_| quote_spanned!(site=> let __bodies = #private::Bodies::of(&__attempt);));
        let (next, upstream) = match &self.layers.upstream {
            None => (quote_spanned!(site=> next), None),
            Some(_) => (quote_spanned!(site=> next_on), Some(quote_spanned!(site=> __upstream(),))),
        };
        Some(quote_spanned! {site=>
            let __attempt = #private::Attempt::#next(
                #upstream
                __timeline,
                __retry_site,
                #policy,
                #private::Option::as_ref(&__retry),
            );
            #limited
            #bodies
        })
    }

    /// The wait until the retry is due. Is true if it was cancelled; of an async function, the future of that,
    /// which gives back the retry.
    pub(super) fn wait(&self) -> TokenStream {
        let site = Span::mixed_site();
        let can_end = self.can_end();
        match (&self.sleep, self.is_blocking) {
            (None, true) => {
                quote_spanned!(site=> #private::sleep_blocking_in(__retry_site, &mut __retry))
            }
            (None, false) => {
                quote_spanned!(site=> #private::sleep(&mut __retry, #can_end))
            }
            (Some(sleep), blocking) => {
                let at = site.located_at(sleep.span());
                let delay = quote_spanned!(site=> #private::begin(&mut __retry));
                let call = sleep_for(sleep, &delay);
                if blocking {
                    let slept = quote_spanned!(site=> #private::slept(&mut __retry));
                    quote_spanned!(at=> { let __slept: () = #call; #slept })
                } else {
                    quote_spanned! {at=>
                        {
                            let __sleep = #call;
                            #private::sleep_by(&mut __retry, __sleep, #can_end)
                        }
                    }
                }
            }
        }
    }
}

/// An `Option<Duration>`.
pub(super) fn optional(setting: Option<&Setting<Duration>>) -> TokenStream {
    let site = Span::mixed_site();
    match setting {
        Some(setting) => {
            let duration = setting.pinned_duration();
            quote_spanned!(site=> #private::Some(#duration))
        }
        None => quote_spanned!(site=> #private::None),
    }
}

/// `sleep_for(delay, <sleep>)`
pub(super) fn sleep_for(sleep: &Expr, delay: &TokenStream) -> TokenStream {
    let arguments = quote_spanned!(Span::mixed_site()=> #delay, #sleep);
    Stretch::over(sleep).call("sleep_for", &arguments)
}
