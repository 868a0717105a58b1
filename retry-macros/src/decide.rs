//! What is called out of line, when there is something to decide or tell.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use crate::body_loop::Loop;
use crate::span::Stretch;
use crate::{policy, returned, verdict};

/// `let call = …;`, a reference to a `Call`.
pub(crate) enum Call {
    /// To a constant: made once, for success and failure.
    Known(TokenStream),
    /// Made where it is needed, out of the happy path.
    Unknown(TokenStream),
}

impl Call {
    pub(crate) fn known(&self) -> Option<&TokenStream> {
        match self {
            Self::Known(call) => Some(call),
            Self::Unknown(_) => None,
        }
    }

    fn unknown(&self) -> Option<&TokenStream> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(call) => Some(call),
        }
    }
}

impl Loop<'_> {
    /// Ends the retry of a success after failures, and tells of it.
    pub(crate) fn succeeded(&self, call: &Call) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let call = call.unknown();
        let first = self.first_success();
        if self.args.on_success.is_none() && call.is_none() && first.is_none() {
            return quote_spanned!(site=> #private::succeeded(__call, &mut __retry););
        }
        let tell = match &self.args.on_success {
            None => quote_spanned!(site=> #private::succeeded_late(__call, &mut __retry);),
            Some(hook) => {
                let hook = self.hook(hook);
                quote_spanned! {site=>
                    let __told = #private::Call::succeeded(__call, &mut __retry);
                    #hook
                    #private::end(&mut __retry);
                }
            }
        };
        quote_spanned! {site=>
            if #private::Due::is_retry(&__retry) {
                #call
                #tell
            } #first
        }
    }

    /// Whether a retry follows, which `retry` then is. Decides, tells, and calls the hooks.
    ///
    /// ```text
    /// {
    ///     let call = …;                            // unless it is known
    ///     let verdict = …;                         // over error, a reference
    ///     failed(call, &mut retry, verdict, <text>)
    /// }
    /// ```
    ///
    /// With hooks, the last line is
    ///
    /// ```text
    ///     let mut told = Call::failed(call, &mut retry, verdict, <text>);
    ///     if told.goes_on() {
    ///         <on_retry>(&told.event).await;
    ///         call.call_off_if_late(&mut retry, &mut told); // the hook may have been slow
    ///     }
    ///     told.goes_on()
    /// ```
    pub(crate) fn goes_on(&self, call: &Call) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let call = call.unknown();
        let prefix = if self.has_hooks() {
            quote_spanned!(site=> #private::Call::)
        } else {
            quote_spanned!(site=> #private::)
        };
        let attempt_failed = self.attempt_failed();
        let verdict = verdict::verdict(private, args, self.output, &quote_spanned!(site=> __error));
        let verdict = self.unless_refused(self.judged(verdict));
        let again = quote_spanned!(site=> #private::retried((&&#private::Probe(__value)).__hint()));
        let again = self.judged(again);
        let failed = quote_spanned! {site=>
            #[allow(unused_imports)]
            use #private::ask::*;
            let __verdict = #verdict;
            #attempt_failed
            #prefix failed(__call, &mut __retry, __verdict, (&&&&&#private::Probe(__error)).__text())
        };
        let told = if args.on_ok.is_none() {
            quote_spanned!(site=> let __error = &__error; #failed)
        } else {
            quote_spanned! {site=>
                match &__rest {
                    #private::Ok(__value) => {
                        #[allow(unused_imports)]
                        use #private::ask::*;
                        let __verdict = #again;
                        #attempt_failed
                        #prefix again(__call, &mut __retry, __verdict)
                    }
                    #private::Err(__error) => { #failed }
                }
            }
        };
        let mutable = args.on_retry.as_ref().map(|_| quote_spanned!(site=> mut));
        let on_retry = args.on_retry.as_ref().map(|hook| {
            let called = self.hook(hook);
            quote_spanned! {site=>
                if #private::Told::goes_on(&__told) {
                    #called
                    #private::Call::call_off_if_late(__call, &mut __retry, &mut __told);
                }
            }
        });
        let on_give_up = args.on_give_up.as_ref().map(|hook| {
            let called = self.hook(hook);
            quote_spanned!(site=> if #private::Told::gives_up(&__told) { #called })
        });
        if self.has_hooks() {
            quote_spanned! {site=>
                {
                    #call
                    let #mutable __told = { #told };
                    #on_retry
                    #on_give_up
                    #private::Told::goes_on(&__told)
                }
            }
        } else {
            quote_spanned!(site=> { #call #told })
        }
    }

    /// `verdict`, which is the error's own where neither `on` nor `when` has a say: then nobody has
    /// asked to wait for an open circuit.
    fn unless_refused(&self, verdict: TokenStream) -> TokenStream {
        let Self { private, args, .. } = self;
        if args.breaker.is_none() || args.on.is_some() || args.when.is_some() {
            return verdict;
        }
        quote_spanned!(Span::mixed_site()=> #private::unless_refused(__rejected, #verdict))
    }

    /// `parts_of(&outcome)`
    pub(crate) fn parts(&self) -> TokenStream {
        let stretch = Stretch::over(self.output);
        let outcome = stretch.borrowed(&quote_spanned!(Span::mixed_site()=> __outcome));
        if self.blocking && !returned::is_outcome(self.output) {
            return self.parts_of_any(&outcome);
        }
        stretch.call(&self.private, "parts_of", &outcome)
    }

    /// As [`parts`](Self::parts), of a type behind another name: it may be a future.
    fn parts_of_any(&self, outcome: &TokenStream) -> TokenStream {
        let private = &self.private;
        let stretch = returned::name(self.output)
            .map_or_else(|| Stretch::over(self.output), |name| Stretch::at(name.span()));
        let probe = stretch.call(private, "Probe", outcome);
        let parts = stretch.method(
            &quote_spanned!(Span::mixed_site()=> (&#probe)),
            "__parts",
            &TokenStream::new(),
        );
        quote_spanned! {Span::mixed_site()=>
            {
                #[allow(unused_imports)]
                use #private::spelt::*;
                #parts
            }
        }
    }

    /// `static SITE: Site = …;`, under a name that shadows nothing of the user's: an item has no
    /// hygiene.
    pub(crate) fn site(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let function = self.name.to_string();
        let function = function.strip_prefix("r#").unwrap_or(&function);
        let in_module = || {
            quote_spanned! {site=>
                #private::Name::in_module(
                    #private::concat!(#private::module_path!(), "::", #function),
                    #function,
                )
            }
        };
        let name = args
            .name
            .as_ref()
            .map_or_else(in_module, |name| quote_spanned!(site=> #private::Name::given(#name)));
        let policy = policy::name(args.policy.as_ref());
        quote_spanned! {site=>
            static __PERSEVERE_SITE: #private::Site =
                #private::Site::new(#name, #policy, #private::file!(), #private::line!());
        }
    }

    /// `more` is what a call is told where it is made after a failure.
    pub(crate) fn call(&self, more: Option<&TokenStream>) -> Call {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let policy::Written { tokens: policy, constant } = self.policy();
        let layers = self.with_layers();
        let is_known = constant
            && args.throttled.is_none()
            && args.id.is_none()
            && !self.has_timeline()
            && layers.is_empty();
        if is_known {
            return Call::Known(quote_spanned! {site=>
                let __call = const { &#private::Call::new(&__PERSEVERE_SITE, #policy) };
            });
        }
        let throttled = args.throttled.as_ref().map(|schedule| {
            let throttled = policy::policy(private, Some(schedule), None, &self.bindings).tokens;
            quote_spanned!(site=> let __throttled = #throttled;)
        });
        let with_throttled =
            args.throttled.as_ref().map(|_| quote_spanned!(site=> .throttled(__throttled)));
        let id = args.id.as_ref().map(|id| {
            let text = self.id(id);
            quote_spanned!(site=> .id(#text))
        });
        let context = args.context.as_ref().map(|_| quote_spanned!(site=> .context(&__attempt)));
        let timeline = self.has_timeline().then(|| quote_spanned!(site=> .timeline(&__timeline)));
        // In statements of their own: a policy computed at run time must outlive the call.
        Call::Unknown(quote_spanned! {site=>
            let __policy = #policy;
            #throttled
            let __call = &#private::Call::new(&__PERSEVERE_SITE, __policy)
                #with_throttled #id #context #timeline #layers #more;
        })
    }

    /// `id = …` as text: borrowed from a variable or a field, which outlives the event.
    fn id(&self, id: &Expr) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let stretch = Stretch::over(id);
        if !is_place(id) {
            return stretch.call(private, "owned_id", &id.to_token_stream());
        }
        let mut borrowed = stretch.mark('&');
        id.to_tokens(&mut borrowed);
        let borrowed = stretch.call(private, "id", &borrowed);
        quote_spanned! {site=>
            {
                #[allow(unused_imports)]
                use #private::ask::*;
                        (&&&&&#private::Probe(#borrowed)).__text()
                    }
        }
    }
}

/// Whether `expression` names a variable or a field.
fn is_place(expression: &Expr) -> bool {
    match expression {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}
