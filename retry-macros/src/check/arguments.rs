//! Arguments that attempts cannot share or use up.

use proc_macro2::Ident;

use crate::diagnostics::Errors;
use crate::function::arguments::{Binding, Mode};
use crate::function::names::Names;
use crate::suggest;

/// Reports each name in `clone(..)` that is no argument, or cannot be consumed by the body.
pub(super) fn clones(clones: &[Ident], bindings: &[Binding], errors: &mut Errors) {
    for (index, name) in clones.iter().enumerate() {
        let mut refuse = |message: String| errors.push(syn::Error::new(name.span(), message));
        if clones[..index].contains(name) {
            refuse(format!("`{name}` is listed twice in `clone(..)`"));
            continue;
        }
        let Some(binding) = bindings.iter().find(|binding| binding.ident == *name) else {
            let names: Vec<String> =
                bindings.iter().map(|binding| binding.ident.to_string()).collect();
            let guess = suggest::did_you_mean(&name.to_string(), names.iter().map(String::as_str));
            refuse(format!("the function has no argument `{name}`{guess}"));
            continue;
        };
        if binding.mode != Mode::Value {
            refuse(format!(
                "`{name}` is borrowed, so the body cannot use it up: remove it from `clone(..)`"
            ));
        }
    }
}

/// Reports what bodies that run at the same time cannot share; `body` has the names they use.
pub(super) fn hedged(bindings: &[Binding], clones: &[Ident], body: &Names, errors: &mut Errors) {
    const WHY: &str = "a hedged body runs more than once at the same time, so it cannot";
    for Binding { ident, mode, mutability, .. } in bindings {
        if !body.contain(ident) {
            continue;
        }
        let is_self = ident == "self" || ident == "__self";
        let message = match mode {
            Mode::Unique | Mode::Pinned if is_self => {
                format!("{WHY} have `&mut self`: take `&self`, and put what changes in a `Mutex`")
            }
            Mode::Unique | Mode::Pinned => format!(
                "{WHY} have `&mut` arguments: take `{ident}` by `&`, and put what changes in a `Mutex`"
            ),
            Mode::Value if is_self && (mutability.is_some() || clones.contains(ident)) => {
                format!("{WHY} use up `self`: take `&self`, and clone in the body what it needs")
            }
            Mode::Value | Mode::Shared => continue,
        };
        errors.push(syn::Error::new(ident.span(), message));
    }
}
