//! The backoff loop that takes the place of the function's body.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::args::Args;
use crate::bind;
use crate::decide::Call;
use crate::policy::{self, Setting};
use crate::span::Stretch;

/// Everything that one loop is written from.
pub(crate) struct Loop<'a> {
    pub(crate) private: TokenStream,
    pub(crate) args: &'a Args,
    pub(crate) name: &'a Ident,
    /// What one attempt returns.
    pub(crate) output: &'a Type,
    pub(crate) blocking: bool,
    /// The body's opening brace, where the attempt's own tokens point.
    pub(crate) brace: Span,
    pub(crate) bindings: Vec<Ident>,
    pub(crate) parts: bind::Bindings,
    pub(crate) body: TokenStream,
}

impl Loop<'_> {
    /// In the braces of `body`: a function that ends in code of ours would never be called dead.
    pub(crate) fn braced(&self, body: &Group) -> TokenStream {
        let mut braces = Group::new(Delimiter::Brace, self.tokens());
        braces.set_span(body.span());
        TokenTree::from(braces).into()
    }

    /// ```text
    /// static SITE: Site = …;
    /// let mut retry = Due::nothing();             // one empty pointer until something fails
    /// loop {
    ///     {
    ///         let outcome = <attempt>;
    ///         let (apart, whole) = parts_of(&outcome);
    ///         let call = const { &Call::new(&SITE, …) }; // where all of it is known, else in each arm
    ///         match apart(outcome) {              // so that only an error is lent out
    ///             Ok(value) => {
    ///                 succeeded(call, &mut retry); // out of line, after a failure
    ///                 break whole(Ok(value));     // the happy path
    ///             }
    ///             Err(error) => {
    ///                 if !<decide and tell, out of line> {
    ///                     break whole(Err(error));
    ///                 }
    ///             }
    ///         }
    ///     }                                       // the failure does not live across the wait
    ///     <wait for retry>;
    /// }
    /// ```
    ///
    /// Where a method borrows its receiver, it is called by its path: a trait of the user's that
    /// everything implements may have one of that name that takes its receiver, and be found first.
    ///
    /// An outcome of which a reference goes out of line would have to stay in memory, and be copied
    /// from there piece by piece; taken apart, its value never leaves the happy path.
    pub(crate) fn tokens(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, parts, .. } = self;
        let bind::Bindings { kept, copied, .. } = parts;
        let site_of_function = self.site();
        let hedge = self.hedge_static();
        let timeline = self.timeline();
        let context = self.context();
        let attempt = self.admitted(self.attempt());
        let parts_of = self.parts();
        let call = self.call(None);
        let success = self.success(&call);
        let failure = match self.with_earlier() {
            None => self.failure(&call),
            earlier => self.failure(&self.call(earlier.as_ref())),
        };
        let known_call = call.known();
        let wait = self.wait();
        let layers = self.layers();
        let enter = self.enter();
        let earlier = self
            .keeps_earlier()
            .then(|| quote_spanned!(site=> let mut __earlier = #private::None;));
        quote_spanned! {site=>
            #site_of_function
            #hedge
            #kept
            #timeline
            #layers
            let mut __retry = #private::Due::nothing();
            #earlier
            loop {
                {
                    #copied
                    #context
                    #enter
                    let __outcome = #attempt;
                    let (__apart, __whole) = #parts_of;
                    #known_call
                    match __apart(__outcome) {
                        #success
                        #failure
                    }
                }
                #wait;
            }
        }
    }

    /// The arm of a value that ends the loop: any that `on_ok` does not retry.
    fn success(&self, call: &Call) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let guard = self.args.on_ok.as_ref().map(|on_ok| {
            let again = on_ok.matches(private, &quote_spanned!(site=> (&__value)));
            quote_spanned!(site=> if !(#again))
        });
        let succeeded = self.succeeded(call);
        let attempt_succeeded = self.attempt_succeeded();
        quote_spanned! {site=>
            #private::Ok(__value) #guard => {
                #attempt_succeeded
                #succeeded
                break __whole(#private::Ok(__value));
            }
        }
    }

    /// The arm of a failure, and of a value that `on_ok` retries: it ends the loop unless a retry
    /// follows.
    fn failure(&self, call: &Call) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let failure = quote_spanned!(site=> __whole(#private::Err(__error)));
        let end = self.fallback().unwrap_or(failure);
        let (pattern, given, end) = match &self.args.on_ok {
            None => {
                (quote_spanned!(site=> #private::Err(__error)), quote_spanned!(site=> __error), end)
            }
            Some(_) => (
                quote_spanned!(site=> __rest),
                quote_spanned!(site=> __rest),
                quote_spanned! {site=>
                    match __rest {
                        #private::Ok(__value) => __whole(#private::Ok(__value)),
                        #private::Err(__error) => #end,
                    }
                },
            ),
        };
        let goes_on = self.goes_on(call);
        // Without hooks, what decides has said so itself.
        let ended = self.has_hooks().then(|| quote_spanned!(site=> #private::end(&mut __retry);));
        let (last, keep) = match (self.keeps_earlier(), &self.args.breaker) {
            (false, _) => (None, None),
            (true, None) => {
                (None, Some(quote_spanned!(site=> __earlier = #private::Some(#given);)))
            }
            (true, Some(_)) => (
                Some(quote_spanned! {site=>
                    let #given = #private::last(__rejected, __earlier, #given);
                }),
                Some(quote_spanned! {site=>
                    #private::keep(__rejected, &mut __earlier, #given);
                }),
            ),
        };
        quote_spanned! {site=>
            #pattern => {
                if !#goes_on {
                    #ended
                    #last
                    break #end;
                }
                #keep
            }
        }
    }

    /// The stamp before the loop, for a deadline and for a body that asks for its `Attempt`.
    fn timeline(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        self.has_timeline().then(|| {
            let deadline = self.optional(self.args.deadline.as_ref());
            let mutable = self.is_cut_at_deadline().then(|| quote_spanned!(site=> mut));
            quote_spanned!(site=> let #mutable __timeline = #private::Timeline::start(#deadline);)
        })
    }

    /// The `Attempt` of each round.
    fn context(&self) -> Option<TokenStream> {
        let private = &self.private;
        let policy = self.policy().tokens;
        self.args.context.as_ref().map(|_| {
            quote_spanned! {Span::mixed_site()=>
                let __attempt = #private::Attempt::next(
                    __timeline,
                    &__PERSEVERE_SITE,
                    #policy,
                    #private::Option::as_ref(&__retry),
                );
            }
        })
    }

    /// An `Option<Duration>`.
    pub(crate) fn optional(&self, setting: Option<&Setting<std::time::Duration>>) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match setting {
            Some(setting) => {
                let duration = setting.pinned_duration(private);
                quote_spanned!(site=> #private::Some(#duration))
            }
            None => quote_spanned!(site=> #private::None),
        }
    }

    /// Waits until the retry is due.
    fn wait(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match (&self.args.sleep, self.blocking) {
            (None, true) => quote_spanned!(site=> #private::sleep_blocking(&mut __retry)),
            (None, false) => quote_spanned!(site=> #private::sleep(&mut __retry).await),
            (Some(sleep), blocking) => {
                let at = site.located_at(sleep.span());
                let delay = quote_spanned!(site=> #private::begin(&mut __retry));
                let call = self.sleep_for(sleep, &delay);
                if blocking {
                    let slept = quote_spanned!(site=> #private::slept(&mut __retry));
                    quote_spanned!(at=> let __slept: () = #call; #slept)
                } else {
                    quote_spanned! {at=>
                        let __sleep = #call;
                        #private::sleep_by(&mut __retry, __sleep).await
                    }
                }
            }
        }
    }

    /// `sleep_for(delay, <sleep>)`
    pub(crate) fn sleep_for(&self, sleep: &Expr, delay: &TokenStream) -> TokenStream {
        let arguments = quote_spanned!(Span::mixed_site()=> #delay, #sleep);
        Stretch::over(sleep).call(&self.private, "sleep_for", &arguments)
    }

    pub(crate) fn policy(&self) -> policy::Written {
        let Args { policy, overrides, .. } = self.args;
        policy::policy(&self.private, policy.as_ref(), Some(overrides), &self.bindings)
    }

    pub(crate) fn has_timeline(&self) -> bool {
        self.args.context.is_some() || self.args.deadline.is_some()
    }

    /// Whether what an attempt failed with must be kept, since a later one may be cut at the deadline
    /// or refused by the circuit breaker.
    pub(crate) fn keeps_earlier(&self) -> bool {
        self.is_cut_at_deadline() || self.args.breaker.is_some()
    }

    /// Whether the deadline ends an attempt that runs.
    fn is_cut_at_deadline(&self) -> bool {
        !self.blocking && self.args.deadline.is_some()
    }
}
