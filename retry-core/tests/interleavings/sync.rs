//! Loom's atomics and lock, made when first used: unlike those of the standard library, they
//! cannot be made in `const` functions. A model must touch each before its threads begin, or loom
//! complains of use before creation.

use std::sync::atomic::Ordering;
use std::sync::{LockResult, OnceLock, PoisonError};

pub(crate) use loom::sync::MutexGuard;
use loom::thread;
pub(crate) use loom::thread::{Thread, current as current_thread, park};

/// Loom has no clock: the time never ends.
pub(crate) fn park_timeout(_: std::time::Duration) {
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
pub(crate) struct Mutex<T> {
    initial: std::sync::Mutex<Option<T>>,
    made: OnceLock<loom::sync::Mutex<T>>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(initial: T) -> Self {
        Self { initial: std::sync::Mutex::new(Some(initial)), made: OnceLock::new() }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let make = || {
            let mut initial = self.initial.lock().unwrap_or_else(PoisonError::into_inner);
            loom::sync::Mutex::new(initial.take().expect("it is made once"))
        };
        self.made.get_or_init(make).lock()
    }
}
