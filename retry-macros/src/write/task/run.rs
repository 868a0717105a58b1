//! `impl Run`: how a worker runs the task.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::function::given::From;
use crate::library::private;
use crate::plan::Task;
use crate::write::layers::layer;
use crate::write::stretch::Stretch;

impl Task {
    pub(super) fn run(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { args, .. } = self;
        let state = self.state().into_iter().map(|ty| {
            let provide = Stretch::over(ty).path("Provide");
            quote_spanned!(site=> #provide<#ty> +)
        });
        let assumed = self.assumed();
        let driver = self.driver();
        let max_crashes = self.values.max_crashes.as_deref().map(|most| {
            let most = most.tokens(|most| quote_spanned!(site=> #most));
            quote_spanned!(site=> const MAX_CRASHES: #private::u32 = #most;)
        });
        let is_blocking = (!self.call.is_awaited)
            .then(|| quote_spanned!(site=> const IS_BLOCKING: #private::bool = true;));
        let timeout = self.timeout.as_ref().map(|timeout| {
            let timeout = timeout.pinned_duration();
            quote_spanned! {site=>
                fn timeout() -> #private::Option<#private::Duration> {
                    #private::Some(#timeout)
                }
            }
        });
        let breaker = self.breaker.as_ref().map(|breaker| {
            let breaker = layer("breaker", breaker);
            quote_spanned! {site=>
                fn breaker() -> #private::Option<&'static #private::CircuitBreaker> {
                    #private::Some(#breaker)
                }
            }
        });
        let bulkhead = self.bulkhead.as_ref().map(|bulkhead| {
            let bulkhead = layer("bulkhead", bulkhead);
            quote_spanned! {site=>
                fn bulkhead() -> #private::Option<&'static #private::Bulkhead> {
                    #private::Some(#bulkhead)
                }
            }
        });
        let id = self.id.as_ref().map(|id| {
            let bound = self.bound(id);
            let text = id.asked.text();
            quote_spanned! {site=>
                fn id(&self) -> #private::Option<#private::String> {
                    #bound
                    #private::Some(#private::written(&#text))
                }
            }
        });
        let attempt = self.attempt();
        let hear = self.hear();
        quote_spanned! {site=>
            impl<__State> #private::Run<__State> for #args
            where
                __State: #(#state)* #private::Send + #private::Sync + 'static,
                #assumed
            {
                #max_crashes
                #is_blocking
                #driver
                #timeout
                #breaker
                #bulkhead
                #id
                #attempt
                #hear
            }
        }
    }

    fn driver(&self) -> TokenStream {
        let site = Span::mixed_site();
        let policy = self.policy.itself();
        let throttled = self.throttled.as_ref().map(|policy| {
            let policy = policy.itself();
            quote_spanned!(site=> .throttled(#policy))
        });
        let budget = self.budget.as_ref().map(|budget| {
            let budget = layer("shared_budget", budget);
            quote_spanned!(site=> .budget(#budget))
        });
        let deadline = self.deadline.as_ref().map(|deadline| {
            let deadline = deadline.pinned_duration();
            quote_spanned!(site=> .deadline(#deadline))
        });
        quote_spanned! {site=>
            fn driver() -> #private::Driver {
                #private::Driver::of(__retry_site, #policy) #throttled #budget #deadline
            }
        }
    }

    /// One attempt: a call of the function, judged.
    fn attempt(&self) -> TokenStream {
        let site = Span::mixed_site();
        let name = &self.function.signature.ident;
        let at = site.located_at(name.span());
        let is_made = matches!(self.args, crate::plan::Args::Made { .. });
        let arguments = self.given.iter().map(|given| {
            let conditions = &given.conditions;
            let value = match &given.from {
                From::Attempt => quote_spanned!(site=> __attempt),
                From::State(ty) => {
                    quote_spanned!(site=> <__State as #private::Provide<#ty>>::provide(__state))
                }
                From::Row(owned) if is_made => {
                    let name = &owned.name;
                    quote_spanned!(site=> self.#name)
                }
                From::Row(_) => quote_spanned!(site=> self),
            };
            quote_spanned!(site=> #(#conditions)* #value)
        });
        let called = quote_spanned!(at=> #name(#(#arguments),*));
        let judged = self.judged();
        let body = if self.call.is_awaited {
            quote_spanned! {at=>
                let __outcome = #called.await;
                #judged
            }
        } else {
            quote_spanned! {at=>
                let __state = #private::Clone::clone(__state);
                #private::blocking(__attempt, move |__attempt| {
                    let __state = &*__state;
                    let __outcome = #called;
                    #judged
                })
                .await
            }
        };
        quote_spanned! {at=>
            async fn run(
                self,
                __state: &#private::Arc<__State>,
                __attempt: &#private::Arc<#private::Attempt>,
            ) -> #private::Result<Self::Output, #private::Failure> {
                #body
            }
        }
    }

    /// What the worker learns of `__outcome`.
    ///
    /// ```text
    /// match Outcome::into_result(outcome) {
    ///     Ok(value) => Ok(value),
    ///     Err(error) => Err(Failure::new(<verdict>, <text>)),
    /// }
    /// ```
    fn judged(&self) -> TokenStream {
        let site = Span::mixed_site();
        let error = quote_spanned!(site=> __error);
        let verdict = self.judging.verdict(&error, &self.call.output);
        let health = self.breaker.as_ref().map(|_| {
            let health = self.judging.health();
            quote_spanned!(site=> .with_health(#health))
        });
        let success = match &self.judging.on_ok {
            None => quote_spanned!(site=> #private::Ok(__value) => #private::Ok(__value),),
            Some(on_ok) => {
                let again = on_ok.matches(&quote_spanned!(site=> (&__value)));
                quote_spanned! {site=>
                    #private::Ok(__value) => if #again {
                        let __value = &__value;
                        #private::Err(
                            #private::Failure::polled(
                                #private::polled((&&#private::Probe(__value)).__hint()),
                            ),
                        )
                    } else {
                        #private::Ok(__value)
                    },
                }
            }
        };
        quote_spanned! {site=>
            #[allow(unused_imports)]
            use #private::ask::*;
            match #private::Outcome::into_result(__outcome) {
                #success
                #private::Err(__error) => {
                    let __error = &__error;
                    let __verdict = #verdict;
                    #private::Err(
                        #private::Failure::new(
                            __verdict,
                            (&&&&&#private::Probe(__error)).__text(),
                        ) #health,
                    )
                }
            }
        }
    }

    /// Hands events to the hooks.
    fn hear(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        if self.hooks.is_empty() {
            return None;
        }
        let hooks = [
            ("is_retried", &self.hooks.retry),
            ("is_given_up", &self.hooks.give_up),
            ("is_late_success", &self.hooks.success),
        ];
        let called = hooks.into_iter().filter_map(|(question, hook)| {
            let hook = hook.as_ref()?.called(None);
            let question = proc_macro2::Ident::new(question, site);
            Some(quote_spanned!(site=> if #private::#question(__event) { #hook }))
        });
        Some(quote_spanned! {site=>
            async fn hear(__event: &#private::Event<'_>) {
                #(#called)*
            }
        })
    }
}
