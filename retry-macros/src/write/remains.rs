//! How a call goes on after a failure, and ends, where nothing of the function's own sees that: by two
//! functions of the runtime, which are compiled once for each type of outcome.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::decide::LetCall;
use crate::library::private;
use crate::plan::Plan;

impl Plan {
    /// Whether no hook, `fallback` or `on_ok` has anything to do with how an attempt's failure ends; and
    /// whether that failure is not kept beyond the wait. A type that may be a future is asked in one place alone,
    /// so that one message says so.
    pub(super) fn ends_unseen(&self) -> bool {
        !self.sees_event()
            && !self.keeps_earlier
            && self.judging.on_ok.is_none()
            && !self.output.may_be_future
    }

    /// The arm of a failure.
    ///
    /// ```text
    /// Err(error) => {
    ///     let shown = <how events show it>;
    ///     let holder = <by whether it is `Send`>;
    ///     let call = …;                            // unless it is known
    ///     let verdict = …;                         // over error, a reference
    ///     match remains(call, &mut retry, verdict, error, (shown, holder), whole) {
    ///         Ok(remains) => remains,
    ///         Err(outcome) => break outcome,
    ///     }
    /// }
    /// ```
    pub(super) fn failed_unseen(&self, call: &LetCall) -> TokenStream {
        let site = Span::mixed_site();
        let call = call.in_arms();
        let error = quote_spanned!(site=> __error);
        let shown = shown(&quote_spanned!(site=> &__error));
        let holder = if self.is_blocking {
            quote_spanned!(site=> #private::Kept)
        } else {
            quote_spanned!(site=> (&&#private::Probe(&__error)).__holder())
        };
        let verdict = self.judging.verdict_unless_refused(&error, &self.output.written);
        let verdict = self.judged(verdict);
        let verdict = match self.attempt_failed() {
            None => verdict,
            Some(reported) => quote_spanned! {site=>
                let __verdict = #verdict;
                #reported
                __verdict
            },
        };
        quote_spanned! {site=>
            #private::Err(__error) => {
                #[allow(unused_imports)]
                use #private::ask::*;
                let __shown = #shown;
                let __holder = #holder;
                #call
                let __verdict = {
                    let __error = &__error;
                    #verdict
                };
                match #private::remains(
                    __call,
                    &mut __retry,
                    __verdict,
                    __error,
                    (__shown, __holder),
                    __whole,
                ) {
                    #private::Ok(__remains) => __remains,
                    #private::Err(__outcome) => break __outcome,
                }
            }
        }
    }

    /// Waits, and ends a call whose wait was cancelled.
    ///
    /// ```text
    /// if <wait for retry>.await {
    ///     if let Some(outcome) = ended(call, &mut retry, remains) {
    ///         break outcome;
    ///     }
    /// }
    /// ```
    pub(super) fn ended_unseen(&self, waited: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let call = self.call_between_attempts();
        // Where the type is no outcome, one message stands at one place.
        let output = self.at_output();
        let (ended, remains) = (output.path("ended"), output.own("__remains"));
        quote_spanned! {site=>
            #waited
            if __is_cancelled {
                #call
                if let #private::Some(__outcome) = #ended(__call, &mut __retry, #remains) {
                    break __outcome;
                }
            }
        }
    }
}

/// How events show `value`, a reference.
fn shown(value: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> (&&&&&#private::Probe(#value)).__shown())
}

/// `value`, a reference that is named, as events show it.
pub(super) fn text(value: &TokenStream) -> TokenStream {
    let shown = shown(value);
    quote_spanned!(Span::mixed_site()=> #private::text(#shown, #value))
}
