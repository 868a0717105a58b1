//! One run of the body.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::bind;
use crate::body_loop::Loop;
use crate::policy::Setting;
use crate::returned;
use crate::span::Stretch;

/// What bounds the time that something awaited may take.
pub(crate) struct Bounds<'a> {
    /// `Some(&timeline)`, if the call's deadline does.
    pub(crate) timeline: Option<TokenStream>,
    pub(crate) timeout: Option<&'a Setting<Duration>>,
}

impl Loop<'_> {
    /// One run of the body.
    ///
    /// ```text
    /// async {                                     |  attempt(|| -> Ret {
    ///     if false {                              |      let x = …;
    ///         let never: Ret = loop {};           |      { body }
    ///         let _ = &mut argument;              |  })
    ///         return never;                       |
    ///     }                                       |
    ///     let x = …;                              |
    ///     { body }                                |
    /// }.await                                     |
    /// ```
    ///
    /// The branch that never runs fixes inference to the declared type, and borrows the arguments
    /// uniquely: a shared capture would ask `Sync` of them where the plain function asks `Send`.
    pub(crate) fn attempt(&self) -> TokenStream {
        let site = Span::mixed_site();
        let at = site.located_at(self.brace);
        let Self { private, args, parts, body, .. } = self;
        let bind::Bindings { unique, rebound, .. } = parts;
        let output = returned::inferring_impl_trait(self.output.clone());
        let context =
            args.context.as_ref().map(|name| quote_spanned!(site=> let #name = &__attempt;));
        if self.blocking {
            let body = quote_spanned!(at=> || -> #output { #context #rebound #body });
            let body = match &args.bulkhead {
                Some(_) => quote_spanned!(at=> || #private::hold(&__place, #body)),
                None => body,
            };
            return match &args.deadline {
                Some(_) => quote_spanned!(at=> #private::enclose(&__timeline, #body)),
                None => quote_spanned!(at=> #private::attempt(#body)),
            };
        }
        let edge = quote_spanned! {site=>
            #[allow(
                unreachable_code,
                unused_variables,
                clippy::diverging_sub_expression,
                clippy::empty_loop,
                clippy::needless_return
            )]
            if false {
                let __never: #output = loop {};
                #unique
                return __never;
            }
        };
        let body = quote_spanned!(at=> async { #edge #context #rebound #body });
        let body = match &args.bulkhead {
            Some(_) => quote_spanned!(at=> #private::held(&__place, #body)),
            None => body,
        };
        match &args.hedge {
            Some(hedge) => self.hedged(hedge, at, &body),
            None => self.limited(at, &body),
        }
    }

    /// Awaits the attempt `body`, for as long as `timeout` and `deadline` allow.
    fn limited(&self, at: Span, body: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let timeout = args.timeout.as_ref();
        let outcome = quote_spanned!(site=> __outcome);
        match (args.key("deadline"), args.key("timeout")) {
            (Some(key), timed) => {
                self.cut_at_deadline(timed.unwrap_or(key), at, body, timeout, &outcome)
            }
            (None, Some(key)) => {
                let rejected = self.rejected(key);
                let earlier = Stretch::at(key).path(private, "None");
                let note = self.note();
                let cut = quote_spanned!(site=> { #note #rejected(__rejection, #earlier) });
                self.bounded(at, body, &Bounds { timeline: None, timeout }, &outcome, &cut)
            }
            (None, None) => quote_spanned!(at=> #body.await),
        }
    }

    /// Awaits `body` until the deadline, or until `timeout` before it; told at `key` if the error
    /// cannot say so. `ended` makes the attempt's outcome of what `body` gave.
    pub(crate) fn cut_at_deadline(
        &self,
        key: Span,
        at: Span,
        body: &TokenStream,
        timeout: Option<&Setting<Duration>>,
        ended: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let body = quote_spanned!(at=> #private::enclosed(__timeline, #body));
        let timeline = Some(quote_spanned!(site=> #private::Some(&__timeline)));
        let rejected = self.rejected(key);
        let note = self.note();
        let cut = quote_spanned!(site=> #private::Timeline::cut(&mut __timeline, __rejection));
        let take = if self.args.on_ok.is_some() { "take_rest" } else { "take_error" };
        let take = Ident::new(take, site.located_at(key));
        let earlier = quote_spanned!(site.located_at(key)=> #private::#take(&mut __earlier));
        let cut = quote_spanned!(site=> { #note #rejected(#cut, #earlier) });
        self.bounded(at, &body, &Bounds { timeline, timeout }, ended, &cut)
    }

    /// Notes for the layers what cut the attempt short.
    fn note(&self) -> Option<TokenStream> {
        let private = &self.private;
        self.notes_rejections()
            .then(|| quote_spanned!(Span::mixed_site()=> __rejected = #private::Some(__rejection);))
    }

    /// Awaits `body` within its bounds.
    ///
    /// ```text
    /// match within(limit, body).await {
    ///     Ok(outcome) => ended,
    ///     Err(rejection) => cut,
    /// }
    /// ```
    pub(crate) fn bounded(
        &self,
        at: Span,
        body: &TokenStream,
        bounds: &Bounds<'_>,
        ended: &TokenStream,
        cut: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let timeline =
            bounds.timeline.clone().unwrap_or_else(|| quote_spanned!(site=> #private::None));
        let timeout = self.optional(bounds.timeout);
        let raced = match &args.sleep {
            Some(sleep) => {
                let sleep =
                    self.sleep_for(sleep, &quote_spanned!(site=> #private::Limit::after(&__limit)));
                quote_spanned!(at=> #private::race(__limit, #body, #sleep))
            }
            None => quote_spanned!(at=> #private::within(__limit, #body)),
        };
        quote_spanned! {site=>
            {
                let __limit = #private::Limit::of(#timeline, #timeout);
                match #raced.await {
                    #private::Ok(__outcome) => #ended,
                    #private::Err(__rejection) => #cut
                }
            }
        }
    }

    /// The function that makes the function's own outcome of a rejection; told at `key` if it
    /// cannot.
    pub(crate) fn rejected(&self, key: Span) -> TokenStream {
        let output = returned::inferring_impl_trait(self.output.clone());
        let rejected = Stretch::at(key).path(&self.private, "rejected");
        quote_spanned!(Span::mixed_site().located_at(key)=> #rejected::<#output>)
    }
}
