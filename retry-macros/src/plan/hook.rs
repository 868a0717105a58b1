//! Hooks and fallbacks: functions of the user's, which may be async in async functions.

use syn::{Expr, Stmt};

/// The functions that hear of events.
pub(crate) struct Hooks {
    pub(crate) retry: Option<Hook>,
    pub(crate) give_up: Option<Hook>,
    pub(crate) success: Option<Hook>,
}

/// A function of the user's.
pub(crate) struct Hook {
    pub(crate) function: Expr,
    /// Whether what it returns may be a future.
    pub(crate) may_be_async: bool,
}

impl Hooks {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { retry, give_up, success } = self;
        retry.is_none() && give_up.is_none() && success.is_none()
    }
}

impl Hook {
    pub(super) fn of(function: Expr, is_blocking: bool) -> Self {
        let may_be_async = !is_blocking && !is_plain_closure(&function);
        Self { function, may_be_async }
    }
}

/// Whether `function` is a closure that is seen not to be async, so that nothing is to be awaited:
/// a future holds what lives across an await, and asks `Send` of it.
fn is_plain_closure(function: &Expr) -> bool {
    fn is_async(body: &Expr) -> bool {
        match body {
            Expr::Async(_) => true,
            Expr::Paren(inner) => is_async(&inner.expr),
            Expr::Group(inner) => is_async(&inner.expr),
            Expr::Block(block) => match block.block.stmts.last() {
                Some(Stmt::Expr(tail, None)) => is_async(tail),
                _ => false,
            },
            _ => false,
        }
    }
    match function {
        Expr::Closure(closure) => closure.asyncness.is_none() && !is_async(&closure.body),
        Expr::Paren(inner) => is_plain_closure(&inner.expr),
        Expr::Group(inner) => is_plain_closure(&inner.expr),
        _ => false,
    }
}
