//! Keys and returned borrows that a form of function cannot have.

use proc_macro2::Span;
use syn::Expr;

use crate::diagnostics::Errors;
use crate::function::Function;
use crate::function::borrowed;
use crate::function::form::Shape;
use crate::function::names::Names;
use crate::function::neighbours;
use crate::read::Values;

const TOKIO: &str = "`#[tokio::main]` or `#[tokio::test]` stands above `#[retry]` and has left a \
                     blocking function behind, which cannot have this: put it below";

/// Reports `const fn`.
pub(super) fn constness(function: &Function, errors: &mut Errors) {
    if let Some(constness) = &function.signature.constness {
        errors.at(
            constness,
            "a `const fn` can neither wait nor fail for a moment: remove `const` or `#[retry]`",
        );
    }
}

/// Reports what is borrowed from a `&mut` argument and returned.
pub(super) fn returned_borrow(function: &Function, shape: &Shape, errors: &mut Errors) {
    if borrowed::from_unique(&function.signature, &shape.output) {
        errors.at(
            &shape.output,
            "what is borrowed from a `&mut` argument cannot be returned, since the next attempt \
             needs that borrow again: return an owned value, or take `&self`; \
             where it is another argument that is borrowed from, give the two different lifetimes",
        );
    }
}

/// Reports each key that only an async function can have; `body` has the names that it uses.
pub(super) fn async_keys(values: &Values, body: &Names, errors: &mut Errors) {
    const TIMEOUT: &str = "`timeout` cuts an attempt in flight, which only an async function allows: set a \
                           timeout where the call is made, or bound the whole call by `deadline`";
    const HEDGE: &str = "`hedge` starts a second attempt beside the first, which only an async function \
                         allows: make the function an `async fn`, or remove this";
    const ASYNC: &str = "a blocking function awaits nothing: remove this `async`, or make the \
                         function an `async fn`";
    let made_blocking = neighbours::is_made_blocking(body).then_some(TOKIO);
    let mut refuse = |span: Span, message: &str| {
        errors.push(syn::Error::new(span, made_blocking.unwrap_or(message)));
    };
    if let Some(timeout) = &values.timeout {
        refuse(timeout.span(), TIMEOUT);
    }
    if let Some(hedge) = &values.hedge {
        refuse(hedge.key, HEDGE);
    }
    let Values { on_retry, on_give_up, on_success, fallback, .. } = values;
    for function in [on_retry, on_give_up, on_success, fallback].into_iter().flatten() {
        let Expr::Closure(closure) = &function.value else { continue };
        if let Some(asyncness) = &closure.asyncness {
            refuse(asyncness.span, ASYNC);
        }
    }
}
