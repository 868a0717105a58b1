//! Every check of an attribute and of what it stands on, in the order in which they report.

mod alternatives;
mod applied;
mod arguments;
mod attempt;
pub(crate) mod dropped;
mod form;
mod functions;
mod getters;
mod hooks;
mod matchers;
mod neighbours;
mod option;
mod patterns;
mod points;
mod policy;
#[cfg(feature = "tasks")]
pub(crate) mod task;
mod time;

use quote::ToTokens;
use syn::Type;

use crate::diagnostics::Errors;
use crate::function::Function;
use crate::function::arguments::Binding;
use crate::function::body::Body;
use crate::function::form::Shape;
use crate::function::names::Names;
use crate::function::returned;
use crate::read::Values;

/// What can be seen of the function without its keys.
pub(crate) fn function(function: &Function, errors: &mut Errors) {
    neighbours::twice(function, errors);
    neighbours::wrong_side(function, errors);
    form::constness(function, errors);
}

/// The keys, and whether the function can have them; `used` has the names in its body.
pub(crate) fn keys(
    values: &Values,
    function: &Function,
    shape: Option<&Shape>,
    used: &Names,
    errors: &mut Errors,
) {
    if let Some(shape) = shape {
        form::returned_borrow(function, shape, errors);
        if shape.is_blocking() {
            form::async_keys(values, used, errors);
        }
    }
    let option = shape.map(|shape| &shape.output).filter(|output| returned::is_option(output));
    if option.is_some() {
        option::patterns(values, errors);
        option::refusals(values, shape.is_some_and(Shape::is_blocking), errors);
    }
    patterns::of_another_kind(values, shape.map(|shape| &shape.output), errors);
    alternatives::written_otherwise(
        values,
        shape.map(|shape| &shape.output),
        &function.signature.generics,
        errors,
    );
    hooks::shown_errors(values, errors);
    functions::of_another_form(values, errors);
    applied::to_the_error(values, |name| may_have(function, used, name), errors);
    functions::unquoted_presets(values, |name| may_have(function, used, name), errors);
    points::in_time(values, &function.signature.inputs, errors);
    if values.context.is_none() {
        let arguments = Names::of(function.signature.inputs.to_token_stream());
        attempt::not_given(&function.body.stream(), |name| arguments.has(name), errors);
    }
    retries(values, option, values.context.is_some(), errors);
}

/// Whether an argument of the function, or a variable in its body, may be called `name`.
fn may_have(function: &Function, used: &Names, name: &str) -> bool {
    used.has(name) || Names::of(function.signature.inputs.to_token_stream()).has(name)
}

/// The keys that say how to retry a function that returns `option`, if it is one. `steers` says whether the
/// body gets its `Attempt`.
fn retries(values: &Values, option: Option<&Type>, steers: bool, errors: &mut Errors) {
    let returns_option = option.is_some();
    if let Some(option) = option {
        option::undecided(values, option, errors);
    }
    dropped::nothing(values, errors);
    getters::given_arguments(values, errors);
    policy::cap_below_base(values, errors);
    policy::never_retried(values, errors);
    policy::beside_list(values, errors);
    policy::polled_for_ever(values, errors);
    time::never_reset(values, errors);
    time::no_time(values, steers, errors);
    time::never_hedged(values, errors);
    matchers::all_or_nothing(values, returns_option, errors);
    policy::without_exponent(values, errors);
    policy::never_throttled(values, returns_option, errors);
}

/// The arguments that are to be cloned.
pub(crate) fn clones(values: &Values, bindings: &[Binding], errors: &mut Errors) {
    arguments::clones(values.clones(), bindings, errors);
}

/// What each attempt runs, and the arguments that it uses. `moved` has the names that `#[instrument]`
/// moves.
pub(crate) fn body(
    values: &Values,
    body: &Body,
    is_blocking: bool,
    bindings: &[Binding],
    moved: Option<&Names>,
    errors: &mut Errors,
) {
    if let Some(context) = &values.context {
        attempt::compared(context, &body.tokens, errors);
    }
    if let Some(moved) = moved {
        neighbours::moved_by_instrument(moved, bindings, errors);
    }
    if values.hedge.is_some() && !is_blocking {
        arguments::hedged(bindings, values.clones(), &body.names, errors);
    }
}
