//! One `Policy` expression, computed at compile time wherever the plan says so.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::stretch::Stretch;
use crate::library::private;
use crate::plan::{Borrowing, Policy};
use crate::read::{Base, Jitter, PolicyFields, Retries, Setting};

impl Policy {
    /// A `&Policy`, promoted to `&'static` where it is known at compile time.
    pub(super) fn reference(&self) -> TokenStream {
        let site = Span::mixed_site();
        let policy = self.value();
        match self.borrowing {
            Borrowing::OfPath | Borrowing::AtRunTime => quote_spanned!(site=> &#policy),
            Borrowing::OfConstant => quote_spanned!(site=> const { &#policy }),
        }
    }

    /// A `Policy`, computed at compile time where that can be.
    #[cfg(feature = "tasks")]
    pub(super) fn itself(&self) -> TokenStream {
        let policy = self.value();
        match self.borrowing {
            Borrowing::OfPath | Borrowing::AtRunTime => policy,
            Borrowing::OfConstant => quote_spanned!(Span::mixed_site()=> const { #policy }),
        }
    }

    fn value(&self) -> TokenStream {
        let site = Span::mixed_site();
        let mut policy = match &self.base {
            Base::Named(preset, _) => {
                let name = Ident::new(preset.constant, site);
                quote_spanned!(site=> #private::Policy::#name)
            }
            Base::Waits(list, _) => {
                let waits = list.iter().map(|wait| known_duration(*wait));
                quote_spanned!(site=> #private::Policy::waits(const { &[#(#waits),*] }))
            }
            Base::Code(code) => Stretch::over(code).call("policy", &code.to_token_stream()),
        };
        let PolicyFields {
            max_retries,
            base_delay,
            max_delay,
            exponential_base,
            jitter,
            reset_after,
        } = &self.fields;
        if let Some(count) = max_retries {
            let (setter, value) = match &count.value {
                Setting::Known(Retries::Unlimited, _) => {
                    ("with_unlimited_retries", TokenStream::new())
                }
                Setting::Known(Retries::AtMost(count), _) => {
                    ("with_max_retries", quote_spanned!(site=> #count))
                }
                Setting::Code(code) => ("with_max_retries", code.to_token_stream()),
            };
            policy = count.stretch().method(&policy, setter, &value);
        }
        if let Some(delay) = base_delay {
            policy = delay.stretch().method(&policy, "with_base_delay", &delay.duration());
        }
        if let Some(delay) = max_delay {
            policy = delay.stretch().method(&policy, "with_max_delay", &delay.duration());
        }
        if let Some(base) = exponential_base {
            let value = base.tokens(|base| quote_spanned!(site=> #base));
            policy = self.checked("with_exponential_base", &policy, base.stretch(), &value);
        }
        if let Some(jitter) = jitter {
            let value = jitter.tokens(jitter_tokens);
            policy = self.checked("with_jitter", &policy, jitter.stretch(), &value);
        }
        if let Some(ran) = reset_after {
            policy = ran.stretch().method(&policy, "with_reset_after", &ran.duration());
        }
        policy
    }

    /// A setter that refuses nonsense: by a compile error in a constant, by doing nothing otherwise.
    fn checked(
        &self,
        setter: &str,
        policy: &TokenStream,
        stretch: Stretch,
        value: &TokenStream,
    ) -> TokenStream {
        if self.borrowing == Borrowing::AtRunTime {
            let arguments = quote_spanned!(Span::mixed_site()=> #policy, #value);
            stretch.call(setter, &arguments)
        } else {
            stretch.method(policy, setter, value)
        }
    }
}

fn jitter_tokens(jitter: Jitter) -> TokenStream {
    let site = Span::mixed_site();
    let variant = match jitter {
        Jitter::None => quote_spanned!(site=> None),
        Jitter::Proportional(proportion) => quote_spanned!(site=> Proportional(#proportion)),
        Jitter::Full => quote_spanned!(site=> Full),
        Jitter::Equal => quote_spanned!(site=> Equal),
        Jitter::Decorrelated => quote_spanned!(site=> Decorrelated),
    };
    quote_spanned!(site=> #private::Jitter::#variant)
}

impl<T: Copy> Setting<T> {
    /// Where rustc says that code has the wrong type.
    pub(super) fn stretch(&self) -> Stretch {
        match self {
            Self::Known(_, span) => Stretch::at(*span),
            Self::Code(code) => Stretch::over(code),
        }
    }

    pub(super) fn tokens(&self, known: impl FnOnce(T) -> TokenStream) -> TokenStream {
        match self {
            Self::Known(value, _) => known(*value),
            Self::Code(code) => code.to_token_stream(),
        }
    }
}

impl Setting<Duration> {
    /// As [`duration`](Self::duration), its type pinned down where the user wrote it.
    pub(super) fn pinned_duration(&self) -> TokenStream {
        let duration = self.duration();
        match self {
            Self::Known(..) => duration,
            Self::Code(_) => self.stretch().call("duration", &duration),
        }
    }

    pub(super) fn duration(&self) -> TokenStream {
        self.tokens(known_duration)
    }
}

fn known_duration(known: Duration) -> TokenStream {
    let (seconds, nanos) = (known.as_secs(), known.subsec_nanos());
    quote_spanned!(Span::mixed_site()=> #private::Duration::new(#seconds, #nanos))
}
