//! The clock of engines that have none of their own.

use std::sync::OnceLock;
use std::time::Instant;

use crate::row::moment::Moment;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The machine's, which all its processes share.
    #[cfg(feature = "sqlite")]
    Wall,
    /// The machine's, with what a test adds, in microseconds.
    #[cfg(all(test, feature = "sqlite"))]
    Moved(&'static std::sync::atomic::AtomicI64),
    /// tokio's, which may be paused: the same for all engines of a runtime.
    Tokio,
}

impl Clock {
    #[cfg(feature = "sqlite")]
    pub(crate) const fn is_tokios(self) -> bool {
        matches!(self, Self::Tokio)
    }

    pub(crate) fn now(self) -> Moment {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Wall => Moment::wall(),
            #[cfg(all(test, feature = "sqlite"))]
            Self::Moved(by) => {
                Moment(Moment::wall().0 + by.load(std::sync::atomic::Ordering::Relaxed))
            }
            Self::Tokio => tokio(),
        }
    }
}

/// What the machine's clock would show if it went as tokio's does.
fn tokio() -> Moment {
    static START: OnceLock<(Moment, Instant)> = OnceLock::new();
    let (shown, start) = *START.get_or_init(|| (Moment::wall(), Instant::now()));
    let now = tokio::time::Instant::now().into_std();
    match now.checked_duration_since(start) {
        // Rounded down, before and after the start, so that a span that passes is that span here.
        Some(span) => Moment(shown.0.saturating_add_unsigned(micros(span.as_nanos() / 1_000))),
        None => {
            let before = (start - now).as_nanos().div_ceil(1_000);
            Moment(shown.0.saturating_sub_unsigned(micros(before)))
        }
    }
}

fn micros(span: u128) -> u64 {
    u64::try_from(span).unwrap_or(u64::MAX)
}
