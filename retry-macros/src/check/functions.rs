//! Functions in the attribute that cannot be called as they are meant to be.

use syn::{Expr, Lit};

use crate::diagnostics::Errors;
use crate::read::{Base, Keyed, Preset, Values};

/// Reports closures with another number of arguments than one, and texts where a function belongs.
pub(super) fn of_another_form(values: &Values, errors: &mut Errors) {
    let Values { when, on_retry, on_give_up, on_success, fallback, .. } = values;
    let functions = [
        ("when", when, "the error: `when = |error| …`"),
        ("on_retry", on_retry, "an `&Event`: `on_retry = |event| …`"),
        ("on_give_up", on_give_up, "an `&Event`: `on_give_up = |event| …`"),
        ("on_success", on_success, "an `&Event`: `on_success = |event| …`"),
        ("fallback", fallback, "the error: `fallback = |error| …`"),
    ];
    for (key, function, argument) in functions {
        let Some(Keyed { value, .. }) = function else { continue };
        match value {
            Expr::Closure(closure) if closure.inputs.len() != 1 => errors
                .at(closure, format!("the function of `{key}` takes one argument, {argument}")),
            Expr::Lit(literal) if !matches!(literal.lit, Lit::Verbatim(_)) => errors
                .at(literal, format!("`{key}` takes a function, whose one argument is {argument}")),
            _ => {}
        }
    }
}

/// Reports `policy = aggressive`; `is_local` says whether the function may have given that name.
pub(super) fn unquoted_presets(
    values: &Values,
    is_local: impl Fn(&str) -> bool,
    errors: &mut Errors,
) {
    for (key, base) in [("policy", &values.policy), ("throttled", &values.throttled)] {
        let Some(Keyed { value: Base::Code(code), .. }) = base else { continue };
        let Expr::Path(path) = &**code else { continue };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { continue };
        if Preset::is_called(&name) && !is_local(&name) {
            errors.at(path, format!("a preset stands in quotes: write `{key} = \"{name}\"`"));
        }
    }
}
