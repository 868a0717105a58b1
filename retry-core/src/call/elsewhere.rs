//! A body that runs on another thread than the one that waits for it.

use super::attempt::Attempt;
use super::nesting::{self, Mark};
use crate::time::timeline::enclose;

/// What a body came to on its thread, with what the waiting one is to know of the calls within it.
#[derive(Debug)]
#[must_use = "the waiting thread takes it back"]
pub struct Elsewhere<T> {
    value: T,
    mark: Option<Mark>,
}

impl<T> Elsewhere<T> {
    /// What the body came to, on the thread that has waited for it.
    pub fn back(self) -> T {
        if let Some(mark) = self.mark {
            nesting::leave(mark);
        }
        self.value
    }
}

impl Attempt {
    /// Runs `body`, the attempt's, on this thread: calls that it makes keep the attempt's deadline.
    #[doc(hidden)]
    pub fn on_its_thread<T>(&self, body: impl FnOnce() -> T) -> Elsewhere<T> {
        let _aside = nesting::set_aside();
        let value = enclose(&self.timeline, body);
        Elsewhere { value, mark: nesting::take() }
    }
}
