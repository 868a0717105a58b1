//! What waits on the runtime's timer, where none is enabled: nothing that compiles.

use std::future::{Future, Pending, pending};
use std::pin::Pin;

use crate::classify::attempt_end::AttemptEnd;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::bulkhead::admit::{Admission, AdmissionIfAny, MayWait};
use crate::time::timeline::Timeline;

/// Something that a timer is there for.
#[diagnostic::on_unimplemented(
    message = "there is no timer to wait on: enable the feature `tokio` or `async-io` of `persevere`, or `wasm` in a browser, or name another timer with `sleep = path`",
    label = "waits between attempts"
)]
pub trait Timed {}

/// As on a timer.
pub fn sleep<R: Timed>(_retry: &mut R, _can_end: bool) -> Pending<bool> {
    pending()
}

/// As on a timer.
pub fn within<L: Timed, F: Future>(_limit: L, _body: F) -> Pending<Result<F::Output, Stopped>> {
    pending()
}

/// As on a timer.
pub fn admit_if_any<B: Timed>(
    _bulkhead: Option<&B>,
    _timeline: Option<Timeline>,
) -> (AdmissionIfAny<'_>, MayWait<Pending<AdmissionIfAny<'_>>>) {
    (Ok(None), None)
}

/// As on a timer.
pub fn admit<B: Timed>(
    _bulkhead: &B,
    _timeline: Option<Timeline>,
) -> (Admission<'_>, MayWait<Pending<Admission<'_>>>) {
    (Err(Rejection::BulkheadFull), None)
}

/// As on a timer.
pub fn take_turn<U: Timed>(
    _upstream: &U,
    _refused: Option<Stopped>,
    _timeline: Option<Timeline>,
) -> Option<Pin<Box<Pending<Option<Stopped>>>>> {
    None
}

/// As on a timer.
pub fn hedged<P: Timed, B, M, F, O, J>(
    _plan: P,
    _budget: B,
    _attempt: M,
    _judge: J,
) -> Pending<AttemptEnd<O>>
where
    M: FnMut() -> F,
    F: Future<Output = AttemptEnd<O>>,
    J: FnMut(&O) -> Option<crate::classify::Verdict>,
{
    pending()
}

/// Instead of an attempt that chaos may break: itself, since `sleep` says what is wrong.
#[cfg(feature = "chaos")]
pub fn perturbed<O, F: Future<Output = O>>(
    _perturb: crate::call::perturb::Perturb<'_, O>,
    body: F,
) -> F {
    body
}
