//! The expansion: a backoff loop in the function's own body.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Token, Type};

use crate::args::{self, Args};
use crate::bind::{self, Binding, Names};
use crate::diagnostics::Errors;
use crate::item::{self, Function};
use crate::shape::{self, Form, Shape};
use crate::{contradiction, policy, returned, verdict};

/// Expands `#[retry(args)] item`. Whatever is wrong with the arguments, the item stays in the
/// output, so that one mistake does not become an error at every caller.
pub(crate) fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = args::parse(args, &mut errors);
    let expanded = match item::parse(item.clone()) {
        Ok(function) => expand(&args, function, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    match expanded {
        Some(expanded) if errors.is_empty() => expanded,
        _ => {
            let mut tokens = errors.into_tokens();
            tokens.extend(item);
            tokens
        }
    }
}

fn expand(args: &Args, mut function: Function, errors: &mut Errors) -> Option<TokenStream> {
    let shape = shape::of(&function, args, errors);
    let returns_option = shape.as_ref().is_some_and(|shape| returned::is_option(&shape.output));
    contradiction::check(args, returns_option, errors);
    let mut bindings = bind::take(&mut function.signature);
    bind::check_clones(&args.clone, &bindings, errors);
    let Shape { form, output } = shape?;
    let name = function.signature.ident.clone();
    let plan = |blocking: bool, bindings: &[Binding], body: TokenStream| Loop {
        private: args.private(),
        args,
        name: &name,
        output: &output,
        blocking,
        brace: function.body.span_open(),
        bindings: bindings.iter().map(|binding| binding.ident.clone()).collect(),
        parts: bind::plan(&args.private(), bindings, &args.clone, &Names::of(body.clone())),
        body,
    };
    let body = inner_block(&function.body).to_token_stream();
    let looped = match form {
        Form::Async => plan(false, &bindings, body).braced(),
        Form::Blocking => plan(true, &bindings, body).braced(),
        Form::Future(mut future) => {
            let entered = future.enter(&function.signature, &mut bindings);
            let looped = plan(false, &bindings, entered.body).tokens();
            let hoisted = entered.hoisted;
            future.with(quote_spanned!(Span::mixed_site()=> #hoisted #looped))
        }
    };
    if let Some(FnArg::Receiver(receiver)) = function.signature.inputs.first_mut()
        && args.clone.iter().any(|name| name == "self")
    {
        receiver.mutability.get_or_insert(Token![mut](receiver.self_token.span));
    }
    let Function { attributes, visibility, signature, .. } = function;
    Some(quote_spanned!(Span::mixed_site()=> #(#attributes)* #visibility #signature #looped))
}

/// The body as a block inside another: at the user's place, but marked as ours, or a body on one
/// line would be told that its braces are unnecessary.
fn inner_block(body: &Group) -> Group {
    let mut block = Group::new(Delimiter::Brace, body.stream());
    block.set_span(Span::mixed_site().located_at(body.span()));
    block
}

/// Everything that one loop is written from.
struct Loop<'a> {
    private: TokenStream,
    args: &'a Args,
    name: &'a Ident,
    /// What one attempt returns.
    output: &'a Type,
    blocking: bool,
    /// The body's opening brace, where the attempt's own tokens point.
    brace: Span,
    bindings: Vec<Ident>,
    parts: bind::Bindings,
    body: TokenStream,
}

impl Loop<'_> {
    fn braced(&self) -> TokenStream {
        let tokens = self.tokens();
        quote_spanned!(Span::mixed_site()=> { #tokens })
    }

    /// ```text
    /// let mut retry = None;                       // one empty pointer until something fails
    /// loop {
    ///     let next = {
    ///         let outcome = <attempt>;
    ///         match settle(retry, &outcome, <cold closure>) {
    ///             Some(next) => next,
    ///             None => break outcome,
    ///         }
    ///     };                                      // the failure does not live across the wait
    ///     retry = Some(<wait for next>);
    /// }
    /// ```
    fn tokens(&self) -> TokenStream {
        let Self { private, parts, .. } = self;
        let bind::Bindings { kept, copied, .. } = parts;
        let attempt = self.attempt();
        let decide = self.decide();
        let wait = self.wait();
        let (started, context) = self.context();
        quote_spanned! {Span::mixed_site()=>
            #kept
            #started
            let mut __retry: #private::Option<#private::Retry> = #private::None;
            loop {
                let __next = {
                    #copied
                    #context
                    let __outcome = #attempt;
                    match #private::settle(__retry, &__outcome, #decide) {
                        #private::Some(__next) => __next,
                        #private::None => break __outcome,
                    }
                };
                __retry = #private::Some(#wait);
            }
        }
    }

    /// One run of the body.
    ///
    /// ```text
    /// async {                                     |  attempt(|| -> Ret {
    ///     if false {                              |      let x = …;
    ///         let never: Ret = loop {};           |      { body }
    ///         let _ = (&mut argument,);           |  })
    ///         return never;                       |
    ///     }                                       |
    ///     let x = …;                              |
    ///     { body }                                |
    /// }.await                                     |
    /// ```
    ///
    /// The branch that never runs fixes inference to the declared type, and borrows the arguments
    /// uniquely: a shared capture would ask `Sync` of them where the plain function asks `Send`.
    fn attempt(&self) -> TokenStream {
        let site = Span::mixed_site();
        let at = site.located_at(self.brace);
        let Self { private, parts, body, .. } = self;
        let bind::Bindings { unique, rebound, .. } = parts;
        let output = returned::inferring_impl_trait(self.output.clone());
        let context =
            self.args.context.as_ref().map(|name| quote_spanned!(site=> let #name = &__attempt;));
        if self.blocking {
            return quote_spanned!(at=> #private::attempt(|| -> #output { #context #rebound #body }));
        }
        let unique = (!unique.is_empty()).then(|| quote_spanned!(site=> let _ = (#unique);));
        let edge = quote_spanned! {site=>
            #[allow(
                unreachable_code,
                unused_variables,
                clippy::diverging_sub_expression,
                clippy::empty_loop,
                clippy::needless_return
            )]
            if false {
                let __never: #output = loop {};
                #unique
                return __never;
            }
        };
        quote_spanned!(at=> async { #edge #context #rebound #body }.await)
    }

    /// The closure that is called out of line, when there is something to decide or tell.
    fn decide(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { private, args, .. } = self;
        let policies = self.policies();
        let call = self.call();
        let error = quote_spanned!(site=> __error);
        let verdict = verdict::verdict(private, args, self.output, &error);
        let hook = |name: &str, hook: &Option<syn::Expr>| {
            hook.as_ref().map(|hook| {
                let name = Ident::new(name, site);
                let function = quote_spanned!(site.located_at(hook.span())=> #private::hook);
                quote_spanned!(site=> let mut #name = #function(#hook);)
            })
        };
        let on_retry = hook("__on_retry", &args.on_retry);
        let on_give_up = hook("__on_give_up", &args.on_give_up);
        let id = args.id.as_ref().map(|id| {
            let function = quote_spanned!(site.located_at(id.span())=> #private::id);
            // Bound first, so that a computed id lives as long as the call.
            quote_spanned!(site=> let __id = &(#id); let __id = #function(__id);)
        });
        quote_spanned! {site=>
            |__retry, __error| {
                #on_retry
                #on_give_up
                #id
                #policies
                let __call = #call;
                match __error {
                    #private::None => {
                        __call.succeeded(__retry.as_ref());
                        #private::None
                    }
                    #private::Some(__error) => {
                        #[allow(unused_imports)]
                        use #private::{
                            HintByClassify as _, NoHint as _, TextByDebug as _,
                            TextByDisplay as _, TextByName as _,
                        };
                        let __verdict = #verdict;
                        __call.failed(__retry, __verdict, &(&&&#private::Probe(__error)).text())
                    }
                }
            }
        }
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
        let id = args.id.as_ref().map(|_| quote_spanned!(site=> .id(__id)));
        let context = args.context.as_ref().map(|_| quote_spanned!(site=> .context(&__attempt)));
        let on_retry =
            args.on_retry.as_ref().map(|_| quote_spanned!(site=> .on_retry(&mut __on_retry)));
        let on_give_up =
            args.on_give_up.as_ref().map(|_| quote_spanned!(site=> .on_give_up(&mut __on_give_up)));
        quote_spanned! {site=>
            #private::Call::new(
                {
                    static SITE: #private::Site = #site_value;
                    &SITE
                },
                __policy,
            )
            #throttled #id #context #on_retry #on_give_up
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

    fn policy(&self) -> TokenStream {
        let Args { policy, overrides, .. } = self.args;
        policy::policy(&self.private, policy.as_ref(), Some(overrides), &self.bindings)
    }

    /// The stamp before the loop and the `Attempt` of each round, for a body that asks for it.
    fn context(&self) -> (Option<TokenStream>, Option<TokenStream>) {
        if self.args.context.is_none() {
            return (None, None);
        }
        let site = Span::mixed_site();
        let private = &self.private;
        let policy = self.policy();
        (
            Some(quote_spanned!(site=> let __started = #private::start();)),
            Some(quote_spanned! {site=>
                let __attempt = #private::context(__started, #policy, __retry.as_ref());
            }),
        )
    }

    /// Waits for `__next` and hands it back.
    fn wait(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = &self.private;
        match (&self.args.sleep, self.blocking) {
            (None, true) => quote_spanned!(site=> #private::sleep_blocking(__next)),
            (None, false) => quote_spanned!(site=> #private::sleep(__next).await),
            (Some(sleep), blocking) => {
                let at = site.located_at(sleep.span());
                let call = quote_spanned!(at=> (#sleep)(__next.delay()));
                let wait = if blocking { call } else { quote_spanned!(at=> #call.await) };
                quote_spanned!(site=> { let () = #wait; __next })
            }
        }
    }
}
