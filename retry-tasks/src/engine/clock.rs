//! The clock of engines that have none of their own.

use std::time::Duration;

use tokio::time::Instant;

use crate::row::moment::Moment;

#[derive(Debug)]
pub(crate) enum Clock {
    /// The machine's, which all its processes share.
    #[cfg(feature = "sqlite")]
    Wall,
    /// tokio's, which may be paused. It began when the machine's showed `base`.
    Tokio { base: Moment, started: Instant },
}

impl Clock {
    pub(crate) fn tokio() -> Self {
        Self::Tokio { base: Moment::wall(), started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Moment {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Wall => Moment::wall(),
            Self::Tokio { base, started } => {
                let elapsed = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                base.after(Duration::from_micros(elapsed))
            }
        }
    }
}
