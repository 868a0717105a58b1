//! Which outcomes of a service are retried.

#[cfg(feature = "http")]
use std::any::Any;

#[cfg(feature = "http")]
use crate::tower::BoxError;
use crate::tower::ByClassify;
use crate::{Classify, Rejection, Verdict};

/// Classifies a service's outcome: a response, or an error.
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
    message = "no rule says which outcomes of this service to retry",
    label = "its error is not `Classify`, or its response has no status",
    note = "add one by `.classify(|outcome: Result<&Response, &Error>| …)`; or derive `persevere::Classify` for `{Err}`"
)]
pub trait ClassifyOutcome<Res, Err> {
    /// The verdict on `outcome`. For a response, [`Verdict::PERMANENT`] means success.
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict;

    /// What makes an outcome of a fault that chaos puts in, if anything does.
    #[doc(hidden)]
    fn fault(&self) -> Option<fn(Rejection) -> Result<Res, Err>> {
        None
    }
}

/// Classifies as `C` does; chaos may fail the service's attempts, since its errors are made of faults: by
/// [`RetryLayer::faults`](crate::tower::RetryLayer::faults).
#[derive(Clone, Copy, Debug)]
pub struct WithFaults<C>(pub(super) C);

impl<Res, Err: From<Rejection>, C: ClassifyOutcome<Res, Err>> ClassifyOutcome<Res, Err>
    for WithFaults<C>
{
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict {
        self.0.classify_outcome(outcome)
    }

    fn fault(&self) -> Option<fn(Rejection) -> Result<Res, Err>> {
        Some(|fault| Err(fault.into()))
    }
}

/// Classifies errors; every response is a success.
impl<Res, Err: Classify> ClassifyOutcome<Res, Err> for ByClassify {
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict {
        outcome.err().map_or(Verdict::PERMANENT, Classify::classify)
    }
}

/// Classifies HTTP responses by their status and `Retry-After`. Errors are transient, since a client's
/// errors are broken connections and timeouts, except a [`Rejection`] by an inner layer, which is
/// permanent: it exists to fail fast.
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

/// The rejection by an inner layer, if the error is one.
#[cfg(feature = "http")]
fn rejection(error: &dyn Any) -> Option<&Rejection> {
    match error.downcast_ref::<BoxError>() {
        Some(error) => error.downcast_ref(),
        None => error.downcast_ref(),
    }
}

/// Classifies by a function.
#[derive(Clone, Copy, Debug)]
pub struct ByFunction<F>(pub(super) F);

impl<Res, Err, F, V> ClassifyOutcome<Res, Err> for ByFunction<F>
where
    F: Fn(Result<&Res, &Err>) -> V,
    V: Into<Verdict>,
{
    fn classify_outcome(&self, outcome: Result<&Res, &Err>) -> Verdict {
        persevere_core::facade::judged_by_closure(|| (self.0)(outcome))
    }
}
