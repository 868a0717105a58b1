//! `impl Task`: what a row says of the task.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Type};

use crate::function::returned;
use crate::library::private;
use crate::plan::{Args, Asked, Task};
use crate::read::{Keyed, Priority};
use crate::write::stretch::Stretch;

impl Task {
    pub(super) fn row(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { args, name, values, .. } = self;
        let output = self.output();
        let formerly = self.formerly();
        let formerly = (!formerly.is_empty()).then(|| {
            quote_spanned! {site=>
                const FORMERLY: &'static [&'static #private::str] = &[#(#formerly),*];
            }
        });
        let queue = values
            .queue
            .as_deref()
            .map(|queue| quote_spanned!(site=> const QUEUE: &'static #private::str = #queue;));
        let version = values
            .version
            .as_deref()
            .map(|version| quote_spanned!(site=> const VERSION: #private::u32 = #version;));
        let priority = values.priority.as_deref().map(|priority| {
            let priority = Ident::new(priority.name(), site);
            quote_spanned! {site=>
                const PRIORITY: #private::Priority = #private::Priority::#priority;
            }
        });
        let keep = values.keep.as_deref().map(|keep| {
            let keep = keep.pinned_duration();
            quote_spanned!(site=> const KEEP: #private::Duration = #keep;)
        });
        let unique = self.unique.as_ref().map(|unique| {
            let bound = self.bound(unique);
            let key = key(&unique.asked);
            quote_spanned! {site=>
                fn unique(&self) -> #private::Option<#private::Key> {
                    #bound
                    #private::Some(#key)
                }
            }
        });
        let read = self.read();
        let assumed = self.assumed();
        quote_spanned! {site=>
            impl #private::Task for #args where #assumed {
                type Output = #output;
                const NAME: &'static #private::str = #name;
                #formerly
                #queue
                #version
                #priority
                #keep
                #unique
                #read
            }
        }
    }

    /// What it returns when it succeeds.
    pub(super) fn output(&self) -> TokenStream {
        let output = &self.call.output;
        let value = returned::value_of(output);
        if !std::ptr::eq(value, output) {
            return value.to_token_stream();
        }
        let stretch = Stretch::over(output);
        let outcome = stretch.path("Outcome");
        let open = stretch.mark('<');
        quote_spanned!(stretch.end()=> #open #output as #outcome>::Value)
    }

    /// Binds the arguments that an expression uses, by reference.
    pub(super) fn bound<T>(&self, asked: &Asked<T>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let uses = &asked.uses;
        match (&self.args, &**uses) {
            (_, []) => None,
            (Args::Made { .. }, uses) => {
                Some(quote_spanned!(site=> let Self { #(#uses,)* .. } = self;))
            }
            (Args::Elsewhere(_), uses) => Some(quote_spanned!(site=> #(let #uses = self;)*)),
        }
    }

    /// Reads rows of this version and of earlier ones.
    ///
    /// ```text
    /// if version >= 3 {
    ///     Payload::read(args)
    /// } else if version >= 2 {
    ///     Result::map((&Earlier::<V2>::NEW).read(version, args), |it| From::<V2>::from(it))
    /// } else {
    ///     Result::map((&Earlier::<V1>::NEW).read(version, args), |it| From::<V2>::from(From::<V1>::from(it)))
    /// }
    /// ```
    fn read(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let Keyed { value: types, .. } = self.values.from.as_ref()?;
        let latest = self.values.version.as_deref().copied().unwrap_or(1);
        let mut below = latest;
        let last = types.len().saturating_sub(1);
        let earlier = types.iter().enumerate().map(|(index, ty)| {
            below = below.saturating_sub(1);
            let condition = (index < last).then(|| quote_spanned!(site=> if __version >= #below));
            let stretch = Stretch::over(ty);
            let reader = stretch.path("Earlier");
            let at = stretch.end();
            let converted = converted(&types[..=index]);
            quote_spanned! {at=>
                else #condition {
                    #private::Result::map(
                        (&#reader::<#ty>::NEW).__read(__version, __args),
                        |__earlier| #converted,
                    )
                }
            }
        });
        Some(quote_spanned! {site=>
            fn read(
                __version: #private::u32,
                __args: &#private::Payload,
            ) -> #private::Read<Self> {
                #[allow(unused_imports)]
                use #private::{ReadAsIs as _, ReadAsTask as _};
                if __version >= #latest {
                    #private::Payload::read(__args)
                } #(#earlier)*
            }
        })
    }
}

/// `key(&unique)`
fn key(unique: &Expr) -> TokenStream {
    let stretch = Stretch::over(unique);
    let mut lent = stretch.mark('&');
    if matches!(unique, Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_)) {
        lent.extend(quote_spanned!(Span::mixed_site()=> (#unique)));
    } else {
        unique.to_tokens(&mut lent);
    }
    stretch.call("key", &lent)
}

/// `__earlier`, of the last of `types`, by way of all before it.
fn converted(types: &[Type]) -> TokenStream {
    let site = Span::mixed_site();
    let mut value = quote_spanned!(site=> __earlier);
    for (index, from) in types.iter().enumerate().rev() {
        let into = match index.checked_sub(1).and_then(|index| types.get(index)) {
            Some(into) => into.to_token_stream(),
            None => quote_spanned!(site=> Self),
        };
        let convert = Stretch::over(from).path("From");
        value = quote_spanned!(site=> <#into as #convert<#from>>::from(#value));
    }
    value
}

impl Priority {
    const fn name(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
        }
    }
}
