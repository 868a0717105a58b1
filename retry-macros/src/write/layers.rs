//! The layers that a call goes through: its bulkhead, its budget, its circuit breaker.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use super::stretch::Stretch;
use super::{remains, sleep_for};
use crate::library::private;
use crate::plan::{Layer, Layers, Plan, Upstream};

impl Plan {
    /// The layers that the call goes through, named once, before its first attempt. Their order is that of
    /// `call/stages.rs` in the runtime.
    pub(super) fn layers(&self) -> TokenStream {
        let site = Span::mixed_site();
        let admission = self.layers.bulkhead.as_ref().map(|bulkhead| self.admit(bulkhead));
        let refused = self.refused();
        let within = self.layers.upstream.as_ref().map(|_| {
            let permit = match &self.layers.bulkhead {
                Some(Layer::OfUpstream) => quote_spanned!(site=> #private::permit_of(&__admission)),
                _ => quote_spanned!(site=> #private::None),
            };
            quote_spanned! {site=>
                #private::count_call(#refused, __upstream());
                let __within = #private::within_upstream(__upstream(), #permit);
            }
        });
        let budget = self.layers.budget.as_ref().map(|budget| {
            let (kept, budget) = (budget.keep("budget"), budget.tokens("budget"));
            quote_spanned! {site=>
                #kept
                let __budget = #budget;
                #private::begin_call(#refused, __budget);
            }
        });
        let breaker = self.layers.breaker.as_ref().map(|breaker| {
            let (kept, breaker) = (breaker.keep("breaker"), breaker.tokens("breaker"));
            quote_spanned!(site=> #kept let __breaker = #breaker;)
        });
        quote_spanned!(site=> #admission #within #budget #breaker)
    }

    /// What leads to the upstream, which is asked anew each time: of a static, the compiler then knows what
    /// it refers to.
    ///
    /// ```text
    /// let upstream = || upstream(&PAYMENTS);
    /// ```
    pub(super) fn upstream(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let upstream = self.layers.upstream.as_ref()?;
        let (kept, value) = match upstream {
            Upstream::Static(value) | Upstream::Place(value) => (None, layer("upstream", value)),
            Upstream::Value(value) => {
                let stretch = Stretch::over(value);
                let borrowed = stretch.borrowed(&quote_spanned!(site=> __kept));
                (
                    Some(quote_spanned!(site=> let __kept = #value;)),
                    stretch.call("upstream", &borrowed),
                )
            }
        };
        let must_not_cut = match upstream {
            Upstream::Static(value) if self.layers.must_not_cut => Some(must_not_cut(value)),
            _ => None,
        };
        Some(quote_spanned!(site=> #must_not_cut #kept let __upstream = || #value;))
    }

    /// Waits for a permit of `bulkhead`, until the deadline if there is one.
    fn admit(&self, bulkhead: &Layer) -> TokenStream {
        let site = Span::mixed_site();
        let if_any = match bulkhead {
            Layer::Named { .. } => "",
            Layer::OfUpstream => "_if_any",
        };
        let [admit, admit_by, admit_blocking] =
            ["", "_by", "_blocking"].map(|by| Ident::new(&format!("admit{if_any}{by}"), site));
        let (kept, bulkhead) = (bulkhead.keep("bulkhead"), bulkhead.tokens("bulkhead"));
        let timeline = self.until_deadline();
        match (&self.sleep, self.is_blocking) {
            (_, true) => quote_spanned! {site=>
                #kept
                let __admission = #private::#admit_blocking(#bulkhead, #timeline);
            },
            (None, false) => {
                let asked = quote_spanned!(site=> #private::#admit(#bulkhead, #timeline));
                let admission = admitted_in_time(&asked);
                quote_spanned!(site=> #kept #admission)
            }
            (Some(sleep), false) => {
                let sleep = sleep_for(sleep, &quote_spanned!(site=> __delay));
                let asked = quote_spanned! {site=>
                    #private::#admit_by(#bulkhead, #timeline, |__delay| #sleep)
                };
                let admission = admitted_in_time(&asked);
                quote_spanned!(site=> #kept #admission)
            }
        }
    }

    /// What each attempt begins with: the circuit breaker's permit, or what it is refused with; and its turn.
    ///
    /// ```text
    /// let (mut permit, mut rejected) = begin_attempt(refused, breaker);
    /// if let Some(turn) = take_turn(upstream(), rejected, timeline) {
    ///     rejected = turn.await;
    ///     begin_anew(&mut permit);
    /// }
    /// ```
    pub(super) fn enter(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Layers { breaker, bulkhead, upstream, .. } = &self.layers;
        if breaker.is_none() && bulkhead.is_none() && upstream.is_none() {
            return None;
        }
        let refused = self.refused();
        let mutable = upstream.as_ref().map(|_| quote_spanned!(site=> mut));
        let (entered, begun) = match breaker {
            Some(breaker) => {
                let begin = Ident::new(breaker.begin_attempt(), site);
                (
                    quote_spanned!(site=> (#mutable __permit, #mutable __rejected)),
                    quote_spanned!(site=> #private::#begin(#refused, __breaker)),
                )
            }
            None => (quote_spanned!(site=> #mutable __rejected), refused),
        };
        let turn = upstream.as_ref().map(|_| self.take_turn());
        Some(quote_spanned!(site=> let #entered = #begun; #turn))
    }

    /// The attempt takes its turn, waiting for it if it must.
    fn take_turn(&self) -> TokenStream {
        let site = Span::mixed_site();
        let timeline = self.until_deadline();
        let asked = match (&self.sleep, self.is_blocking) {
            (_, true) => quote_spanned! {site=>
                #private::take_turn_blocking(__upstream(), __rejected, #timeline)
            },
            (None, false) => quote_spanned! {site=>
                #private::take_turn(__upstream(), __rejected, #timeline)
            },
            (Some(sleep), false) => {
                let sleep = sleep_for(sleep, &quote_spanned!(site=> __delay));
                quote_spanned! {site=>
                    #private::take_turn_by(__upstream(), __rejected, #timeline, |__delay| #sleep)
                }
            }
        };
        let waited = if self.is_blocking {
            quote_spanned!(site=> __turn)
        } else {
            quote_spanned!(site=> __turn.await)
        };
        let begin_anew = self
            .layers
            .breaker
            .as_ref()
            .map(|_| quote_spanned!(site=> #private::begin_anew(&mut __permit);));
        quote_spanned! {site=>
            if let #private::Some(__turn) = #asked {
                __rejected = #waited;
                #begin_anew
            }
        }
    }

    /// The timeline of a call that has a deadline, an `Option`: what bounds its waits for its layers.
    fn until_deadline(&self) -> TokenStream {
        let site = Span::mixed_site();
        let borrow = self.is_blocking.then(|| quote_spanned!(site=> &));
        match &self.limits.deadline {
            Some(_) => quote_spanned!(site=> #private::Some(#borrow __timeline)),
            None => quote_spanned!(site=> #private::None),
        }
    }

    /// The bulkhead's refusal of the call, an `Option`.
    fn refused(&self) -> TokenStream {
        let site = Span::mixed_site();
        match &self.layers.bulkhead {
            Some(_) => quote_spanned!(site=> #private::refused(&__admission)),
            None => quote_spanned!(site=> #private::None),
        }
    }

    /// `attempt`, if the bulkhead and the circuit breaker let it through.
    ///
    /// ```text
    /// match rejected {
    ///     None => attempt,
    ///     Some(rejection) => rejected(rejection, None),
    /// }
    /// ```
    pub(super) fn admitted(&self, attempt: TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let Some(key) = self.layers.refused_at else { return attempt };
        let stretch = Stretch::at(key);
        let none = stretch.path("None");
        let rejected = self.rejected(key);
        let refused = self.cut(quote_spanned!(site=> #rejected(__rejection, #none)));
        quote_spanned! {site=>
            match __rejected {
                #private::None => #attempt,
                #private::Some(__rejection) => #refused,
            }
        }
    }

    /// Reports a success to the circuit breaker.
    pub(super) fn attempt_succeeded(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.layers
            .breaker
            .as_ref()
            .map(|_| quote_spanned!(site=> #private::attempt_succeeded(__permit);))
    }

    /// Reports a success to the bulkhead: it is the call's end.
    pub(super) fn completed(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.layers
            .bulkhead
            .as_ref()
            .map(|_| quote_spanned!(site=> #private::completed(&__admission);))
    }

    /// Reports a failure to the circuit breaker and to the bulkhead.
    pub(super) fn attempt_failed(&self) -> Option<TokenStream> {
        let health = self.judging.health();
        self.report(&health, ["attempt_failed", "admitted_failed"])
    }

    /// Reports a value that is retried to the circuit breaker and to the bulkhead.
    pub(super) fn attempt_polled(&self) -> Option<TokenStream> {
        let polled = quote_spanned!(Span::mixed_site()=> __polled);
        self.report(&polled, ["attempt_polled", "admitted_polled"])
    }

    /// Reports `ended` to both, by a function for each.
    fn report(&self, ended: &TokenStream, by: [&str; 2]) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let [to_breaker, to_bulkhead] = by.map(|name| Ident::new(name, site));
        match (&self.layers.breaker, &self.layers.bulkhead) {
            (None, None) => None,
            (Some(_), None) => {
                Some(quote_spanned!(site=> #private::#to_breaker(__permit, #ended, __rejected);))
            }
            (None, Some(_)) => Some(
                quote_spanned!(site=> #private::#to_bulkhead(&__admission, #ended, __rejected);),
            ),
            (Some(_), Some(_)) => Some(quote_spanned! {site=>
                let __ended = #ended;
                #private::#to_bulkhead(&__admission, __ended, __rejected);
                #private::#to_breaker(__permit, __ended, __rejected);
            }),
        }
    }

    /// Reports a success at the first attempt to the budget; later ones are reported out of line.
    pub(super) fn first_success(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.layers
            .budget
            .as_ref()
            .map(|_| quote_spanned!(site=> else { #private::Budget::succeeded(__budget); }))
    }

    /// What a `Call` has of the upstream.
    pub(super) fn of_upstream(&self) -> Option<TokenStream> {
        let upstream = self.layers.upstream.as_ref();
        upstream.map(|_| quote_spanned!(Span::mixed_site()=> .upstream(__upstream(), &__within)))
    }

    /// What a `Call` has of the layers.
    pub(super) fn with_layers(&self) -> TokenStream {
        let site = Span::mixed_site();
        let budget = self.layers.budget.as_ref().map(|_| quote_spanned!(site=> .budget(__budget)));
        let rejected = self.call.is_rejected.then(|| quote_spanned!(site=> .rejected(__rejected)));
        let upstream = self.of_upstream();
        quote_spanned!(site=> #budget #upstream #rejected)
    }

    /// What a `Call` has of the attempt before one that the circuit breaker or the rate has refused.
    ///
    /// ```text
    /// .earlier(match earlier_error(whole, rejected, &earlier) {
    ///     Some(error) => Some(Err(<text>)),
    ///     None => None,
    /// })
    /// ```
    pub(super) fn with_earlier(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        if !self.layers.refuses_attempts() {
            return None;
        }
        let text = remains::text(&quote_spanned!(site=> __error));
        let text = quote_spanned!(site=> #private::Some(#private::Err(#text)));
        let (earlier, arms) = match &self.judging.on_ok {
            None => ("earlier_error", quote_spanned!(site=> #private::Some(__error) => #text,)),
            Some(_) => (
                "earlier_rest",
                quote_spanned! {site=>
                    #private::Some(#private::Err(__error)) => #text,
                    #private::Some(#private::Ok(_)) => #private::Some(#private::Ok(())),
                },
            ),
        };
        let earlier = Ident::new(earlier, site);
        Some(quote_spanned! {site=>
            .earlier({
                #[allow(unused_imports)]
                use #private::ask::*;
                match #private::#earlier(__whole, __rejected, &__earlier) {
                    #arms
                    #private::None => #private::None,
                }
            })
        })
    }
}

impl Layer {
    /// What names it, or what the upstream has.
    fn tokens(&self, name: &str) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            Self::Named { value, is_returned: false } => layer(name, value),
            Self::Named { value, is_returned: true } => {
                let stretch = Stretch::over(value);
                let kept = kept(name);
                stretch.call(name, &stretch.borrowed(&quote_spanned!(site=> #kept)))
            }
            Self::OfUpstream => {
                let of_upstream = Ident::new(&format!("{name}_of"), site);
                quote_spanned!(site=> #private::#of_upstream(__upstream()))
            }
        }
    }

    /// Keeps what a function returns, for as long as the call goes on.
    fn keep(&self, name: &str) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Self::Named { value, is_returned: true } = self else { return None };
        let kept = kept(name);
        Some(quote_spanned!(site=> let #kept = #value;))
    }

    /// What a circuit breaker's attempts begin with.
    fn begin_attempt(&self) -> &'static str {
        match self {
            Self::Named { .. } => "begin_attempt",
            Self::OfUpstream => "begin_attempt_if_any",
        }
    }
}

/// The admission that `asked` gives, after a wait if there is one.
///
/// ```text
/// let (mut admission, wait) = <asked>;
/// if let Some(wait) = wait {
///     admission = wait.await;
/// }
/// ```
fn admitted_in_time(asked: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    quote_spanned! {site=>
        let (mut __admission, __wait) = #asked;
        if let #private::Some(__wait) = __wait {
            __admission = __wait.await;
        }
    }
}

/// The variable of a layer that a function returns.
fn kept(name: &str) -> Ident {
    Ident::new(&format!("__kept_{name}"), Span::mixed_site())
}

/// Refuses a static upstream that has a timeout.
pub(super) fn must_not_cut(upstream: &Expr) -> TokenStream {
    let stretch = Stretch::over(upstream);
    let at = stretch.end();
    let mut borrowed = stretch.mark('&');
    upstream.to_tokens(&mut borrowed);
    let asked = stretch.call("CutsAttempts", &borrowed);
    let asked = stretch.method(&asked, "answer", &TokenStream::new());
    let asserted = quote_spanned! {at=>
        #private::assert!(
            !#asked,
            "this upstream cuts attempts, which a blocking function cannot: `timeout = false`"
        )
    };
    if names_self(upstream) {
        // An item cannot name it. This is asked when the function is compiled, and not by `cargo check`.
        quote_spanned!(at=> const { #asserted };)
    } else {
        quote_spanned!(at=> const _: () = #asserted;)
    }
}

fn names_self(path: &Expr) -> bool {
    let Expr::Path(path) = path else { return false };
    path.qself.is_some() || path.path.segments.first().is_some_and(|first| first.ident == "Self")
}

/// `name(&layer)`
pub(super) fn layer(name: &str, layer: &Expr) -> TokenStream {
    let stretch = Stretch::over(layer);
    let mut borrowed = stretch.mark('&');
    layer.to_tokens(&mut borrowed);
    stretch.call(name, &borrowed)
}
