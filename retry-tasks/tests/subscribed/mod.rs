//! A subscriber of what one thread logs, in a program whose tests run on several.

pub(crate) mod log;

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// While a program has one subscriber, `tracing` asks whoever first logs an event whether anybody wants
/// it, and keeps the answer: another test's thread, which has no subscriber, would say no. Of two, it
/// asks both.
pub(crate) struct Subscribed {
    _guard: DefaultGuard,
    _second: Dispatch,
}

/// What this thread logs from now on goes to that subscriber.
pub(crate) fn this_thread_to(subscriber: impl Into<Dispatch>) -> Subscribed {
    let guard = tracing::dispatcher::set_default(&subscriber.into());
    Subscribed { _guard: guard, _second: Dispatch::new(NoSubscriber::default()) }
}
