//! An error of each class, and a call's rejection.

use std::time::Duration;

use persevere::{Classify, Rejection};

#[derive(Clone, Copy, Debug, PartialEq, Classify)]
pub(crate) enum Error {
    #[retry(transient)]
    Busy(u32),
    #[retry(throttled, after = 0)]
    Limited(Option<Duration>),
    #[retry(permanent)]
    Broken,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
