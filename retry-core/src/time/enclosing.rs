//! The deadline that a call hands down to those within it, on the thread that runs its body.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;

use crate::cancel::shutdown::Shutdown;
use crate::time::clock::{self, Instant};

thread_local! {
    /// The deadline of the call that is running on this thread: what calls within it must keep.
    static ENCLOSING: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The deadline of all calls of this process, once it is shutting down.
static PROCESS: OnceLock<Instant> = OnceLock::new();

// Here, since it is a matter of deadlines: `cancel` knows no clock.
impl Shutdown {
    /// As [`begin`](Self::begin); and every call has `span`, from now, as its deadline, beside its own:
    /// those that begin later keep it, and those with a `deadline` are cut at it. Of
    /// several spans, the first counts.
    pub fn begin_within(self, span: Duration) {
        if let Some(deadline) = clock::now().checked_add(span) {
            let _ = PROCESS.set(deadline); // the first one counts
        }
        self.begin();
    }
}

/// The deadline of the call that is running on this thread.
pub(crate) fn deadline() -> Option<Instant> {
    bounded(ENCLOSING.get())
}

/// `deadline`, or that of the process if it is earlier.
pub(crate) fn bounded(deadline: Option<Instant>) -> Option<Instant> {
    match (deadline, PROCESS.get()) {
        (deadline, None) => deadline,
        (None, Some(process)) => Some(*process),
        (Some(deadline), Some(process)) => Some(deadline.min(*process)),
    }
}

/// The time left until that deadline.
pub(crate) fn remaining() -> Option<Duration> {
    deadline().map(|deadline| deadline.saturating_duration_since(clock::now()))
}

/// Restores the enclosing call's deadline when the inner one's turn is over, also by a panic.
struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        ENCLOSING.set(self.0);
    }
}

/// Runs `body`, in which annotated functions keep `deadline` and no other.
pub(crate) fn under<T>(deadline: Option<Instant>, body: impl FnOnce() -> T) -> T {
    let _restore = Restore(ENCLOSING.replace(deadline));
    body()
}
