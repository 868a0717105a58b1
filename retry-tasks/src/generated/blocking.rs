//! The body of a blocking function, on a thread for blocking work.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;

use persevere_core::facade::shielded_blocking;
use persevere_core::{Attempt, testing};
use tokio::task::spawn_blocking;

use crate::worker::failure::Failure;

/// Runs `body` where it may block, as a part of `attempt`: calls that it makes keep the deadline and are
/// known to be within it, a test's switches reach it, and so does the span. What it panics with goes on
/// here. It is never cut: dropped, its thread goes on to its end.
///
/// # Errors
///
/// Those of `body`.
pub async fn blocking<T: Send + 'static>(
    attempt: &Arc<Attempt>,
    body: impl FnOnce(&Attempt) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let attempt = Arc::clone(attempt);
    let switch = testing::current();
    let span = tracing::Span::current();
    let thread = spawn_blocking(move || {
        let _scope = switch.on_this_thread();
        let body = || attempt.on_its_thread(|| body(&attempt));
        span.in_scope(|| shielded_blocking(body))
    });
    match thread.await {
        Ok(ended) => ended.back(),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => pending().await, // the runtime ends
        },
    }
}
