//! The hooks of a retried closure.

use crate::events::event::{Event, EventKind};

/// Hears what happens to a call.
pub trait Listen {
    /// Calls the hooks that `event` is for; whether there is one.
    fn hear(&mut self, event: &Event<'_>) -> bool;
}

/// No hooks.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Listen for Silent {
    fn hear(&mut self, _: &Event<'_>) -> bool {
        false
    }
}

/// One hook beside others.
#[derive(Clone, Copy, Debug)]
pub struct Listening<L, H> {
    pub(super) others: L,
    pub(super) happens: fn(EventKind) -> bool,
    pub(super) hook: H,
}

impl<L: Listen, H: FnMut(&Event<'_>)> Listen for Listening<L, H> {
    fn hear(&mut self, event: &Event<'_>) -> bool {
        let is_for_this = (self.happens)(event.kind());
        if is_for_this {
            (self.hook)(event);
        }
        self.others.hear(event) || is_for_this
    }
}
