//! `hyper::Error`, where another client's error hides it.

use std::error::Error;

use crate::classify::Classify;
use crate::judge::{chain, downcast};

/// Whether the connection failed or broke, by the error and its sources: an error of `hyper` that
/// the caller's own stream did not cause, or an I/O error that is transient.
pub(super) fn broke_off(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        downcast::<hyper::Error>(cause).is_some_and(|cause| !cause.is_user())
            || downcast::<std::io::Error>(cause)
                .is_some_and(|cause| cause.classify().is_retryable())
    })
}
