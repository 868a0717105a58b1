//! Which form of function it is, and which forms cannot be retried.

use syn::{Expr, ReturnType, Type};

use crate::above;
use crate::args::Args;
use crate::borrowed;
use crate::diagnostics::Errors;
use crate::future::FutureBody;
use crate::item::Function;
use crate::names::Names;
use crate::returned;

pub(crate) enum Form {
    /// `async fn`
    Async,
    /// `fn`
    Blocking,
    /// `fn` that returns a future
    Future(FutureBody),
}

pub(crate) struct Shape {
    pub(crate) form: Form,
    /// What one attempt returns.
    pub(crate) output: Type,
}

const NOTHING: &str = "this function returns nothing, so nothing tells that it failed: return \
                       `Result<(), E>` or `Option<T>`";

/// Finds the form; what cannot be retried is reported, each with what to write instead. `body` has the
/// names that it uses.
pub(crate) fn of(
    function: &Function,
    args: &Args,
    body: &Names,
    errors: &mut Errors,
) -> Option<Shape> {
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.at(
            constness,
            "a `const fn` can neither wait nor fail for a moment: remove `const` or `#[retry]`",
        );
    }
    let ReturnType::Type(_, declared) = &signature.output else {
        errors.push(syn::Error::new(signature.ident.span(), NOTHING));
        return None;
    };
    let future = returned::output_of_future(declared).filter(|_| signature.asyncness.is_none());
    let output = future.unwrap_or(declared);
    if returned::is_nothing(output) {
        errors.at(output, NOTHING);
        return None;
    }
    let declared = (**declared).clone();
    let shape = if signature.asyncness.is_some() {
        Shape { form: Form::Async, output: declared }
    } else if let Some(output) = future {
        match FutureBody::parse(&function.body, signature) {
            Ok(body) => Shape { form: Form::Future(body), output: output.clone() },
            Err(error) => {
                errors.push(error);
                return None;
            }
        }
    } else {
        Shape { form: Form::Blocking, output: declared }
    };
    if borrowed::from_unique(signature, &shape.output) {
        errors.at(
            &shape.output,
            "what is borrowed from a `&mut` argument cannot be returned, since the next attempt \
             needs that borrow again: return an owned value, or take `&self`; \
             where it is another argument that is borrowed from, give the two different lifetimes",
        );
    }
    if matches!(shape.form, Form::Blocking) {
        refuse_async_keys(args, body, errors);
    }
    Some(shape)
}

/// Reports each key that only an async function can have.
fn refuse_async_keys(args: &Args, body: &Names, errors: &mut Errors) {
    let made_blocking = above::made_blocking(body);
    if let Some(timeout) = &args.timeout {
        const TIMEOUT: &str = "`timeout` cuts an attempt in flight, which only an async function allows: set a \
             timeout where the call is made, or bound the whole call by `deadline`";
        errors.push(syn::Error::new(timeout.span(), made_blocking.unwrap_or(TIMEOUT)));
    }
    if let Some(key) = args.key("hedge") {
        const HEDGE: &str = "`hedge` starts a second attempt beside the first, which only an async function \
             allows: make the function an `async fn`, or remove this";
        errors.push(syn::Error::new(key, made_blocking.unwrap_or(HEDGE)));
    }
    let Args { on_retry, on_give_up, on_success, fallback, .. } = args;
    for closure in [on_retry, on_give_up, on_success, fallback].into_iter().flatten() {
        if let Expr::Closure(closure) = closure
            && let Some(asyncness) = &closure.asyncness
        {
            const ASYNC: &str = "a blocking function awaits nothing: remove this `async`, or make \
                                 the function an `async fn`";
            errors.at(asyncness, made_blocking.unwrap_or(ASYNC));
        }
    }
}
