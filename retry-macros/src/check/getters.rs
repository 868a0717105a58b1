//! Policies that are read where they are meant to be set.

use quote::ToTokens;
use syn::Expr;

use crate::diagnostics::{Errors, as_written};
use crate::read::{Base, Keyed, Values};

/// What a policy is asked for by methods without arguments, and set by those with `with_` before.
const FIELDS: [&str; 6] =
    ["max_retries", "base_delay", "max_delay", "exponential_base", "jitter", "reset_after"];

/// Reports `Policy::DEFAULT.max_retries(3)`.
pub(super) fn given_arguments(values: &Values, errors: &mut Errors) {
    for base in [&values.policy, &values.throttled].into_iter().flatten() {
        let Keyed { value: Base::Code(code), .. } = base else { continue };
        let mut calls = Vec::new();
        let mut receiver = &**code;
        while let Expr::MethodCall(call) = receiver {
            calls.push(call);
            receiver = &call.receiver;
        }
        // Another type may have methods of these names that take arguments.
        let root = as_written(&receiver.to_token_stream());
        if !(root.starts_with("Policy::") || root.starts_with("persevere::Policy::")) {
            continue;
        }
        let wrong = calls
            .iter()
            .find(|call| !call.args.is_empty() && FIELDS.iter().any(|field| call.method == field));
        if let Some(call) = wrong {
            let (method, arguments) = (&call.method, as_written(&call.args));
            errors.at(
                method,
                format!(
                    "`{method}` reads the policy: write `.with_{method}({arguments})`, or the key \
                     `{method}`"
                ),
            );
        }
    }
}
