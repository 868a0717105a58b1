//! [`Stopped`]: why an attempt has no outcome of its own, and whether it ran.

use std::cell::Cell;
use std::time::Duration;

use crate::classify::rejection::Rejection;

/// An attempt that has no outcome of its own: it was refused before it began, or cut while it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    rejection: Rejection,
    has_run: bool,
}

impl Stopped {
    /// An attempt that was refused: by a circuit breaker, by a bulkhead, or since no time was left until a
    /// deadline.
    pub(crate) const fn before_it_began(rejection: Rejection) -> Self {
        Self { rejection, has_run: false }
    }

    /// An attempt that a limit cut.
    pub(crate) const fn while_it_ran(rejection: Rejection) -> Self {
        Self { rejection, has_run: true }
    }

    /// What stopped the attempt.
    pub const fn rejection(self) -> Rejection {
        self.rejection
    }

    /// The time that it was refused for, if a circuit breaker or a rate refused it.
    pub(crate) const fn refused_for(self) -> Option<Duration> {
        match self.rejection {
            Rejection::CircuitOpen { retry_in } | Rejection::RateLimited { retry_in } => {
                Some(retry_in)
            }
            _ => None,
        }
    }

    /// Whether the attempt ran: then the other side may have done work, and layers count a failure.
    pub(crate) const fn has_run(self) -> bool {
        self.has_run
    }
}

impl From<Stopped> for Rejection {
    fn from(stopped: Stopped) -> Self {
        stopped.rejection
    }
}

thread_local! {
    /// Whether a deadline is cutting what is dropped on this thread.
    static CUTS: Cell<bool> = const { Cell::new(false) };
}

/// Calls `end`, which drops what ran until `rejection` cut it. A deadline applies to the calls inside,
/// too, so their layers must not mistake its cut for a caller's drop.
pub(crate) fn cut(rejection: Rejection, end: impl FnOnce()) {
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            CUTS.set(self.0);
        }
    }

    let is_deadline = rejection == Rejection::DeadlineExceeded;
    let _restore = Restore(CUTS.replace(is_deadline || CUTS.get()));
    end();
}

/// Whether what is dropped now was running when its deadline cut it.
pub(crate) fn is_cut() -> bool {
    CUTS.try_with(Cell::get).unwrap_or(false) // the thread may be ending
}
