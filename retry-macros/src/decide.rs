//! The closure that is called out of line, when there is something to decide or tell.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use crate::body_loop::Loop;
use crate::span::Stretch;
use crate::{policy, verdict};

impl Loop<'_> {
    /// `out_of_line(|| decision(retry.take(), ended))` and the `hooks` for what then happened: an
    /// `Option<Retry>`.
    ///
    /// ```text
    /// {
    ///     let told = out_of_line(…);
    ///     if told.retries() { <on_retry>(&told.event).await; }
    ///     told.next()
    /// }
    /// ```
    pub(crate) fn decided(
        &self,
        ended: &TokenStream,
        hooks: &[(&str, &Option<Expr>)],
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        let told = quote_spanned! {site=>
            #private::out_of_line(|| {
                __decision(#private::Option::take(&mut __retry), #private::Ended::#ended)
            })
        };
        if !self.has_hooks() {
            return told;
        }
        let hooks = hooks.iter().filter_map(|(happened, hook)| {
            let happened = Ident::new(happened, site);
            let called = self.hook(hook.as_ref()?);
            Some(quote_spanned!(site=> if #private::Told::#happened(&__told) { #called }))
        });
        quote_spanned! {site=>
            {
                let __told = #told;
                #(#hooks)*
                __told.next()
            }
        }
    }

    /// `parts_of(&outcome, <closure>)`; the closure is called at most once.
    pub(crate) fn parts(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let policies = self.policies();
        let call = self.call();
        let verdict = verdict::verdict(private, args, self.output, &quote_spanned!(site=> __error));
        let told = |told: TokenStream| {
            if self.has_hooks() { told } else { quote_spanned!(site=> #told.next()) }
        };
        let succeeded = told(quote_spanned!(site=> __call.succeeded(__retry)));
        let failed = told(quote_spanned! {site=>
            __call.failed(__retry, __verdict, (&&&&&#private::Probe(__error)).__text())
        });
        let again = args.on_ok.as_ref().map(|_| {
            let again = told(quote_spanned!(site=> __call.again(__retry, __verdict)));
            quote_spanned! {site=>
                #private::Ended::Again(__value) => {
                    #[allow(unused_imports)]
                    use #private::{HintByClassify as _, NoHint as _};
                    let __verdict = #private::decided(
                        #private::Verdict::TRANSIENT,
                        || (&&#private::Probe(__value)).__hint(),
                    );
                    #again
                }
            }
        });
        let or_again =
            args.on_ok.is_none().then(|| quote_spanned!(site=> | #private::Ended::Again(_)));
        let decision = quote_spanned! {site=>
            |__retry, __ended| {
                #policies
                let __call = #call;
                match __ended {
                    #private::Ended::Succeeded #or_again => #succeeded,
                    #again
                    #private::Ended::Failed(__error) => {
                        #[allow(unused_imports)]
                        use #private::{
                            HintByClassify as _, NoHint as _, TextByDebug as _, TextByDisplay as _,
                            TextByName as _, TextByOwnDebug as _, TextByOwnDisplay as _,
                        };
                        let __verdict = #verdict;
                        #failed
                    }
                }
            }
        };
        let stretch = Stretch::over(self.output);
        let outcome = stretch.borrowed(&quote_spanned!(site=> __outcome));
        stretch.call(private, "parts_of", &quote_spanned!(site=> #outcome, #decision))
    }

    /// `Call::new(site, policy).throttled(…)…`
    fn call(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let function = self.name.to_string();
        let function = function.strip_prefix("r#").unwrap_or(&function);
        let in_module = || {
            quote_spanned! {site=>
                #private::Site::in_module(
                    #private::concat!(#private::module_path!(), "::", #function),
                    #function,
                )
            }
        };
        let site_value = args
            .name
            .as_ref()
            .map_or_else(in_module, |name| quote_spanned!(site=> #private::Site::named(#name)));
        let throttled =
            args.throttled.as_ref().map(|_| quote_spanned!(site=> .throttled(__throttled)));
        let id = args.id.as_ref().map(|id| {
            let text = self.id(id);
            quote_spanned!(site=> .id(#text))
        });
        let context = args.context.as_ref().map(|_| quote_spanned!(site=> .context(&__attempt)));
        let timeline = self.has_timeline().then(|| quote_spanned!(site=> .timeline(&__timeline)));
        quote_spanned! {site=>
            #private::Call::new(
                {
                    static SITE: #private::Site = #site_value;
                    &SITE
                },
                __policy,
            )
            #throttled #id #context #timeline
        }
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
                use #private::{
                    TextByDebug as _, TextByDisplay as _, TextByName as _, TextByOwnDebug as _,
                    TextByOwnDisplay as _,
                };
                        (&&&&&#private::Probe(#borrowed)).__text()
                    }
        }
    }

    /// In statements of their own: a policy computed at run time must outlive the call made of it.
    fn policies(&self) -> TokenStream {
        let site = Span::mixed_site();
        let policy = self.policy();
        let throttled = self.args.throttled.as_ref().map(|schedule| {
            let policy = policy::policy(&self.private, Some(schedule), None, &self.bindings);
            quote_spanned!(site=> let __throttled = #policy;)
        });
        quote_spanned!(site=> let __policy = #policy; #throttled)
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
