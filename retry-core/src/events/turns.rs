//! What is said about the turns of attempts on an upstream: those that are waited for, those that are refused,
//! and the pauses that the upstream asks for.

use std::time::Duration;

use crate::classify::rejection::Rejection;
#[cfg(feature = "metrics")]
use crate::events::metrics;
#[cfg(feature = "tracing")]
use crate::primitives::one_line::{OneLine, one_line};
#[cfg(feature = "tracing")]
use crate::primitives::span_text::SpanText;
#[cfg(any(feature = "metrics", feature = "tracing"))]
use crate::time::tick::Tick;

/// When a wait for a turn began. The clock is read for it only where somebody may want to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    at: Tick,
}

impl Began {
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(any(feature = "metrics", feature = "tracing"))]
            at: Tick::now(),
        }
    }

    /// The wait has ended: with the turn, or a refusal.
    pub(crate) fn note(self, upstream: &'static str, waited: &Result<(), Rejection>) {
        self.note_wait(upstream);
        if waited.is_err() {
            refused(upstream);
        }
    }

    #[cfg(any(feature = "metrics", feature = "tracing"))]
    fn note_wait(self, upstream: &'static str) {
        let waited = Tick::now().since(self.at);
        #[cfg(feature = "tracing")]
        tracing::debug!(
            target: "persevere",
            upstream = &*one_line(upstream),
            waited_seconds = waited.as_secs_f64(),
            "upstream {}: an attempt waited {} for its turn",
            OneLine(upstream),
            SpanText(waited),
        );
        #[cfg(feature = "metrics")]
        metrics::record_turn(upstream, waited);
    }

    #[cfg(not(any(feature = "metrics", feature = "tracing")))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    fn note_wait(self, _: &'static str) {}
}

/// An attempt on the upstream is refused. The log has it in the event of its call.
#[cold]
#[cfg_attr(not(feature = "metrics"), allow(unused_variables))]
pub(crate) fn refused(upstream: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::record_refused_turn(upstream);
}

/// The upstream has asked for no requests for `pause`, which is longer than any pause before.
#[cold]
#[cfg_attr(not(all(feature = "metrics", feature = "tracing")), allow(unused_variables))]
pub(crate) fn paused(upstream: &'static str, pause: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "persevere",
        upstream = &*one_line(upstream),
        pause_seconds = pause.as_secs_f64(),
        "upstream {}: no attempt for {}, as it asked",
        OneLine(upstream),
        SpanText(pause),
    );
    #[cfg(feature = "metrics")]
    metrics::record_pause(upstream);
}
