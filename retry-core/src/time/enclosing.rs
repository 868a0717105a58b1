//! The deadline that a call hands down to those within it, on the thread that runs its body.

use std::cell::Cell;
use std::time::Duration;

use crate::time::clock::{self, Instant};

thread_local! {
    /// The deadline of the call that is running on this thread: what calls within it must keep.
    static ENCLOSING: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The deadline of the call that is running on this thread.
pub(crate) fn deadline() -> Option<Instant> {
    ENCLOSING.get()
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
