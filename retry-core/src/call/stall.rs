//! Notices a blocking function that waits in an asynchronous task: the thread's other tasks wait with it.

use crate::events::name::Name;

/// Warns of it, once for each function; of a closure, for the function that it stands in.
#[cfg(all(feature = "tokio", feature = "tracing"))]
pub(crate) fn notice(name: impl FnOnce() -> Name) {
    use std::sync::{Mutex, PoisonError};

    static NOTICED: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

    if !is_in_task() {
        return;
    }
    let name = name().full();
    let mut noticed = NOTICED.lock().unwrap_or_else(PoisonError::into_inner);
    if noticed.contains(&name) {
        return;
    }
    noticed.push(name);
    drop(noticed);
    let function = crate::primitives::one_line::one_line(name);
    tracing::warn!(
        target: "persevere", function = &*function,
        "{function} blocks its thread between attempts, and is called in a task of tokio, whose other \
         tasks wait with it: make it an `async fn`, or call it in `tokio::task::spawn_blocking`"
    );
}

/// Without a log there is nobody to warn, and without tokio nothing to notice.
#[cfg(not(all(feature = "tokio", feature = "tracing")))]
pub(crate) fn notice(_name: impl FnOnce() -> Name) {}

/// Whether the thread polls a task of tokio. In `spawn_blocking` and `block_in_place` it does not, though
/// a runtime is entered there as well: what tells them apart is that only a polled task has a budget of
/// operations, which is looked at by using it up, and giving it back.
#[cfg(all(feature = "tokio", feature = "tracing"))]
fn is_in_task() -> bool {
    use std::task::{Context, Poll, Waker};

    use tokio::task::coop::poll_proceed;

    /// More than a task may do in one turn: 128, in tokio 1.
    const ENOUGH: usize = 1024;

    let mut context = Context::from_waker(Waker::noop());
    let mut taken = Vec::new();
    let is_limited = loop {
        match poll_proceed(&mut context) {
            Poll::Pending => break true,
            Poll::Ready(_) if taken.len() == ENOUGH => break false,
            Poll::Ready(one) => taken.push(one),
        }
    };
    while taken.pop().is_some() {} // the last one first: each gives back what was left before it
    is_limited
}

#[cfg(all(test, feature = "tokio", feature = "tracing"))]
mod tests {
    use super::is_in_task;

    #[test]
    fn only_a_polled_task_is_one() {
        assert!(!is_in_task());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it is built");
        let _entered = runtime.enter();
        assert!(!is_in_task(), "the runtime is entered, and nothing is polled");
        let (outer, blocking) = runtime.block_on(async {
            let blocking =
                tokio::task::spawn_blocking(is_in_task).await.expect("it does not panic");
            (is_in_task(), blocking)
        });
        assert!(outer && !blocking);
        let spawned = runtime.block_on(async { tokio::spawn(async { is_in_task() }).await });
        assert!(spawned.expect("it does not panic"));
    }

    #[test]
    fn a_task_that_gives_its_thread_away_is_none() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        let task = async { (is_in_task(), tokio::task::block_in_place(is_in_task), is_in_task()) };
        let (before, within, after) = runtime
            .expect("it is built")
            .block_on(async { tokio::spawn(task).await.expect("it does not panic") });
        assert!(before && !within && after);
    }

    /// What tokio does not let anyone know: the attribute's page says so.
    #[test]
    fn a_task_without_a_budget_is_not_noticed_and_a_block_on_is() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it is built");
        runtime.block_on(async {
            let unlimited = tokio::task::coop::unconstrained(async { is_in_task() });
            assert!(!unlimited.await);
            let handle = tokio::runtime::Handle::current();
            let alone = move || handle.block_on(async { is_in_task() });
            assert!(tokio::task::spawn_blocking(alone).await.expect("it does not panic"));
        });
    }

    #[test]
    fn the_task_keeps_its_budget() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it is built");
        runtime.block_on(async {
            for _ in 0..1_000 {
                assert!(is_in_task());
            }
            assert!(tokio::task::coop::has_budget_remaining());
        });
    }
}
