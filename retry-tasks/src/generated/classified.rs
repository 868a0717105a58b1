//! Neither `on` nor `when`: a task's error itself decides whether it is retried.

use persevere_core::{Classify, Verdict};

/// An error that knows whether another attempt can help.
#[diagnostic::on_unimplemented(
    message = "`#[task]` does not know which failures of type `{Self}` to retry",
    label = "`{Self}` does not implement `persevere::Classify`",
    note = "derive or implement `persevere::Classify` for it; or name the failures: `#[task(on = PATTERN)]`; or \
            retry them all: `#[task(on = _)]`"
)]
pub trait TaskError: Classify {}

#[diagnostic::do_not_recommend]
impl<E: Classify + ?Sized> TaskError for E {}

/// The error's own verdict.
pub fn classified<E: TaskError + ?Sized>(error: &E) -> Verdict {
    error.classify()
}
