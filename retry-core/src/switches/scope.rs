//! Where a [`Switch`] is in force: on a thread, in a future, in the process.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entries::{Entries, Number};
use super::switch::Switch;
use crate::primitives::entered::{Enter, entered};
use crate::primitives::tally::Tally;

/// The number of switches in force, on all threads: while it is 0, nothing else is read.
static IN_FORCE: Tally = Tally::new();

static PROCESS: Mutex<Entries<Entry>> = Mutex::new(Entries::none());

thread_local! {
    static THREAD: RefCell<Entries<Entry>> = const { RefCell::new(Entries::none()) };
}

/// Whether a scope has ended on any thread before anything was decided in it.
static ANY_UNASKED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Where such a scope of this thread was made: the last one.
    static UNASKED: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

struct Entry {
    switch: Arc<Switch>,
    /// Whether a decision has looked it up.
    is_asked: Cell<bool>,
}

impl Entry {
    fn new(switch: Switch) -> Self {
        Self::shared(Arc::new(switch))
    }

    fn shared(switch: Arc<Switch>) -> Self {
        Self { switch, is_asked: Cell::new(false) }
    }
}

fn process() -> MutexGuard<'static, Entries<Entry>> {
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The switches in force here: those of the process, then those of this thread and of the future
/// that it polls; inner ones win. Pass them on to a thread or task that you spawn.
///
/// ```
/// use std::thread;
/// use persevere::testing;
///
/// let _scope = testing::no_waiting().on_this_thread();
/// let switch = testing::current();
/// let elsewhere = thread::spawn(move || {
///     let _scope = switch.on_this_thread();
///     // … waits are skipped here, too.
/// });
/// # elsewhere.join().unwrap();
/// ```
pub fn current() -> Switch {
    find().map_or_else(Switch::default, |switch| *switch)
}

/// Whether anything is in force anywhere: one relaxed load.
#[inline]
pub(super) fn is_any() -> bool {
    IN_FORCE.is_any()
}

/// As [`current`]; boxed, since it is large and mostly absent.
#[cold]
pub(super) fn find() -> Option<Box<Switch>> {
    if !is_any() {
        return None;
    }
    let merge = |entries: &Entries<Entry>, outer: Switch| {
        entries.iter().fold(outer, |outer, entry| {
            entry.is_asked.set(true);
            outer.with(&entry.switch)
        })
    };
    let of_process = merge(&process(), Switch::new());
    let here = THREAD.try_with(|entries| merge(&entries.borrow(), of_process.clone()));
    Some(Box::new(here.unwrap_or(of_process))) // the thread is ending
}

/// Where the thread's last scope was made, if that ended before anything was decided in it: each is
/// returned once.
fn ended_unasked() -> Option<&'static Location<'static>> {
    if !ANY_UNASKED.load(Ordering::Relaxed) {
        return None;
    }
    UNASKED.try_with(Cell::take).ok().flatten()
}

/// A wait in earnest begins. Says so on the standard error if it is probably not meant, which shows in
/// the output of the test: `let _ = testing::…` has no effect, and no lint says that.
#[inline]
pub(crate) fn waits_in_earnest() {
    if let Some(made_at) = ended_unasked() {
        eprintln!(
            "persevere: this wait is made in earnest: the scope of `testing` made at {made_at} ended \
             before anything failed in it. `let _ = …` ends a scope at once: write `let _scope = …`"
        );
    }
}

/// Keeps a [`Switch`] in force on its thread; made by [`Switch::on_this_thread`].
///
/// It stays on its thread: a future that must be `Send` cannot hold it across an `.await`, where
/// [`scope`] is the way.
#[derive(Debug)]
#[must_use = "the switch is in force until this is dropped: write `let _scope = …`, since `let _ = …` drops it at once"]
pub struct ThreadGuard {
    number: Number,
    /// Where it was made by a user, who may drop it too early.
    made_at: Option<&'static Location<'static>>,
    stays: PhantomData<*const ()>,
}

impl ThreadGuard {
    #[track_caller]
    pub(super) fn new(switch: Switch) -> Self {
        UNASKED.set(None);
        let mut guard = Self::of(Entry::new(switch));
        guard.made_at = Some(Location::caller());
        guard
    }

    fn of(entry: Entry) -> Self {
        let number = THREAD.with_borrow_mut(|entries| entries.enter(entry, &IN_FORCE));
        Self { number, made_at: None, stays: PhantomData }
    }
}

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        let left = THREAD.try_with(|entries| entries.borrow_mut().leave(self.number, &IN_FORCE));
        let Ok(left) = left else {
            IN_FORCE.remove(); // the thread is ending, its list is gone
            return;
        };
        if self.made_at.is_some() && left.is_some_and(|entry| !entry.is_asked.get()) {
            UNASKED.set(self.made_at);
            ANY_UNASKED.store(true, Ordering::Relaxed);
        }
    }
}

/// Keeps a [`Switch`] in force in the process; made by [`Switch::for_process`].
#[derive(Debug)]
#[must_use = "the switch is in force until this is dropped: write `let _scope = …`, since `let _ = …` drops it at once"]
pub struct ProcessGuard {
    number: Number,
}

impl ProcessGuard {
    pub(super) fn new(switch: Switch) -> Self {
        Self { number: process().enter(Entry::new(switch), &IN_FORCE) }
    }
}

impl Drop for ProcessGuard {
    fn drop(&mut self) {
        drop(process().leave(self.number, &IN_FORCE));
    }
}

/// Runs `future` with `switch` in force in it, on whichever threads it is polled, but not in tasks
/// that it spawns.
///
/// ```
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let recorder = Recorder::new();
/// let switch = testing::no_waiting().without_jitter().recording(&recorder);
/// let outcome = testing::scope(switch, async {
///     Policy::DEFAULT.with_max_retries(2).retry(async || None::<u8>).on(|_| true).await
/// })
/// .await;
/// assert_eq!(outcome, None);
/// recorder.assert("3 attempts, waited 2 s then 4 s, gave up");
/// # });
/// ```
pub fn scope<F: Future>(switch: Switch, future: F) -> Scoped<F> {
    Scoped::new(Arc::new(switch), future)
}

entered! {
    /// The future of [`scope`].
    pub struct Scoped within Arc<Switch>;
}

impl Enter for Arc<Switch> {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let _scope = ThreadGuard::of(Entry::shared(Arc::clone(self)));
        body()
    }
}

#[cfg(test)]
mod tests {
    use super::{ended_unasked, find};
    use crate::testing;

    #[test]
    fn a_scope_that_ends_before_it_is_asked_is_named_once() {
        let _ = testing::off().on_this_thread();
        let made_at = ended_unasked().expect("it has ended");
        assert_eq!((made_at.file(), made_at.line()), (file!(), line!() - 2));
        assert_eq!(ended_unasked(), None);
    }

    #[test]
    fn a_scope_that_was_asked_is_not_and_the_next_one_takes_its_place() {
        let scope = testing::off().on_this_thread();
        assert!(find().is_some());
        drop(scope);
        assert_eq!(ended_unasked(), None);
        drop(testing::off().on_this_thread());
        let _scope = testing::off().on_this_thread();
        assert_eq!(ended_unasked(), None, "another one is in force");
    }
}
