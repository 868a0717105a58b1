//! The race in which a hedged body runs: the same body, started again when it is late.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use crate::attempt::Bounds;
use crate::body_loop::Loop;
use crate::hedge::{After, Hedge};
use crate::span::Stretch;
use crate::verdict;

impl Loop<'_> {
    /// `static HEDGE: Hedge = …;`, in which a quantile is measured.
    pub(crate) fn hedge_static(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        let Hedge { after: After::Quantile(quantile, span), max } = self.args.hedge.as_ref()?
        else {
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

    /// What the race goes by, evaluated as each begins.
    fn plan(&self, hedge: &Hedge) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match &hedge.after {
            After::Quantile(..) => quote_spanned!(site=> &__PERSEVERE_HEDGE),
            // A sum is borrowed as a whole.
            After::Either(setting) if matches!(**setting, Expr::Binary(_)) => {
                let sum = quote_spanned!(site=> &(#setting));
                Stretch::over(setting).call(private, "hedge", &sum)
            }
            After::Either(setting) => self.layer("hedge", setting),
            After::Delay(delay) => {
                let delay = delay.pinned_duration(private);
                let max = match &hedge.max {
                    None => quote_spanned!(site=> 1u32),
                    Some(max) => {
                        let known = max.tokens(|max| quote_spanned!(site=> #max));
                        Stretch::at(max.span()).call(private, "max", &known)
                    }
                };
                quote_spanned!(site=> #private::After::new(#delay, #max))
            }
        }
    }

    /// One race of attempts, each of which runs `body`.
    ///
    /// ```text
    /// let raced = hedged(
    ///     plan,
    ///     budget,
    ///     || async { Ended::new(async { body }.await) },
    ///     |outcome| match result_of(outcome) {
    ///         Ok(_) => None,
    ///         Err(error) => Some(<verdict>),
    ///     },
    /// ).await;
    /// judged = raced.verdict();
    /// raced.outcome()
    /// ```
    ///
    /// The bodies run at the same time, so they borrow what they name; the timeout is of each of
    /// them, the deadline of the race.
    pub(crate) fn hedged(&self, hedge: &Hedge, at: Span, body: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let ended = match (args.key("timeout"), &args.timeout) {
            (Some(key), Some(timeout)) => {
                let rejected = self.rejected(key);
                let none = Stretch::at(key).path(private, "None");
                self.bounded(
                    at,
                    body,
                    &Bounds { timeline: None, timeout: Some(timeout) },
                    &quote_spanned!(site=> #private::Ended::new(__outcome)),
                    &quote_spanned! {site=>
                        #private::Ended::cut(#rejected(__rejection, #none), __rejection)
                    },
                )
            }
            _ => quote_spanned!(at=> #private::Ended::new(#body.await)),
        };
        let plan = self.plan(hedge);
        let budget = match &args.budget {
            Some(_) => quote_spanned!(site=> __budget),
            None => quote_spanned!(site=> #private::Unlimited),
        };
        let judge = self.judge();
        let attempt = quote_spanned!(at=> || async { #ended });
        let race = match &args.sleep {
            None => quote_spanned!(at=> #private::hedged(#plan, #budget, #attempt, #judge)),
            Some(sleep) => {
                let sleep = self.sleep_for(sleep, &quote_spanned!(site=> __delay));
                quote_spanned! {at=>
                    #private::hedged_by(|__delay| #sleep, #plan, #budget, #attempt, #judge)
                }
            }
        };
        let note = (self.notes_rejections() && args.timeout.is_some())
            .then(|| quote_spanned!(site=> __rejected = #private::Ended::rejected(&__outcome);));
        let taken = quote_spanned! {site=>
            {
                __judged = #private::Ended::verdict(&__outcome);
                #note
                #private::Ended::outcome(__outcome)
            }
        };
        match args.key("deadline") {
            Some(key) => self.cut_at_deadline(key, at, &race, None, &taken),
            None => quote_spanned! {site=>
                {
                    let __outcome = #race.await;
                    #taken
                }
            },
        }
    }

    /// What the race says of an outcome: `None` wins.
    fn judge(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let error = quote_spanned!(site=> __error);
        let verdict = verdict::verdict(private, args, self.output, &error);
        let success = match &args.on_ok {
            None => quote_spanned!(site=> #private::Ok(_) => #private::None,),
            Some(on_ok) => {
                let again = on_ok.matches(private, &quote_spanned!(site=> __value));
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
    pub(crate) fn judged(&self, verdict: TokenStream) -> TokenStream {
        let private = &self.private;
        match &self.args.hedge {
            None => verdict,
            Some(_) => quote_spanned! {Span::mixed_site()=>
                #private::judged(__judged, || #verdict)
            },
        }
    }
}
