//! Points in time where a span belongs: `deadline = Instant::now() + left`.

use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, FnArg, Pat, Path, Token, Type};

use crate::diagnostics::{Errors, as_written};
use crate::read::{Keyed, Setting, Values};

/// Reports each of them.
pub(super) fn in_time(
    values: &Values,
    arguments: &Punctuated<FnArg, Token![,]>,
    errors: &mut Errors,
) {
    let limits =
        [("timeout", "an attempt", &values.timeout), ("deadline", "the call", &values.deadline)];
    for (key, limited, limit) in limits {
        let Some(Keyed { value: Setting::Code(code), .. }) = limit else { continue };
        let Some(span) = span_to(code, arguments) else { continue };
        errors.at(
            code,
            format!(
                "`{key}` is how long {limited} may take, and not a point in time: write `{key} = {span}`"
            ),
        );
    }
}

/// The span that is meant by the point in time that `code` surely is.
fn span_to(code: &Expr, arguments: &Punctuated<FnArg, Token![,]>) -> Option<String> {
    match code {
        Expr::Call(call) => is_now(&call.func).then(|| "\"30s\"".to_owned()),
        Expr::Binary(sum) if matches!(sum.op, BinOp::Add(_)) => match &*sum.left {
            Expr::Call(call) if is_now(&call.func) => Some(as_written(&sum.right)),
            _ => None,
        },
        Expr::Path(path) => {
            let name = path.path.get_ident()?;
            let instant = arguments.iter().find_map(|argument| match argument {
                FnArg::Typed(it) if matches!(&*it.pat, Pat::Ident(pat) if pat.ident == *name) => {
                    instant(&it.ty)
                }
                _ => None,
            })?;
            Some(format!("{name}.saturating_duration_since({}::now())", as_written(instant)))
        }
        _ => None,
    }
}

/// `Instant::now`.
fn is_now(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev();
    names.next().is_some_and(|last| last.ident == "now")
        && names.next().is_some_and(|owner| owner.ident == "Instant")
}

/// The type's path, if it is an `Instant`.
fn instant(ty: &Type) -> Option<&Path> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().is_some_and(|last| last.ident == "Instant").then_some(&path.path)
}
