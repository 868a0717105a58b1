//! The hooks of a retried closure.

use crate::events::event::{Event, EventKind};

/// The hooks of a call.
pub trait Listen {
    /// Calls the hooks that are for this kind of event; returns whether there was one.
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
