//! One run of the body.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::bind;
use crate::body_loop::Loop;
use crate::returned;
use crate::span::Stretch;

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
        self.limited(at, quote_spanned!(at=> async { #edge #context #rebound #body }))
    }

    /// Awaits the attempt `body`, for as long as `timeout` and `deadline` allow.
    ///
    /// ```text
    /// match within(limit, body).await {
    ///     Ok(outcome) => outcome,
    ///     Err(rejection) => rejected(timeline.cut(rejection), earlier),
    /// }
    /// ```
    fn limited(&self, at: Span, body: TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let body = match &args.deadline {
            Some(_) => quote_spanned!(at=> #private::enclosed(__timeline, #body)),
            None => body,
        };
        let Some(key) = args.key("timeout").or_else(|| args.key("deadline")) else {
            return quote_spanned!(at=> #body.await);
        };
        let stretch = Stretch::at(key);
        let (timeline, cut, earlier) = match &args.deadline {
            Some(_) => (
                quote_spanned!(site=> #private::Some(&__timeline)),
                quote_spanned!(site=> #private::Timeline::cut(&mut __timeline, __rejection)),
                quote_spanned!(site.located_at(key)=> #private::Option::take(&mut __earlier)),
            ),
            None => (
                quote_spanned!(site=> #private::None),
                quote_spanned!(site=> __rejection),
                stretch.path(private, "None"),
            ),
        };
        let timeout = self.optional(args.timeout.as_ref());
        let raced = match &args.sleep {
            Some(sleep) => {
                let sleep =
                    self.sleep_for(sleep, &quote_spanned!(site=> #private::Limit::after(&__limit)));
                quote_spanned!(at=> #private::race(__limit, #body, #sleep))
            }
            None => quote_spanned!(at=> #private::within(__limit, #body)),
        };
        let rejected = self.rejected(key);
        let note = self
            .notes_rejections()
            .then(|| quote_spanned!(site=> __rejected = #private::Some(__rejection);));
        quote_spanned! {site=>
            {
                let __limit = #private::Limit::of(#timeline, #timeout);
                match #raced.await {
                    #private::Ok(__outcome) => __outcome,
                    #private::Err(__rejection) => { #note #rejected(#cut, #earlier) }
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
