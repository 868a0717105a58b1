//! The race in which a hedged body runs: the same body, started again when it is late.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::attempt::Bounds;
use super::layers::layer;
use super::sleep_for;
use super::stretch::Stretch;
use crate::library::private;
use crate::plan::{Lateness, Plan, Race};

impl Plan {
    /// `static HEDGE: Hedge = …;`, in which a quantile is measured.
    pub(super) fn hedge_static(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Race { late: Lateness::Quantile(quantile, span), max, .. } = self.race.as_ref()? else {
            return None;
        };
        let at = site.located_at(*span);
        let max = max.as_ref().map(|max| {
            let max = max.tokens(|max| quote_spanned!(site=> #max));
            quote_spanned!(at=> .with_max(#max))
        });
        Some(quote_spanned! {at=>
            static __PERSEVERE_HEDGE: #private::Hedge =
                #private::Hedge::after_quantile(#quantile) #max;
        })
    }

    /// One race of attempts, each of which runs `body`.
    ///
    /// ```text
    /// hedged(
    ///     plan,
    ///     budget,
    ///     || async { AttemptEnd::new(async { body }.await) },
    ///     |outcome| match result_of(outcome) {
    ///         Ok(_) => None,
    ///         Err(error) => Some(<verdict>),
    ///     },
    /// ).await
    /// ```
    ///
    /// The bodies run at the same time, so they borrow what they name; the timeout is of each of
    /// them, the deadline of the race. Each has its own view of the attempt, if it asks for one.
    pub(super) fn hedged(&self, race: &Race, at: Span, body: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let ended = match &self.limits.timeout {
            Some(timeout) => {
                let rejected = self.rejected(timeout.key);
                let none = Stretch::at(timeout.key).path("None");
                self.bounded(
                    at,
                    body,
                    &Bounds { timeline: None, timeout: Some(timeout) },
                    &quote_spanned!(site=> #private::AttemptEnd::new(__outcome)),
                    &self.cut(quote_spanned!(site=> #rejected(__rejection, #none))),
                )
            }
            None => quote_spanned!(at=> #private::AttemptEnd::new(#body.await)),
        };
        let late = race.goes_by();
        let late = quote_spanned!(site=> #private::of_function(#late, __retry_site));
        let budget = match &self.layers.budget {
            Some(_) => quote_spanned!(site=> __budget),
            None => quote_spanned!(site=> #private::Unlimited),
        };
        let budget = match &self.layers.upstream {
            Some(_) => quote_spanned!(site=> #private::paced(__upstream(), #budget)),
            None => budget,
        };
        let judge = self.judge();
        let attempt = match &self.context {
            None => quote_spanned!(at=> || async { #ended }),
            Some(_) => quote_spanned! {at=>
                || async {
                    let __body = #private::Bodies::start(&__bodies);
                    let __ended = #ended;
                    #private::Body::end(__body);
                    __ended
                }
            },
        };
        let raced = match &self.sleep {
            None => quote_spanned!(at=> #private::hedged(#late, #budget, #attempt, #judge)),
            Some(sleep) => {
                let sleep = sleep_for(sleep, &quote_spanned!(site=> __delay));
                quote_spanned! {at=>
                    #private::hedged_by(|__delay| #sleep, #late, #budget, #attempt, #judge)
                }
            }
        };
        match &self.limits.deadline {
            Some(deadline) => {
                let ended = quote_spanned!(site=> __outcome);
                self.cut_at_deadline(deadline.key, at, &raced, None, &ended)
            }
            None => quote_spanned!(site=> #raced.await),
        }
    }

    /// What the race says of an outcome: `None` wins.
    fn judge(&self) -> TokenStream {
        let site = Span::mixed_site();
        let error = quote_spanned!(site=> __error);
        let verdict = self.judging.verdict(&error, &self.output.written);
        let success = match &self.judging.on_ok {
            None => quote_spanned!(site=> #private::Ok(_) => #private::None,),
            Some(on_ok) => {
                let again = on_ok.matches(&quote_spanned!(site=> __value));
                quote_spanned! {site=>
                    #private::Ok(__value) => if #again {
                        #private::Some(#private::retried((&&#private::Probe(__value)).__hint()))
                    } else {
                        #private::None
                    },
                }
            }
        };
        quote_spanned! {site=>
            |__outcome| {
                #[allow(unused_imports)]
                use #private::ask::*;
                match #private::result_of(__outcome) {
                    #success
                    #private::Err(__error) => #private::Some(#verdict),
                }
            }
        }
    }

    /// `verdict`, unless the race has come to it already.
    pub(super) fn judged(&self, verdict: TokenStream) -> TokenStream {
        match &self.race {
            None => verdict,
            Some(_) => quote_spanned! {Span::mixed_site()=>
                #private::judged(__judged, || #verdict)
            },
        }
    }
}

impl Race {
    /// What the race goes by, evaluated as each begins.
    fn goes_by(&self) -> TokenStream {
        let site = Span::mixed_site();
        match &self.late {
            Lateness::Quantile(..) => quote_spanned!(site=> &__PERSEVERE_HEDGE),
            Lateness::Sum(setting) => {
                let sum = quote_spanned!(site=> &(#setting));
                Stretch::over(setting).call("hedge", &sum)
            }
            Lateness::Either(setting) => layer("hedge", setting),
            Lateness::Delay(delay) => {
                let delay = delay.pinned_duration();
                let max = match &self.max {
                    None => quote_spanned!(site=> 1u32),
                    Some(max) => {
                        let known = max.tokens(|max| quote_spanned!(site=> #max));
                        Stretch::at(max.span()).call("max", &known)
                    }
                };
                quote_spanned!(site=> #private::After::new(#delay, #max))
            }
        }
    }
}
