//! Asks the types what the signature does not say of returned borrows, in code that never runs.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::stretch::Stretch;
use crate::function::borrowed::Question;
use crate::function::returned;
use crate::library::private;
use crate::plan::Plan;

impl Plan {
    pub(super) fn asked(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let output = &self.output.written;
        let (asked, accepts) = match self.question.as_ref()? {
            Question::DoesOutputBorrow => {
                (quote_spanned!(site=> Output::<fn(&mut ()) -> #output>), "owned")
            }
            Question::IsSelfUnique => {
                (quote_spanned!(site=> Receiver::<Self, #private::Lent>), "owned_without_self")
            }
            Question::CanValueHoldSelf => {
                let value = returned::value_of(output);
                (quote_spanned!(site=> Receiver::<Self, #value>), "owned_without_self")
            }
        };
        let stretch = Stretch::over(output);
        let asked = quote_spanned!(stretch.end()=> (&&&#private::lent::#asked::ASKED));
        let mut answer = stretch.mark('&');
        answer.extend(stretch.method(&asked, "__lent", &TokenStream::new()));
        let check = stretch.call(accepts, &answer);
        Some(quote_spanned! {site=>
            let _ = || {
                #[allow(unused_imports)]
                use #private::lent::*;
                #check;
            };
        })
    }
}
