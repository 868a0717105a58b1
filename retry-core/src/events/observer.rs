//! [`Observer`]: receives the events of every call in the process; [`observe`] adds one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::events::event::Event;
use crate::primitives::append_list::{AppendList, Linked, Next};

/// Receives every [`Event`] of the process, of all functions and closures, on the thread where it
/// happens.
///
/// For your own alarms, dashboards and exporters; what concerns one function alone belongs into its hook
/// (`on_retry`). Closures that take an event are observers; [`observe`] has an example of one.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use persevere::{Event, EventKind, Observer};
///
/// #[derive(Default)]
/// struct GiveUps(AtomicU64);
///
/// impl Observer for GiveUps {
///     fn on_event(&self, event: &Event<'_>) {
///         if matches!(event.kind(), EventKind::GiveUp(_)) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// static GIVE_UPS: GiveUps = GiveUps(AtomicU64::new(0));
/// persevere::observe(&GIVE_UPS);
/// ```
pub trait Observer: Sync {
    /// Called for each event. The call, and in async code its thread, goes on only when this returns.
    fn on_event(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Sync> Observer for F {
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Adds an observer, which from now on receives every event, for as long as the process lives.
///
/// Observers are called in the order in which they were added; one that is added twice is called twice.
/// Before them, an event is counted at its [`Site`](crate::Site), and sent to `tracing` and
/// `metrics` where these features are on; after them, the function's own hook is called.
///
/// An observer that panics does no harm: the call and the other observers go on, and the first
/// panic of each observer is logged to `tracing` as an ERROR. (With `panic = "abort"`, the process
/// ends, as it does at any panic.) Events of retried
/// calls that an observer makes itself do not reach observers, so that none calls itself for ever.
///
/// Without observers, a failure costs one load, and a success nothing.
///
/// ```
/// use persevere::Event;
///
/// persevere::observe(&|event: &Event<'_>| eprintln!("{event}"));
/// ```
pub fn observe(observer: &'static dyn Observer) {
    let observing = Observing { observer, has_panicked: AtomicBool::new(false), next: Next::new() };
    OBSERVERS.append(Box::leak(Box::new(observing)));
}

static OBSERVERS: AppendList<Observing> = AppendList::new();

/// An observer on the list.
struct Observing {
    observer: &'static dyn Observer,
    has_panicked: AtomicBool,
    next: Next<Self>,
}

impl Linked for Observing {
    fn next(&self) -> &Next<Self> {
        &self.next
    }
}

thread_local! {
    /// Whether an observer is at work on this thread.
    static IS_REPORTING: Cell<bool> = const { Cell::new(false) };
}

/// Until this is dropped, no observer is called on this thread.
struct Reporting;

impl Reporting {
    /// `None` within an observer.
    fn begin() -> Option<Self> {
        if IS_REPORTING.replace(true) { None } else { Some(Self) }
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        IS_REPORTING.set(false);
    }
}

/// Calls the observers, if there are any.
#[inline]
pub(crate) fn report(event: &Event<'_>) {
    if !OBSERVERS.is_empty() {
        report_to_all(event);
    }
}

#[inline(never)]
fn report_to_all(event: &Event<'_>) {
    let Some(_reporting) = Reporting::begin() else { return };
    for observing in OBSERVERS.iter() {
        let returned = catch_unwind(AssertUnwindSafe(|| observing.observer.on_event(event)));
        if returned.is_err() && !observing.has_panicked.swap(true, Ordering::Relaxed) {
            log_panic(event);
        }
    }
}

#[cfg(feature = "tracing")]
fn log_panic(event: &Event<'_>) {
    tracing::error!(
        target: "persevere",
        function = &*crate::primitives::one_line::one_line(event.function()),
        "an observer of retries panicked at this event: {event}; the call goes on, and further \
         panics of this observer are not logged"
    );
}

/// Without `tracing`, the panic hook's report has to be enough.
#[cfg(not(feature = "tracing"))]
fn log_panic(_: &Event<'_>) {}
