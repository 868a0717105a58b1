//! Loom's atomics and locks, made when first used: unlike those of the standard library, they
//! cannot be made in `const` functions. A model must touch each before its threads begin, or loom
//! complains of use before creation.

use std::sync::atomic::Ordering;
use std::sync::{LockResult, OnceLock, PoisonError, TryLockResult};
use std::time::Duration;

pub(crate) use loom::sync::atomic::fence;
pub(crate) use loom::sync::{MutexGuard, RwLockReadGuard};
use loom::sync::{RwLockWriteGuard, WaitTimeoutResult};
use loom::thread;
pub(crate) use loom::thread::{Thread, current as current_thread, park};

/// Loom has no clock: the time never ends.
pub(crate) fn park_timeout(_: Duration) {
    park();
}

/// Fewer than in the library, so that there are fewer orders to try.
pub(crate) const STRIPES: usize = 2;

/// Shorter than in the library: loom's threads have small stacks.
pub(crate) const LONGEST: usize = 2;

/// Four buckets, where the library has hundreds: each is one more atomic to touch in every order.
pub(crate) const LATENCY_BITS: u32 = 2;

/// Four, for the same reason.
pub(crate) const LATENCY_PRECISION: u32 = 1;

/// The two threads of a model take turns, as those of a program do.
pub(crate) fn stripe() -> usize {
    loom::lazy_static! {
        static ref FIRST: thread::ThreadId = thread::current().id();
    }
    usize::from(thread::current().id() == *FIRST)
}

macro_rules! atomic {
    ($($name:ident of $value:ty,)*) => {$(
        #[derive(Debug)]
        pub(crate) struct $name {
            initial: $value,
            made: OnceLock<loom::sync::atomic::$name>,
        }

        impl $name {
            pub(crate) const fn new(initial: $value) -> Self {
                Self { initial, made: OnceLock::new() }
            }

            fn made(&self) -> &loom::sync::atomic::$name {
                self.made.get_or_init(|| loom::sync::atomic::$name::new(self.initial))
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.made().load(order)
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.made().store(value, order);
            }

            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                self.made().swap(value, order)
            }

            pub(crate) fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                self.made().fetch_add(value, order)
            }

            pub(crate) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.made().compare_exchange_weak(current, new, success, failure)
            }

            pub(crate) fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                self.made().fetch_sub(value, order)
            }

            pub(crate) fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                change: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.made().fetch_update(set, fetch, change)
            }
        }
    )*};
}

atomic! {
    AtomicI32 of i32,
    AtomicU8 of u8,
    AtomicU32 of u32,
    AtomicU64 of u64,
    AtomicUsize of usize,
}

#[derive(Debug)]
pub(crate) struct AtomicBool {
    initial: bool,
    made: OnceLock<loom::sync::atomic::AtomicBool>,
}

impl AtomicBool {
    pub(crate) const fn new(initial: bool) -> Self {
        Self { initial, made: OnceLock::new() }
    }

    fn made(&self) -> &loom::sync::atomic::AtomicBool {
        self.made.get_or_init(|| loom::sync::atomic::AtomicBool::new(self.initial))
    }

    pub(crate) fn load(&self, order: Ordering) -> bool {
        self.made().load(order)
    }

    pub(crate) fn store(&self, value: bool, order: Ordering) {
        self.made().store(value, order);
    }

    pub(crate) fn swap(&self, value: bool, order: Ordering) -> bool {
        self.made().swap(value, order)
    }
}

/// What is locked, until the lock is made of it.
#[derive(Debug)]
struct Initial<T>(std::sync::Mutex<Option<T>>);

impl<T> Initial<T> {
    const fn new(initial: T) -> Self {
        Self(std::sync::Mutex::new(Some(initial)))
    }

    fn take(&self) -> T {
        let mut initial = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        initial.take().expect("it is made once")
    }
}

#[derive(Debug)]
pub(crate) struct Mutex<T> {
    initial: Initial<T>,
    made: OnceLock<loom::sync::Mutex<T>>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(initial: T) -> Self {
        Self { initial: Initial::new(initial), made: OnceLock::new() }
    }

    fn made(&self) -> &loom::sync::Mutex<T> {
        self.made.get_or_init(|| loom::sync::Mutex::new(self.initial.take()))
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.made().lock()
    }

    pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.made().try_lock()
    }
}

#[derive(Debug)]
pub(crate) struct RwLock<T> {
    initial: Initial<T>,
    made: OnceLock<loom::sync::RwLock<T>>,
}

impl<T> RwLock<T> {
    pub(crate) const fn new(initial: T) -> Self {
        Self { initial: Initial::new(initial), made: OnceLock::new() }
    }

    fn made(&self) -> &loom::sync::RwLock<T> {
        self.made.get_or_init(|| loom::sync::RwLock::new(self.initial.take()))
    }

    pub(crate) fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.made().read()
    }

    pub(crate) fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.made().write()
    }
}

#[derive(Debug)]
pub(crate) struct Condvar(OnceLock<loom::sync::Condvar>);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn made(&self) -> &loom::sync::Condvar {
        self.0.get_or_init(loom::sync::Condvar::new)
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.made().wait(guard)
    }

    /// Loom has no clock: the time never ends.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.made().wait_timeout(guard, time)
    }

    pub(crate) fn notify_all(&self) {
        self.made().notify_all();
    }
}
