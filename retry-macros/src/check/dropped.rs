//! `key = false` where nothing gives what it drops.

use crate::diagnostics::Errors;
use crate::read::{OF_UPSTREAM, Values};

/// Reports each key that drops what neither an `impl` block nor an upstream gives. The `impl` block has
/// taken out those that drop what it gives itself.
pub(crate) fn nothing(values: &Values, errors: &mut Errors) {
    for dropped in &values.dropped {
        let name = dropped.value;
        if values.upstream.is_some() && OF_UPSTREAM.contains(&name) {
            continue;
        }
        let message = if OF_UPSTREAM.contains(&name) {
            format!(
                "`{name} = false` drops the `{name}` of an upstream or of the `impl` block, and \
                 neither gives one here: remove it"
            )
        } else {
            format!(
                "`{name} = false` drops the `{name}` of the `impl` block, which gives none here: \
                 remove it"
            )
        };
        errors.push(syn::Error::new(dropped.key, message));
    }
}
