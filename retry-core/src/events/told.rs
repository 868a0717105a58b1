//! [`Told`]: what hooks receive.

use crate::events::event::{Event, EventKind};

/// What was decided, and the event that reports it to hooks.
#[derive(Debug)]
pub struct Told<'a> {
    /// What has happened.
    pub event: Event<'a>,
}

impl Told<'_> {
    /// Whether a retry follows; otherwise the outcome goes to the caller.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.event.kind() == EventKind::Retry
    }

    /// Whether the outcome goes to the caller as it is: `on_give_up`.
    #[must_use]
    pub fn gives_up(&self) -> bool {
        matches!(self.event.kind(), EventKind::GiveUp(_))
    }
}
