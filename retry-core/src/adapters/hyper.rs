//! `hyper::Error`, where another client's error hides it.

use std::error::Error;

use super::connection::cannot_pass;
use crate::classify::Classify;
use crate::classify::judge::{chain, downcast};

/// Whether the connection failed or broke, by the error and its sources: an error of `hyper` that
/// the caller's own stream did not cause, or an I/O error that is transient. Not if it would break
/// the same way again.
pub(super) fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let broke_off = chain(error).any(|cause| {
        downcast::<hyper::Error>(cause).is_some_and(|cause| !cause.is_user())
            || downcast::<std::io::Error>(cause)
                .is_some_and(|cause| cause.classify().is_retryable())
    });
    broke_off && !cannot_pass(error)
}
