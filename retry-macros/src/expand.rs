//! The expansion: a backoff loop in the function's own body.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, FnArg, Token};

use crate::args::{self, Args};
use crate::bind::{self, Binding};
use crate::body_loop::Loop;
use crate::diagnostics::Errors;
use crate::item::{self, Function};
use crate::names::{self, Names};
use crate::shape::{self, Form, Shape};
use crate::{above, borrowed, contradiction, docs, impl_block, returned};

/// Expands `#[retry(args)] item`. Whatever is wrong with the arguments, the item stays in the output, so that one mistake
/// does not become an error at every caller.
pub(crate) fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    if impl_block::is_one(&item) {
        return impl_block::spread(args, item);
    }
    let mut errors = Errors::default();
    let keys = args;
    let args = args::parse(keys.clone(), &mut errors);
    let expanded = match item::parse(item.clone()) {
        Ok(function) if above::is_description(&function) => return item,
        Ok(function) => expand(keys, &args, function, &mut errors),
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

fn expand(
    keys: TokenStream,
    args: &Args,
    mut function: Function,
    errors: &mut Errors,
) -> Option<TokenStream> {
    twice(&function, errors);
    let used = Names::of(function.body.stream());
    above::check(&function, errors);
    let shape = shape::of(&function, args, &used, errors);
    let returns_option = shape.as_ref().is_some_and(|shape| returned::is_option(&shape.output));
    contradiction::check(args, returns_option, errors);
    let mut bindings = bind::take(&mut function.signature, &used);
    bind::check_clones(&args.clone, &bindings, errors);
    let Shape { form, output } = shape?;
    let name = function.signature.ident.clone();
    let by_original;
    let args = match bind::original_of_self(&bindings, &args.clone) {
        Some(original) if !matches!(form, Form::Future(_)) && function.names_self() => {
            let keys = names::asking(&original, keys);
            by_original = args::parse(keys, &mut Errors::default()); // reported already
            &by_original
        }
        _ => args,
    };
    let checks = borrowed::checks(&args.private(), &function.signature, &output, &used);
    let mut plan = |blocking: bool, bindings: &[Binding], body: TokenStream| {
        let names = Names::of(body.clone());
        let moved = above::moved_by_instrument(function.body.stream());
        if let Some(moved) = &moved {
            above::check_instrumented(moved, bindings, errors);
        }
        let body = if bind::pins_self(bindings) {
            names::renaming_self(&bind::pinned_self(), body)
        } else {
            body
        };
        let hedged = args.hedge.is_some() && !blocking;
        if hedged {
            bind::check_hedged(bindings, &args.clone, &names, errors);
        }
        let private = args.private();
        let mut parts = bind::plan(&private, bindings, &args.clone, &names, blocking, hedged);
        parts
            .unique
            .extend(moved.map(|moved| bind::unmoved(&private, bindings, &args.clone, &moved)));
        parts.kept.extend(checks.clone());
        Loop {
            private,
            args,
            name: &name,
            output: &output,
            blocking,
            brace: function.body.span_open(),
            bindings: bindings.iter().map(|binding| binding.ident.clone()).collect(),
            parts,
            body,
        }
    };
    let body = inner_block(&function.body).to_token_stream();
    let looped = match form {
        Form::Async => plan(false, &bindings, body).braced(&function.body),
        Form::Blocking => plan(true, &bindings, body).braced(&function.body),
        Form::Future(mut future) => {
            let entered = future.enter(&function.signature, &mut bindings);
            let (outside, inside) = (Names::of(future.outside()), Names::of(entered.body.clone()));
            let first = bind::keep_outside(&mut bindings, &outside, &inside);
            let looped = plan(false, &bindings, entered.body).tokens();
            let hoisted = entered.hoisted;
            future.with(first, quote_spanned!(Span::mixed_site()=> #hoisted #looped))
        }
    };
    if let Some(FnArg::Receiver(receiver)) = function.signature.inputs.first_mut()
        && args.clone.iter().any(|name| name == "self")
    {
        receiver.mutability.get_or_insert(Token![mut](receiver.self_token.span));
    }
    let documentation = docs::paragraph(args, &function.attributes);
    let Function { attributes, visibility, signature, .. } = function;
    Some(quote_spanned! {Span::mixed_site()=>
        #(#attributes)* #documentation #visibility #signature #looped
    })
}

/// A second `#[retry]` would retry what the first one has given up.
fn twice(function: &Function, errors: &mut Errors) {
    let is_retry =
        |it: &&Attribute| it.path().segments.last().is_some_and(|it| it.ident == "retry");
    if let Some(second) = function.attributes.iter().find(is_retry) {
        let message =
            "`#[retry]` stands here twice, so that attempts would multiply: keep one of them";
        errors.push(syn::Error::new_spanned(second.path(), message));
    }
}

/// The body as a block inside another: at the user's place, but marked as ours, or a body on one
/// line would be told that its braces are unnecessary.
fn inner_block(body: &Group) -> Group {
    let mut block = Group::new(Delimiter::Brace, body.stream());
    block.set_span(Span::mixed_site().located_at(body.span()));
    block
}
