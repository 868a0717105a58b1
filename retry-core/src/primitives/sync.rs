//! Atomics and locks, from one place.
//!
//! `tests/interleavings` compiles the files that use them again, with loom's types in their place.

use std::cell::Cell;

#[cfg(all(feature = "overrides", not(target_family = "wasm")))]
pub(crate) use std::sync::Condvar;
#[cfg(feature = "overrides")]
pub(crate) use std::sync::atomic::fence;
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, AtomicUsize,
};
pub(crate) use std::sync::{Mutex, MutexGuard};
#[cfg(feature = "overrides")]
pub(crate) use std::sync::{RwLock, RwLockReadGuard};

pub(crate) use std::thread::{Thread, current as current_thread, park, park_timeout};

/// The number of counters in a [`Striped`](crate::primitives::striped::Striped) count.
pub(crate) const STRIPES: usize = 16;

/// The maximum number of calls in a [`CountWindow`](crate::layers::breaker).
pub(crate) const LONGEST: usize = 1024;

/// The number of bits of a latency in a hedge's histogram, in microseconds: up to 71 minutes.
pub(crate) const LATENCY_BITS: u32 = 32;

/// log₂ of the number of buckets for each doubling of a latency.
pub(crate) const LATENCY_PRECISION: u32 = 5;

/// This thread's stripe. Threads get stripes in turn, so up to as many threads as there are stripes
/// have one each.
#[inline]
pub(crate) fn stripe() -> usize {
    const UNSET: usize = usize::MAX;
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(UNSET) };
    }

    #[cold]
    fn next() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let mine = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % STRIPES;
        MINE.set(mine);
        mine
    }

    match MINE.get() {
        UNSET => next(),
        mine => mine,
    }
}
