//! What a `None` cannot say.

use syn::{Pat, Type};

use crate::diagnostics::{Errors, as_written};
use crate::read::{Keyed, Matcher, Values};

/// Reports that nothing says whether a `None` of `option` is retried.
pub(super) fn undecided(values: &Values, option: &Type, errors: &mut Errors) {
    // What `also` says of a `None` is reported there.
    if values.on.is_none() && values.when.is_none() && values.also.is_none() {
        errors.at(
            option,
            "a `None` does not say why there is no value, and may be the answer: write `on = _` to \
             retry it, or return a `Result`",
        );
    }
}

/// Reports `on = None` and `on = Some(_)`, where a pattern is of what a `None` holds, which is nothing.
pub(super) fn patterns(values: &Values, errors: &mut Errors) {
    let Some(Keyed { value: Matcher::Pattern { pattern, .. }, .. }) = &values.on else { return };
    let message = match &**pattern {
        Pat::Ident(name) if name.ident == "None" => "each failure is a `None`: write `on = _`",
        Pat::TupleStruct(some) if as_written(&some.path) == "Some" => {
            "a `Some` is a success: write `on = _` for a `None`, and `on_ok` for values that are retried"
        }
        _ => return,
    };
    errors.at(pattern, message);
}

/// Reports the keys that end a call without an outcome of its own, where there is no `fallback` to make one.
pub(super) fn refusals(values: &Values, is_blocking: bool, errors: &mut Errors) {
    if values.fallback.is_some() {
        return;
    }
    let at_limits = |key| if is_blocking { None } else { key };
    let upstream = values.upstream.as_ref().map(|it| it.key); // it may have a rate
    let keys = [
        ("upstream", upstream),
        ("breaker", values.breaker.as_ref().map(|it| it.key)),
        ("bulkhead", values.bulkhead.as_ref().map(|it| it.key)),
        // A blocking function ends by itself, and a `timeout` of one is refused.
        ("timeout", at_limits(values.timeout.as_ref().map(|it| it.key))),
        ("deadline", at_limits(values.deadline.as_ref().map(|it| it.key))),
    ];
    for (key, span) in keys {
        let Some(span) = span else { continue };
        let message = format!(
            "a call that `{key}` ends has no answer, and a `None` would look like one: add a \
             `fallback`, or return a `Result`"
        );
        errors.push(syn::Error::new(span, message));
    }
}
