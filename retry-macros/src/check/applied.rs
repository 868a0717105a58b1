//! Functions that are called where they are only named: `when = is_busy(error)`.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, ExprCall};

use crate::diagnostics::{Errors, as_written};
use crate::read::{Keyed, Values};

/// What people call the error, where no such variable exists.
const ERROR: [&str; 3] = ["error", "err", "e"];

/// Reports each of them; `is_local` says whether the function may have given a name.
pub(super) fn to_the_error(values: &Values, is_local: impl Fn(&str) -> bool, errors: &mut Errors) {
    let functions = [
        ("when", &values.when, &ERROR[..]),
        ("on_retry", &values.on_retry, &["event"]),
        ("on_give_up", &values.on_give_up, &["event"]),
        ("on_success", &values.on_success, &["event"]),
        ("fallback", &values.fallback, &ERROR),
    ];
    for (key, function, names) in functions {
        let Some(Keyed { value, .. }) = function else { continue };
        let is_error = |name: &str| names.contains(&name) && !is_local(name);
        let Some(name) = used(value, &is_error) else { continue };
        let given = if names == ERROR { "error" } else { "event" };
        let instead = match passed_alone(value, &name) {
            Some(function) => function,
            None => format!("|{name}| {}", as_written(value)),
        };
        errors.at(
            value,
            format!("`{key}` takes a function, which gets the {given}: write `{key} = {instead}`"),
        );
    }
}

/// The name of the error that `value` surely uses as a variable: before a `.`, after a `&`, or as what is
/// matched.
fn used(value: &Expr, is_error: &impl Fn(&str) -> bool) -> Option<String> {
    let named = |value: &Expr| {
        let Expr::Path(path) = value else { return None };
        path.path.get_ident().map(ToString::to_string).filter(|name| is_error(name))
    };
    match value {
        Expr::MethodCall(call) => used(&call.receiver, is_error).or_else(|| named(&call.receiver)),
        Expr::Field(field) => used(&field.base, is_error).or_else(|| named(&field.base)),
        Expr::Unary(unary) => used(&unary.expr, is_error),
        Expr::Binary(binary) => {
            used(&binary.left, is_error).or_else(|| used(&binary.right, is_error))
        }
        Expr::Paren(inner) => used(&inner.expr, is_error),
        Expr::Call(call) => call.args.iter().find_map(|argument| match argument {
            Expr::Reference(it) => named(&it.expr).or_else(|| used(&it.expr, is_error)),
            argument => used(argument, is_error),
        }),
        Expr::Macro(it) if it.mac.path.is_ident("matches") => {
            first_name(it.mac.tokens.clone()).filter(|name| is_error(name))
        }
        _ => None,
    }
}

/// The name that the tokens begin with, behind `*` and `&`.
fn first_name(tokens: TokenStream) -> Option<String> {
    let is_mark = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if "*&".contains(mark.as_char()));
    match tokens.into_iter().find(|token| !is_mark(token)) {
        Some(TokenTree::Ident(name)) => Some(name.to_string()),
        _ => None,
    }
}

/// `is_busy` of `is_busy(&error)`.
fn passed_alone(value: &Expr, name: &str) -> Option<String> {
    let Expr::Call(ExprCall { func, args, .. }) = value else { return None };
    let is_alone = args.len() == 1 && as_written(&args[0]).trim_start_matches(['&', ' ']) == name;
    (is_alone && matches!(**func, Expr::Path(_))).then(|| as_written(func))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn is_reported(value: &TokenStream) -> bool {
        let value = syn::parse2(value.clone()).expect("it is an expression");
        used(&value, &|name| ERROR.contains(&name)).is_some()
    }

    #[test]
    fn an_error_that_nothing_gives_is_reported() {
        for value in [
            quote!(e.is_timeout()),
            quote!(error.status().is_some()),
            quote!(!err.is_fatal()),
            quote!(e.is_timeout() || e.is_connect()),
            quote!(is_busy(&error)),
            quote!(error.code == 3),
            quote!(matches!(e, Error::Busy)),
            quote!(matches!(*e, Error::Busy)),
        ] {
            assert!(is_reported(&value), "{value}");
        }
    }

    #[test]
    fn what_may_make_a_function_is_not() {
        for value in [
            quote!(is_busy),
            quote!(Error::is_busy),
            quote!(self.is_busy()),
            quote!(not(error)),
            quote!(error()),
            quote!(|e| e.is_timeout()),
            quote!(either(|e| e.is_timeout(), is_busy)),
            quote!(error::is_busy),
            quote!(make!(e)),
        ] {
            assert!(!is_reported(&value), "{value}");
        }
    }
}
