//! The layers within the retries: the budget.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use crate::body_loop::Loop;
use crate::span::Stretch;

impl Loop<'_> {
    /// The layers that the call goes through, named once, before its first attempt.
    pub(crate) fn layers(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let budget = self.layer("budget", self.args.budget.as_ref()?);
        Some(quote_spanned!(site=> let __budget = #budget;))
    }

    /// `name(&layer)`
    fn layer(&self, name: &str, layer: &Expr) -> TokenStream {
        let stretch = Stretch::over(layer);
        let mut borrowed = stretch.mark('&');
        layer.to_tokens(&mut borrowed);
        stretch.call(&self.private, name, &borrowed)
    }

    /// What each attempt begins with: nothing has cut it short yet.
    pub(crate) fn enter(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        self.notes_rejections().then(|| quote_spanned!(site=> let mut __rejected = #private::None;))
    }

    /// Tells the budget of a success at the first attempt; later ones are told out of line.
    pub(crate) fn first_success(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = &self.private;
        self.args
            .budget
            .as_ref()
            .map(|_| quote_spanned!(site=> else { #private::Budget::succeeded(__budget); }))
    }

    /// What a `Call` is told of the layers.
    pub(crate) fn with_layers(&self) -> TokenStream {
        let site = Span::mixed_site();
        let budget = self.args.budget.as_ref().map(|_| quote_spanned!(site=> .budget(__budget)));
        let rejected =
            self.notes_rejections().then(|| quote_spanned!(site=> .rejected(__rejected)));
        quote_spanned!(site=> #budget #rejected)
    }

    /// Whether an attempt may be cut short, and a layer asks whether it was.
    pub(crate) fn notes_rejections(&self) -> bool {
        let Self { args, blocking, .. } = self;
        args.budget.is_some() && !blocking && (args.timeout.is_some() || args.deadline.is_some())
    }
}
