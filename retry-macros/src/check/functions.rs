//! Functions in the attribute that cannot be called as they are meant to be.

use syn::{Expr, ExprLit, Lit, Path};

use crate::diagnostics::{Errors, as_written};
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
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if is_path(&text.value()) => errors.at(
                text,
                format!(
                    "`{key}` takes a function, without quotes: write `{key} = {}`",
                    text.value()
                ),
            ),
            Expr::Call(call) if is_outcome(&call.func) => errors.at(
                value,
                format!(
                    "`{key}` takes a function, which returns that: write `{key} = |_| {}`",
                    as_written(value)
                ),
            ),
            Expr::Macro(called) if is_statement(&called.mac.path) => errors.at(
                value,
                format!(
                    "`{key}` takes a function, which does that: write `{key} = |event| {}`",
                    as_written(value)
                ),
            ),
            Expr::Lit(literal) if !matches!(literal.lit, Lit::Verbatim(_)) => errors
                .at(literal, format!("`{key}` takes a function, whose one argument is {argument}")),
            _ => {}
        }
    }
}

/// Whether the text may name a function, as it would in quotes with `serde`; a class of failures is none.
fn is_path(text: &str) -> bool {
    const CLASSES: [&str; 3] = ["permanent", "transient", "throttled"];
    !CLASSES.contains(&text) && syn::parse_str::<Path>(text).is_ok()
}

/// Whether this makes a `Result` or an `Option`, no function.
fn is_outcome(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    ["Ok", "Err", "Some"].iter().any(|name| path.path.is_ident(name))
}

/// Whether the macro writes or logs something, and gives no function.
fn is_statement(path: &Path) -> bool {
    const STATEMENTS: [&str; 10] = [
        "print", "println", "eprint", "eprintln", "trace", "debug", "info", "warn", "error",
        "panic",
    ];
    path.segments.last().is_some_and(|last| STATEMENTS.iter().any(|name| last.ident == name))
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
