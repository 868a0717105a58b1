//! `reqwest_middleware::Error`.

use std::error::Error as StdError;
use std::fmt;

use ::reqwest_middleware::Error;

use crate::classify::rejection::Rejection;
use crate::classify::{Classify, Verdict};

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: a `Middleware` error that
/// has the [`Rejection`] as its source.
///
/// ```
/// use persevere::{Classify, Rejection, Verdict, rejection};
///
/// let full = reqwest_middleware::Error::from(Rejection::BulkheadFull);
/// assert_eq!(full.to_string(), "too many calls are running");
/// assert_eq!(full.classify(), Verdict::PERMANENT);
/// assert_eq!(rejection(&full), Some(Rejection::BulkheadFull));
/// ```
#[cfg(feature = "reqwest-middleware")]
impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::middleware(Refused(rejection))
    }
}

/// A middleware's error has the source of what it is made from, and not that itself.
#[derive(Debug)]
struct Refused(Rejection);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Classified as the `reqwest` error in it. A middleware's own error is permanent, unless its source
/// chain has a `reqwest` error or a [`Rejection`], which then decides.
///
/// ```
/// use reqwest_middleware::Error;
/// use persevere::{Classify, Rejection, Verdict};
///
/// let timed_out = Error::middleware(Rejection::TimedOut);
/// assert_eq!(timed_out.classify(), Rejection::TimedOut.classify());
/// let broken = Error::middleware(std::fmt::Error);
/// assert_eq!(broken.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "reqwest-middleware")]
impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Reqwest(error) => error.classify(),
            Self::Middleware(error) => error
                .chain()
                .find_map(|cause| {
                    let reqwest = cause.downcast_ref::<reqwest::Error>().map(Classify::classify);
                    reqwest.or_else(|| cause.downcast_ref::<Rejection>().map(Classify::classify))
                })
                .unwrap_or(Verdict::UNSAID),
        }
    }
}
