//! The expansion: read, checked, planned, written.

use proc_macro2::TokenStream;
use syn::Type;

use crate::diagnostics::Errors;
use crate::function::body::Body;
#[cfg(feature = "tasks")]
use crate::function::form::Call;
use crate::function::form::{Form, Shape};
#[cfg(feature = "tasks")]
use crate::function::given;
use crate::function::names::{self, Names};
use crate::function::{self, Function, RETRIED, arguments, impl_block, neighbours};
#[cfg(feature = "tasks")]
use crate::plan::Task;
use crate::plan::{Plan, Sources};
use crate::read::{self, RETRY, Values};
#[cfg(feature = "tasks")]
use crate::read::{Read, TASK};
use crate::{check, write};

/// Expands `#[retry(keys)] item`. Whatever is wrong with the keys, the item stays in the output, so
/// that one mistake does not become an error at every caller.
pub(crate) fn retry(keys: TokenStream, item: TokenStream) -> TokenStream {
    retry_as(keys, item, cfg!(feature = "chaos"))
}

/// As [`retry`], with what chaos needs if attempts `may_be_broken`.
pub(crate) fn retry_as(keys: TokenStream, item: TokenStream, may_be_broken: bool) -> TokenStream {
    if impl_block::is_one(&item) {
        return impl_block::spread(keys, item);
    }
    let mut errors = Errors::default();
    let values = read::attribute(&RETRY, keys.clone(), &mut errors).values;
    let plan = match function::parse(item.clone(), &RETRIED) {
        Ok(function) if neighbours::is_description(&function) => return item,
        Ok(function) => plan(keys, values, function, may_be_broken, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    match plan {
        Some(plan) if errors.is_empty() => write::function(plan),
        _ => {
            let mut tokens = errors.into_tokens();
            tokens.extend(item);
            tokens
        }
    }
}

/// Expands `#[task(keys)] item`. Whatever is wrong, the item stays in the output.
#[cfg(feature = "tasks")]
pub(crate) fn task(keys: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let read = read::attribute(&TASK, keys, &mut errors);
    let task = match function::parse(item.clone(), &function::TASK) {
        Ok(function) => plan_task(read, function, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    match task {
        Some(task) if errors.is_empty() => write::task(&task),
        _ => {
            let mut tokens = errors.into_tokens();
            tokens.extend(given::without_attributes_of_fields(item));
            tokens
        }
    }
}

#[cfg(feature = "tasks")]
fn plan_task(read: Read, mut function: Function, errors: &mut Errors) -> Option<Task> {
    check::task::function(&function, errors);
    let call = Call::of(&function.signature).map_err(|error| errors.push(error)).ok();
    let has_args = read.values.task.args.is_some();
    let given = given::take(&mut function.signature, has_args, errors);
    check::task::keys(&read, &function, call.as_ref(), &given, errors);
    Some(Task::of(read.values, function, given, call?))
}

fn plan(
    keys: TokenStream,
    values: Values,
    mut function: Function,
    may_be_broken: bool,
    errors: &mut Errors,
) -> Option<Plan> {
    check::function(&function, errors);
    let shape = Shape::of(&function).map_err(|error| errors.push(error)).ok();
    let used = Names::of(function.body.stream());
    check::keys(&values, &function, shape.as_ref(), &used, errors);
    let mut bindings = arguments::take(&mut function.signature, &used);
    check::clones(&values, &bindings, errors);
    let shape = shape?;
    let is_blocking = shape.is_blocking();
    let original = arguments::original_of_self(&bindings, values.clones());
    let values = match original {
        Some(original) if !matches!(shape.form, Form::Future(_)) && function.names_self() => {
            let keys = names::asking(&original, keys);
            read::attribute(&RETRY, keys, &mut Errors::default()).values // reported already
        }
        _ => values,
    };
    let body = Body::of(shape.form, &function, &mut bindings);
    let moved = neighbours::moved_by_instrument(function.body.stream());
    check::body(&values, &body, is_blocking, &bindings, moved.as_ref(), errors);
    let output = shape.output;
    // An opaque type that is no outcome is answered once.
    let may_be_broken = may_be_broken && !matches!(output, Type::ImplTrait(_));
    Some(Plan::of(
        values,
        Sources {
            function,
            output,
            is_blocking,
            bindings,
            body,
            used: &used,
            moved,
            may_be_broken,
        },
    ))
}
