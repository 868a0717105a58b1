//! Functions that a worker cannot call, and keys of theirs that contradict each other.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Safety};

use super::{alternatives, applied, form, functions, hooks, may_have, option, patterns, retries};
use crate::diagnostics::Errors;
use crate::function::Function;
use crate::function::form::Call;
use crate::function::given::{self, From, Given};
use crate::function::names::Names;
use crate::function::returned;
use crate::read::{Read, TaskValues, Values};

/// What can be seen of the function without its keys.
pub(crate) fn function(function: &Function, errors: &mut Errors) {
    const GENERIC: &str = "a worker calls this function with what it reads out of a row, so nothing is \
                           left open in its signature: name the types, and take the state as `&T`";
    let Function { attributes, signature, .. } = function;
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics, GENERIC);
    } else if let Some(conditions) = &signature.generics.where_clause {
        errors.at(conditions, GENERIC);
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        errors.at(unsafety, "a worker calls only what is safe: put the `unsafe` into the body");
    }
    for attribute in attributes {
        let name = attribute.path().segments.last().map(|name| name.ident.unraw().to_string());
        match name.as_deref() {
            Some("retry") => errors.at(
                attribute.path(),
                "`#[task]` retries by itself, so that attempts would multiply: move the keys of \
                 `#[retry]` to `#[task]`, and remove it",
            ),
            Some("derive" | "serde") => errors.at(
                attribute.path(),
                "`#[task]` makes the struct of the arguments by itself: for a derive or an attribute of your own, \
                 write the struct, and name it by `args = …`",
            ),
            Some("task") => {
                errors.at(attribute.path(), "`#[task]` stands here twice: keep one of them");
            }
            _ => {}
        }
    }
}

/// The keys, and whether the function can have them.
pub(crate) fn keys(
    read: &Read,
    function: &Function,
    call: Option<&Call>,
    given: &[Given],
    errors: &mut Errors,
) {
    let Read { values, .. } = read;
    let steers = given.iter().any(|given| matches!(given.from, From::Attempt));
    let output_of_call = call.map(|call| &call.output);
    let returned_option = output_of_call.filter(|output| returned::is_option(output));
    retries(values, returned_option, steers, errors);
    if returned_option.is_some() {
        option::patterns(values, errors);
    }
    patterns::of_another_kind(values, output_of_call, errors);
    alternatives::written_otherwise(values, output_of_call, &function.signature.generics, errors);
    hooks::shown_errors(values, errors);
    functions::of_another_form(values, errors);
    let used = Names::of(function.body.stream());
    applied::to_the_error(values, |name| may_have(function, &used, name), errors);
    used_up(values, errors);
    upstream(values, errors);
    if let Some(call) = call {
        output(call, errors);
        if !call.is_awaited {
            form::blocking_timeout(values, errors);
        }
    }
    names(values, function, errors);
    versions(&values.task, errors);
    arguments(&values.task, function, given, errors);
}

/// Its layers are asked before there are arguments.
fn upstream(values: &Values, errors: &mut Errors) {
    const STATIC: &str = "a task's upstream is a static, since its worker asks it before the arguments are read: \
                          write `upstream = PAYMENTS`, where `static PAYMENTS: Upstream = …`";
    let Some(upstream) = values.upstream.as_deref() else { return };
    if !matches!(upstream, Expr::Path(_)) {
        errors.at(upstream, STATIC);
    }
}

/// A task that has polled in vain is given up: nobody waits for what it returns then.
fn used_up(values: &Values, errors: &mut Errors) {
    if let Some(at) = values.on_ok.as_ref().and_then(|on_ok| on_ok.used_up_at()) {
        let message = "a task that has waited for this value in vain is kept among the dead: remove `=> …`, \
                       or return this from the body, in the attempt whose `attempt.is_last()`";
        errors.push(syn::Error::new(at, message));
    }
}

/// What the row cannot keep of what is returned.
fn output(call: &Call, errors: &mut Errors) {
    let value = returned::value_of(&call.output);
    if let Some(span) = given::impl_in(value) {
        let message = "what a task returns is written to its row, so its type has a name: write it \
                       in place of this `impl`";
        errors.push(syn::Error::new(span, message));
    } else if let Some(span) = given::borrow_in(value) {
        let message = "what a task returns is written to its row, so it borrows nothing: return \
                       what is owned, such as `String` for `&str`";
        errors.push(syn::Error::new(span, message));
    }
}

/// Names that are empty, or the same.
fn names(values: &Values, function: &Function, errors: &mut Errors) {
    let mut refuse = |name: &LitStr, message: String| {
        errors.push(syn::Error::new(name.span(), message));
    };
    let own = match values.name.as_deref() {
        Some(name) if name.value().trim().is_empty() => {
            refuse(name, "a task is found by its name: write one, or remove this".to_owned());
            return;
        }
        Some(name) => name.value(),
        None => function.signature.ident.unraw().to_string(),
    };
    let former = values.task.formerly.as_deref().map_or(&[][..], Vec::as_slice);
    for (index, name) in former.iter().enumerate() {
        let text = name.value();
        if text.trim().is_empty() {
            refuse(name, "a former name is not empty: remove it".to_owned());
        } else if text == own {
            refuse(name, format!("`{text}` is the task's present name: remove it from `formerly`"));
        } else if former[..index].iter().any(|other| other.value() == text) {
            refuse(name, format!("`{text}` is listed twice"));
        }
    }
}

/// Versions that do not add up.
fn versions(task: &TaskValues, errors: &mut Errors) {
    let Some(from) = &task.from else { return };
    let latest = task.version.as_deref().copied().unwrap_or(1);
    if latest == 1 {
        let message = "`from` reads rows of earlier versions, and this is the first: write \
                       `version = 2` beside it";
        errors.push(syn::Error::new(from.key, message));
        return;
    }
    let earlier = usize::try_from(latest - 1).unwrap_or(usize::MAX);
    if let Some(extra) = from.get(earlier) {
        let message = format!(
            "version {latest} has {earlier} before it, and this is one more: raise `version`, or \
             remove it"
        );
        errors.push(syn::Error::new_spanned(extra, message));
    }
}

/// `args` beside other arguments than one.
fn arguments(task: &TaskValues, function: &Function, given: &[Given], errors: &mut Errors) {
    let Some(args) = task.args.as_deref() else { return };
    let mut owned = given.iter().filter_map(|given| match &given.from {
        From::Row(owned) => Some(owned),
        From::Attempt | From::State(_) => None,
    });
    let written = args.to_token_stream();
    let (span, message) = match (owned.next(), owned.next()) {
        (Some(_), Some(second)) => (
            second.ty.span(),
            format!("`args = {written}` is all that is owned here: make this a field of it"),
        ),
        (None, _) => (
            span_of(function),
            format!("`args = {written}` is what the row holds: take it, as in `task: {written}`"),
        ),
        (Some(only), None) if only.ty.to_token_stream().to_string() != written.to_string() => (
            only.ty.span(),
            format!("the row holds what `args` names: write `{written}` here, or `args` otherwise"),
        ),
        (Some(_), None) => return,
    };
    errors.push(syn::Error::new(span, message));
}

fn span_of(function: &Function) -> Span {
    function.signature.ident.span()
}
