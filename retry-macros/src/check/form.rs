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

const TOKIO: &str = "`#[tokio::main]` or `#[tokio::test]` above `#[retry]` has made the function a \
                     blocking one, in which each attempt starts a runtime: put that attribute below \
                     `#[retry]`";

/// Reports `const fn`.
pub(super) fn constness(function: &Function, errors: &mut Errors) {
    if let Some(constness) = &function.signature.constness {
        errors.at(
            constness,
            "a `const fn` cannot wait between attempts: remove `const` or `#[retry]`",
        );
    }
}

/// Reports what is borrowed from a `&mut` argument and returned.
pub(super) fn returned_borrow(function: &Function, shape: &Shape, errors: &mut Errors) {
    if borrowed::from_unique(&function.signature, &shape.output) {
        errors.at(
            &shape.output,
            "a borrow from a `&mut` argument cannot be returned, since the next attempt needs that \
             argument: return an owned value, or take `&self`; if the value borrows from another \
             argument, give the two arguments different lifetimes",
        );
    }
}

const TIMEOUT: &str = "`timeout` cuts a running attempt, which only an async function allows: set the \
                       timeout of the client that the body calls, or limit the whole call by \
                       `deadline`";

/// Reports a `timeout` of a blocking task.
#[cfg(feature = "tasks")]
pub(super) fn blocking_timeout(values: &Values, errors: &mut Errors) {
    if let Some(timeout) = &values.timeout {
        errors.push(syn::Error::new(timeout.span(), TIMEOUT));
    }
}

/// Reports each key that only an async function can have, or what has made the function a blocking one;
/// `body` has the names that it uses.
pub(super) fn async_keys(values: &Values, body: &Names, errors: &mut Errors) {
    const HEDGE: &str = "`hedge` starts a second attempt beside the first, which only an async function \
                         allows: make the function an `async fn`, or remove `hedge`";
    const ASYNC: &str = "a blocking function cannot await this closure: remove its `async`, or make \
                         the function an `async fn`";
    if neighbours::is_made_blocking(body) {
        errors.push(syn::Error::new(Span::call_site(), TOKIO));
        return;
    }
    let mut refuse = |span: Span, message: &str| errors.push(syn::Error::new(span, message));
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
