//! The error of a remote service that says how long to wait.

use std::time::Duration;

use persevere::{Classify, Rejection, Verdict};

#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    #[error("asked to wait for {0:?}")]
    Busy(Duration),
    #[error("{0}")]
    Rejected(#[from] Rejection),
}

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Busy(after) => Verdict::THROTTLED.with_retry_after(*after),
            Self::Rejected(rejection) => rejection.classify(),
        }
    }
}
