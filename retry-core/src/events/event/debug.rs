//! An [`Event`] with its fields, for developers.

use std::fmt;

use super::Event;
use crate::primitives::bounded::written_out;

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut event = f.debug_struct("Event");
        event.field("kind", &self.kind).field("function", &self.function());
        if let Some(upstream) = self.upstream {
            event.field("upstream", &upstream);
        }
        event
            .field("id", &self.id().map(|id| written_out(format_args!("{id}"))))
            .field("attempt", &self.attempt)
            .field("max_retries", &format_args!("{}", self.limit))
            .field("delay", &self.delay)
            .field("waited", &self.waited())
            .field("elapsed", &self.elapsed)
            .field("verdict", &self.verdict)
            .field("error", &self.error().map(|error| written_out(format_args!("{error}"))))
            .finish()
    }
}
