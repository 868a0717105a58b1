//! [`EventKind`]: what has happened.

use crate::engine::GiveUp;

/// What has happened. The kind decides which hook is called, and the level of the log line.
///
/// | kind | hook | `tracing` level |
/// |---|---|---|
/// | `Retry` | `on_retry` | WARN; DEBUG after a value that is [waited for](super::Event::is_waiting) |
/// | `GiveUp` that something other than the failure ended: the policy (`Exhausted`, `RetryAfterTooLong`), a budget, a circuit breaker, a bulkhead, a deadline | `on_give_up` | ERROR |
/// | `GiveUp` by the failure (`Permanent`) or the body (`Requested`), after retries | `on_give_up` | WARN |
/// | the same at the first attempt: nothing was retried, so it is an answer like any other | `on_give_up` | DEBUG |
/// | `LateSuccess` | `on_success` | INFO; DEBUG after values that were waited for, and no failure |
/// | `Nested` | none | WARN |
///
/// ```
/// use persevere::engine::GiveUp;
/// use persevere::{Event, EventKind};
///
/// // A hook, for `on_give_up`.
/// fn page_somebody(event: &Event<'_>) {
///     match event.kind() {
///         EventKind::GiveUp(GiveUp::Exhausted) => println!("still down: {event}"),
///         _ => println!("not worth a call: {event}"),
///     }
/// }
/// # let _ = page_somebody;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// An attempt failed, and another follows once [`Event::delay`](super::Event::delay) has passed.
    Retry,
    /// An attempt failed, and its outcome goes to the caller, for this reason.
    GiveUp(GiveUp),
    /// A retry succeeded. A call that succeeds at once is no event.
    LateSuccess,
    /// This call and one of another annotated function within it both retry, so that their
    /// attempts multiply. Reported once a call, with the retry or give-up at which it was noticed.
    Nested {
        /// The name of the function called within this one.
        inner: &'static str,
        /// How many attempts of the innermost body one call of this function can make; `u64::MAX` if
        /// they are unlimited.
        attempts: u64,
    },
}
