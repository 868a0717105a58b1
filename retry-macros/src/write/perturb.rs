//! What chaos may do to an attempt, in a build with the feature of that name.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::sleep_for;
use crate::library::private;
use crate::plan::Plan;

impl Plan {
    /// Stands before the loop.
    pub(super) fn acted(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.may_be_broken.then(|| quote_spanned!(site=> let __acted = #private::Acted::not();))
    }

    /// What a `Call` has of chaos.
    pub(super) fn with_chaos(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.may_be_broken.then(|| quote_spanned!(site=> .chaos(&__acted)))
    }

    /// The future `body`, unless chaos fails it or delays it.
    ///
    /// ```text
    /// perturbed(Perturb::new(&acted, site, upstream, <what makes an outcome of a fault>), body)
    /// ```
    pub(super) fn perturbed(&self, at: Span, body: TokenStream) -> TokenStream {
        if !self.may_be_broken {
            return body;
        }
        let perturb = self.perturb();
        match &self.sleep {
            None => quote_spanned!(at=> #private::perturbed(#perturb, #body)),
            Some(sleep) => {
                let sleep = sleep_for(sleep, &quote_spanned!(Span::mixed_site()=> __delay));
                quote_spanned!(at=> #private::perturbed_by(#perturb, |__delay| #sleep, #body))
            }
        }
    }

    /// As [`perturbed`](Self::perturbed), of a closure.
    pub(super) fn perturbed_blocking(&self, at: Span, body: TokenStream) -> TokenStream {
        if !self.may_be_broken {
            return body;
        }
        let site = Span::mixed_site();
        let perturb = self.perturb();
        let sleep = match &self.sleep {
            None => quote_spanned!(site=> #private::rest),
            Some(sleep) => {
                let sleep = sleep_for(sleep, &quote_spanned!(site=> __delay));
                // A `sleep` that never returns is no mistake.
                quote_spanned! {site=> |__delay| {
                    #[allow(clippy::diverging_sub_expression)]
                    let _ = #sleep;
                }}
            }
        };
        quote_spanned!(at=> || #private::perturbed_blocking(&#perturb, #sleep, #body))
    }

    fn perturb(&self) -> TokenStream {
        let site = Span::mixed_site();
        let output = &self.output.inferred;
        let upstream = match &self.layers.upstream {
            None => quote_spanned!(site=> #private::None),
            Some(_) => quote_spanned!(site=> #private::Some(#private::name_of(__upstream()))),
        };
        quote_spanned! {site=>
            #private::Perturb::new(&__acted, __retry_site, #upstream, {
                #[allow(unused_imports)]
                use #private::faults::*;
                (&&&#private::Faults::<#output>::of()).__fault()
            })
        }
    }
}
