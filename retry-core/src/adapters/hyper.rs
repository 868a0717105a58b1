//! `hyper::Error` inside another client's error.

use std::error::Error;

use super::connection::cannot_pass;
use crate::classify::Classify;
use crate::classify::judge::{chain, downcast};

/// Whether the connection failed or broke, by the error and its sources: a `hyper` error that the
/// caller's own stream did not cause, or a transient I/O error. `false` if the next connection would
/// fail in the same way.
pub(super) fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let broke_off = chain(error).any(|cause| {
        downcast::<hyper::Error>(cause).is_some_and(|cause| !cause.is_user())
            || downcast::<std::io::Error>(cause)
                .is_some_and(|cause| cause.classify().is_retryable())
    });
    broke_off && !cannot_pass(error)
}
