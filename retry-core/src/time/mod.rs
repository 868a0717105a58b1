//! Clocks, timers and time limits: the one place that knows on which runtime and platform it runs.

pub(crate) mod clock;
pub(crate) mod enclosing;
pub(crate) mod limit;
pub(crate) mod parking;
pub(crate) mod tick;
pub(crate) mod timeline;
#[cfg_attr(
    not(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    )),
    path = "timer/missing.rs"
)]
pub(crate) mod timer;
