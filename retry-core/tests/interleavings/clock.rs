//! The clock that `Tick::now` would read.

pub(crate) use std::time::Instant;

pub(crate) fn now() -> Instant {
    Instant::now()
}
