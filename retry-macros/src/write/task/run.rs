//! `impl Run`: how a worker runs the task.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use crate::function::given::From;
use crate::library::private;
use crate::plan::{Source, Task};
use crate::write::layers::layer;
use crate::write::remains;
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
            let timeout = match timeout {
                Source::Key(timeout) => {
                    let timeout = timeout.pinned_duration();
                    quote_spanned!(site=> #private::Some(#timeout))
                }
                Source::Upstream => quote_spanned!(site=> #private::timeout_of(__upstream())),
            };
            quote_spanned! {site=>
                fn timeout() -> #private::Option<#private::Duration> {
                    #timeout
                }
            }
        });
        let breaker = layer_of("breaker", "CircuitBreaker", self.breaker.as_ref());
        let bulkhead = layer_of("bulkhead", "Bulkhead", self.bulkhead.as_ref());
        let upstream = self.upstream.as_ref().map(|_| {
            quote_spanned! {site=>
                fn upstream() -> #private::Option<&'static #private::Upstream> {
                    #private::Some(__upstream())
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
                #upstream
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
            let budget = match budget {
                Source::Key(budget) => layer("shared_budget", budget),
                Source::Upstream => quote_spanned!(site=> #private::budget_of(__upstream())),
            };
            quote_spanned!(site=> .budget(#budget))
        });
        let upstream =
            self.upstream.as_ref().map(|_| quote_spanned!(site=> .upstream(__upstream())));
        let deadline = self.deadline.as_ref().map(|deadline| {
            let deadline = deadline.pinned_duration();
            quote_spanned!(site=> .deadline(#deadline))
        });
        quote_spanned! {site=>
            fn driver() -> #private::Driver {
                #private::Driver::of(__retry_site, #policy) #throttled #budget #upstream #deadline
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
        let text = remains::text(&quote_spanned!(site=> __error));
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
                            #text,
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
            let question = Ident::new(question, site);
            Some(quote_spanned!(site=> if #private::#question(__event) { #hook }))
        });
        Some(quote_spanned! {site=>
            async fn hear(__event: &#private::Event<'_>) {
                #(#called)*
            }
        })
    }
}

/// The method that names a layer of that type.
fn layer_of(name: &str, ty: &str, source: Option<&Source<Expr>>) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let named = match source? {
        Source::Key(named) => {
            let named = layer(name, named);
            quote_spanned!(site=> #private::Some(#named))
        }
        Source::Upstream => {
            let of_upstream = Ident::new(&format!("{name}_of"), site);
            quote_spanned!(site=> #private::#of_upstream(__upstream()))
        }
    };
    let (method, ty) = (Ident::new(name, site), Ident::new(ty, site));
    Some(quote_spanned! {site=>
        fn #method() -> #private::Option<&'static #private::#ty> {
            #named
        }
    })
}
