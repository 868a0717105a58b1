//! One run of the body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::arguments::Bindings;
use super::stretch::Stretch;
use super::{optional, sleep_for};
use crate::library::private;
use crate::plan::{Gives, Layer, Plan, Timeout};

/// What bounds the time that something awaited may take.
pub(super) struct Bounds<'a> {
    /// `&timeline`, if the call's deadline does.
    pub(super) timeline: Option<TokenStream>,
    pub(super) timeout: Option<&'a Timeout>,
}

impl Plan {
    /// One run of the body.
    ///
    /// ```text
    /// async {                                     |  attempt(|| -> Ret {
    ///     if false {                              |      let x = …;
    ///         return never::<Ret>();              |      { body }
    ///         let _ = &mut argument;              |  })
    ///     }                                       |
    ///     let x = …;                              |
    ///     { body }                                |
    /// }.await                                     |
    /// ```
    ///
    /// The branch that never runs fixes inference to the declared type, and borrows the arguments
    /// uniquely: a shared capture would ask `Sync` of them where the plain function asks `Send`. That
    /// stands behind the `return`, where nobody asks whether they are `mut`.
    pub(super) fn attempt(&self, bindings: &Bindings) -> TokenStream {
        let site = Span::mixed_site();
        let at = site.located_at(self.brace);
        let Bindings { unique, rebound, .. } = bindings;
        let Self { body, .. } = self;
        let output = &self.output.inferred;
        let context = self.context.as_ref().map(|name| match &self.race {
            None => quote_spanned!(site=> let #name = &__attempt;),
            Some(_) => quote_spanned!(site=> let #name = #private::Body::attempt(&__body);),
        });
        if self.is_blocking {
            let body = quote_spanned!(at=> || -> #output { #context #rebound #body });
            let (first, body) = self.repeated(body);
            let body = self.perturbed_blocking(at, body);
            let body = match &self.layers.bulkhead {
                Some(Layer::Named { .. }) => {
                    quote_spanned!(at=> || #private::hold(&__admission, #body))
                }
                _ => body,
            };
            let body = match &self.layers.upstream {
                Some(_) => quote_spanned!(at=> || #private::hold_within(&__within, #body)),
                None => body,
            };
            let attempt = match &self.limits.deadline {
                Some(_) => quote_spanned!(at=> #private::enclose(&__timeline, #body)),
                None => quote_spanned!(at=> #private::attempt(#body)),
            };
            return match first {
                Some(first) => quote_spanned!(at=> { #first #attempt }),
                None => attempt,
            };
        }
        let used = self.used();
        let edge = self.edge(&quote_spanned!(site=> #unique #used));
        let body = quote_spanned!(at=> async { #edge #context #rebound #body });
        let body = self.perturbed(at, body);
        let body = match &self.layers.bulkhead {
            Some(Layer::Named { .. }) => quote_spanned!(at=> #private::held(&__admission, #body)),
            _ => body,
        };
        let body = match &self.layers.upstream {
            Some(_) => quote_spanned!(at=> #private::held_within(&__within, #body)),
            None => body,
        };
        match &self.race {
            Some(race) => self.hedged(race, at, &body),
            None => self.limited(at, &body),
        }
    }

    /// The branch that never runs.
    pub(super) fn edge(&self, asked: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let output = &self.output.inferred;
        let unreachable =
            (!asked.is_empty()).then(|| quote_spanned!(site=> #[allow(unreachable_code)]));
        quote_spanned! {site=>
            #unreachable
            if false {
                return #private::never::<#output>();
                #asked
            }
        }
    }

    /// Awaits the attempt `body`, for as long as `timeout` and `deadline` allow.
    fn limited(&self, at: Span, body: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let outcome = self.ended(quote_spanned!(site=> __outcome));
        match (&self.limits.deadline, &self.limits.timeout) {
            (Some(deadline), None) => self.cut_at_deadline(deadline.key, at, body, None, &outcome),
            (Some(_), Some(timeout)) => {
                self.cut_at_deadline(timeout.key, at, body, Some(timeout), &outcome)
            }
            (None, Some(timeout)) => {
                let rejected = self.rejected(timeout.key);
                let earlier = Stretch::at(timeout.key).path("None");
                let cut = self.cut(quote_spanned!(site=> #rejected(__rejection, #earlier)));
                self.bounded(
                    at,
                    body,
                    &Bounds { timeline: None, timeout: Some(timeout) },
                    &outcome,
                    &cut,
                )
            }
            (None, None) => quote_spanned!(at=> #body.await),
        }
    }

    /// Awaits `body` until the deadline, or until `timeout` before it; rustc points at `key` if the error
    /// cannot be made of it. `ended` makes the attempt's outcome of what `body` gave.
    pub(super) fn cut_at_deadline(
        &self,
        key: Span,
        at: Span,
        body: &TokenStream,
        timeout: Option<&Timeout>,
        ended: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let body = quote_spanned!(at=> #private::enclosed(__timeline, #body));
        let timeline = Some(quote_spanned!(site=> &__timeline));
        let rejected = self.rejected(key);
        let cut = quote_spanned!(site=> #private::Timeline::cut(&mut __timeline, __rejection));
        let take = if self.judging.on_ok.is_some() { "take_rest" } else { "take_error" };
        let take = Ident::new(take, site.located_at(key));
        let earlier = quote_spanned!(site.located_at(key)=> #private::#take(&mut __earlier));
        let cut = self.cut(quote_spanned!(site=> #rejected(#cut, #earlier)));
        self.bounded(at, &body, &Bounds { timeline, timeout }, ended, &cut)
    }

    /// What an attempt gives that ended by itself.
    fn ended(&self, outcome: TokenStream) -> TokenStream {
        match self.gives {
            Gives::Outcome => outcome,
            Gives::End { .. } => {
                quote_spanned!(Span::mixed_site()=> #private::AttemptEnd::new(#outcome))
            }
        }
    }

    /// What an attempt gives that `__rejection` cut short or refused, which made `outcome` of that.
    pub(super) fn cut(&self, outcome: TokenStream) -> TokenStream {
        match self.gives {
            Gives::Outcome => outcome,
            Gives::End { .. } => {
                quote_spanned!(Span::mixed_site()=> #private::AttemptEnd::cut(#outcome, __rejection))
            }
        }
    }

    /// What an attempt gives is bound to.
    pub(super) fn given(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Gives::End { cause, verdict } = self.gives else {
            return quote_spanned!(site=> __outcome);
        };
        let rejected = cause.then(|| quote_spanned!(site=> rejected: __rejected,));
        let judged = verdict.then(|| quote_spanned!(site=> verdict: __judged,));
        let others = (!cause || !verdict).then(|| quote_spanned!(site=> ..));
        quote_spanned!(site=> #private::AttemptEnd { outcome: __outcome, #rejected #judged #others })
    }

    /// Awaits `body` within its bounds.
    ///
    /// ```text
    /// match within(limit, body).await {
    ///     Ok(outcome) => ended,
    ///     Err(rejection) => cut,
    /// }
    /// ```
    pub(super) fn bounded(
        &self,
        at: Span,
        body: &TokenStream,
        bounds: &Bounds<'_>,
        ended: &TokenStream,
        cut: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let timeout = match bounds.timeout {
            Some(timeout) => self.in_force("timeout", &timeout.tokens()),
            None => quote_spanned!(site=> #private::None),
        };
        // Most upstreams have no timeout.
        let is_seldom =
            bounds.timeline.is_none() && bounds.timeout.is_some_and(|it| it.value.is_none());
        let named = quote_spanned!(at=> __body);
        let (unlimited, limited_body) =
            (quote_spanned!(at=> #named.await), if is_seldom { &named } else { body });
        let limited = match &self.sleep {
            Some(sleep) => {
                let sleep =
                    sleep_for(sleep, &quote_spanned!(site=> #private::Limit::after(&__limit)));
                let sleep = quote_spanned!(site=> #private::Option::map(__limit, |__limit| #sleep));
                quote_spanned!(at=> #private::within_by(__limit, #limited_body, #sleep))
            }
            None => quote_spanned!(at=> #private::within(__limit, #limited_body)),
        };
        let limit = match &bounds.timeline {
            None => quote_spanned!(site=> #private::Limit::of(#private::None, #timeout)),
            // It may have waited for its permit.
            Some(timeline) if self.layers.bulkhead.is_some() => {
                quote_spanned!(site=> #private::Limit::of(#private::Some(#timeline), #timeout))
            }
            Some(timeline) => {
                quote_spanned!(site=> #private::RetrySlot::limit(&__retry, #timeline, #timeout))
            }
        };
        let limited = quote_spanned! {site=>
            match #limited.await {
                #private::Ok(__outcome) => #ended,
                #private::Err(__rejection) => #cut
            }
        };
        if !is_seldom {
            return quote_spanned!(site=> { let __limit = #limit; #limited });
        }
        quote_spanned! {site=>
            {
                let __limit = #limit;
                let __body = #body;
                if #private::Option::is_none(&__limit) {
                    let __outcome = #unlimited;
                    #ended
                } else {
                    #limited
                }
            }
        }
    }

    /// The `timeout` or `deadline` that is in force, where the code has `limit`, an `Option<Duration>`.
    pub(super) fn in_force(&self, key: &str, limit: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let in_force = Ident::new(&format!("{key}_in_force"), site);
        match &self.layers.upstream {
            None => quote_spanned!(site=> #private::#in_force(__retry_site, #limit)),
            Some(_) => {
                let in_force = Ident::new(&format!("{key}_in_force_on"), site);
                quote_spanned!(site=> #private::#in_force(__upstream(), __retry_site, #limit))
            }
        }
    }

    /// The function that makes the function's own outcome of a rejection; rustc points at `key` if
    /// there is none.
    pub(super) fn rejected(&self, key: Span) -> TokenStream {
        let output = &self.output.inferred;
        let at = Span::mixed_site().located_at(key);
        if self.fallback.is_some() {
            let rejected = Stretch::at(key).path("rejected_before");
            return quote_spanned!(at=> #rejected::<#output, #private::Fallback>);
        }
        let rejected = Stretch::at(key).path("rejected");
        quote_spanned!(at=> #rejected::<#output>)
    }
}

impl Timeout {
    /// An `Option<Duration>`.
    pub(super) fn tokens(&self) -> TokenStream {
        match &self.value {
            Some(_) => optional(self.value.as_ref()),
            None => timeout_of_upstream(),
        }
    }
}

/// The upstream's timeout, an `Option<Duration>`.
pub(super) fn timeout_of_upstream() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #private::timeout_of(__upstream()))
}
