//! What a service's outcome says about trying again.

#[cfg(feature = "http")]
use std::any::Any;

#[cfg(feature = "http")]
use crate::Rejection;
#[cfg(feature = "http")]
use crate::tower::BoxError;
use crate::tower::ByClassify;
use crate::{Classify, Verdict};

/// Classifies what a service has answered: a response, or an error.
///
/// ```
/// use std::io;
/// use persevere::Verdict;
/// use persevere::tower::{ByClassify, ClassifyOutcome};
///
/// let error = io::Error::from(io::ErrorKind::TimedOut);
/// assert_eq!(ByClassify.classify_outcome(Err::<&(), _>(&error)), Verdict::TRANSIENT);
/// assert_eq!(ByClassify.classify_outcome(Ok::<_, &io::Error>(&())), Verdict::PERMANENT);
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing tells which outcomes of this service to try again",
    label = "its error is not `Classify`, or its response has no status",
    note = "say it by `.classify(|outcome: Result<&Response, &Error>| …)`; or derive `persevere::Classify` for `{Err}`"
)]
pub trait ClassifyOutcome<Res, Err> {
    /// Whether to try again after `outcome`; of a response, [`Verdict::PERMANENT`] means that it
    /// is what was asked for.
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict;
}

/// Errors decide, and every response is a success.
impl<Res, Err: Classify> ClassifyOutcome<Res, Err> for ByClassify {
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict {
        outcome.err().map_or(Verdict::PERMANENT, Classify::classify)
    }
}

/// HTTP responses by their status and `Retry-After`; errors are transient, since a client's errors
/// are broken connections and timeouts, but for a [`Rejection`] by a layer inside, which is
/// permanent: it is there to fail fast.
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug)]
pub struct ByStatus;

#[cfg(feature = "http")]
impl<B, Err: 'static> ClassifyOutcome<http::Response<B>, Err> for ByStatus {
    fn classify_outcome(&self, outcome: Result<&http::Response<B>, &Err>) -> Verdict {
        match outcome {
            Ok(response) => response.classify(),
            Err(error) => rejection(error).map_or(Verdict::TRANSIENT, Classify::classify),
        }
    }
}

/// What a layer inside has refused the request with.
#[cfg(feature = "http")]
fn rejection(error: &dyn Any) -> Option<&Rejection> {
    match error.downcast_ref::<BoxError>() {
        Some(error) => error.downcast_ref(),
        None => error.downcast_ref(),
    }
}

/// A function decides.
#[derive(Clone, Copy, Debug)]
pub struct ByFunction<F>(pub(super) F);

impl<Res, Err, F, V> ClassifyOutcome<Res, Err> for ByFunction<F>
where
    F: Fn(Result<&Res, &Err>) -> V,
    V: Into<Verdict>,
{
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict {
        persevere_core::private::judged_by_closure(|| (self.0)(outcome))
    }
}
