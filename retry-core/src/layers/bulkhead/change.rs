//! [`Change`]: a limit that adapts, at another value.

#[cfg(feature = "tracing")]
use crate::primitives::one_line::{OneLine, one_line};

/// A limit that is far from the one reported last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Change {
    /// From one limit to another, if that is worth a line of the log: by more than a fifth, and by more than 1.
    ///
    /// A limit that has found its place is raised by 1 a round trip, and lowered by a tenth at a drop, again and
    /// again: that is no news.
    pub(super) fn between(from: usize, to: usize) -> Option<Self> {
        let least = (from / 5).max(1);
        (from.abs_diff(to) > least).then_some(Self { from, to })
    }

    /// Sends it to `tracing`: INFO if the limit was lowered, else DEBUG.
    #[cfg(feature = "tracing")]
    pub(super) fn trace(self, bulkhead: &'static str) {
        let Self { from, to } = self;
        let space = if bulkhead.is_empty() { "" } else { " " };
        macro_rules! emit {
            ($level:ident) => {
                tracing::event!(
                    target: "persevere",
                    tracing::Level::$level,
                    bulkhead = &*one_line(bulkhead),
                    from,
                    to,
                    "bulkhead{space}{}: limit {from} -> {to}",
                    OneLine(bulkhead),
                )
            };
        }
        if to < from { emit!(INFO) } else { emit!(DEBUG) }
    }

    /// Without the `tracing` feature, [`Bulkhead::limit`](super::Bulkhead::limit) says it.
    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    pub(super) fn trace(self, _: &'static str) {}
}
