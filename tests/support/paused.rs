//! A runtime whose clock is paused, for tests that make one for each case.

/// One thread; its clock moves on only when everything waits.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime with a timer")
}
