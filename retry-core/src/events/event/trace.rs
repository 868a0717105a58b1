//! Events sent to `tracing`.

use super::Event;
#[cfg(feature = "tracing")]
use super::EventKind;
#[cfg(feature = "tracing")]
use crate::engine::GiveUp;
#[cfg(feature = "tracing")]
use crate::primitives::one_line::{OneLine, one_line};

impl Event<'_> {
    #[cfg(feature = "tracing")]
    const fn reason(&self) -> Option<GiveUp> {
        match self.kind {
            EventKind::GiveUp(reason) => Some(reason),
            _ => None,
        }
    }

    /// Sends the event to `tracing`, at the level that [`EventKind`] names.
    #[cfg(feature = "tracing")]
    pub(crate) fn trace(&self) {
        macro_rules! emit_with {
            ($level:ident, $($more:tt)*) => {
                tracing::event!(
                    target: "persevere",
                    tracing::Level::$level,
                    function = &*one_line(self.function()),
                    upstream = self.upstream.map(one_line).map(tracing::field::display),
                    id = self.shown_id().map(tracing::field::display),
                    attempt = self.attempt,
                    max_retries = self.limit.limit(),
                    delay_seconds = self.delay.map(|delay| delay.as_secs_f64()),
                    waited_seconds = self.waited().as_secs_f64(),
                    elapsed_seconds = self.elapsed.map(|elapsed| elapsed.as_secs_f64()),
                    class = self.class_label(),
                    reason = self.reason().map(GiveUp::as_str),
                    error = self.error_text().map(OneLine).map(tracing::field::display),
                    $($more)*
                    "{self}"
                )
            };
        }
        #[cfg(feature = "chaos")]
        macro_rules! emit {
            ($level:ident) => {
                emit_with!($level, chaos = self.has_chaos().then_some(true),)
            };
        }
        #[cfg(not(feature = "chaos"))]
        macro_rules! emit {
            ($level:ident) => {
                emit_with!($level,)
            };
        }
        match self.kind {
            EventKind::Retry if self.is_waiting() => emit!(DEBUG),
            EventKind::Retry | EventKind::Nested { .. } => emit!(WARN),
            // The failure or the body itself ended the call.
            EventKind::GiveUp(GiveUp::Permanent | GiveUp::Requested) if self.attempt == 1 => {
                emit!(DEBUG);
            }
            EventKind::GiveUp(GiveUp::Permanent | GiveUp::Requested) => emit!(WARN),
            EventKind::GiveUp(_) => emit!(ERROR),
            EventKind::LateSuccess if self.has_only_waited() => emit!(DEBUG),
            EventKind::LateSuccess => emit!(INFO),
        }
    }

    /// Without the `tracing` feature, events go to hooks alone.
    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    pub(crate) fn trace(&self) {}
}
