//! What stands for a timer where none is enabled: nothing that compiles.

use std::future::{Future, Ready, ready};

use crate::rejection::Rejection;

/// Something that a timer is there for.
#[diagnostic::on_unimplemented(
    message = "there is no timer to wait on: enable the feature `tokio` or `async-io` of `persevere`, or `wasm` in a browser, or name another timer with `sleep = path`",
    label = "waits between attempts"
)]
pub trait Timed {}

/// As the timers' own.
pub fn sleep<R: Timed>(_retry: &mut Option<R>) -> Ready<()> {
    ready(())
}

/// As the timers' own.
pub fn within<F: Future>(limit: impl Timed, body: F) -> Ready<Result<F::Output, Rejection>> {
    let _ = (limit, body);
    ready(Err(Rejection::TimedOut))
}
