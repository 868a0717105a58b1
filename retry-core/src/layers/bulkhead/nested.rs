//! Calls within a call that holds a permit: an inner call through the same bulkhead shares that permit,
//! or it would wait for the permit that its own caller holds. And attempts on an upstream, by
//! [`Within`](super::within::Within).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Bulkhead;
use super::admit::{Admission, AdmissionIfAny};
use super::permit::Permit;
use super::semaphore::Semaphore;
use crate::primitives::entered::{Enter, Entered};

thread_local! {
    /// The bulkheads of which what runs on this thread now holds a permit. Those of a future are here
    /// only while it is polled.
    static HELD: Held = const {
        Held {
            few: [const { Cell::new(0) }; FEW],
            depth: Cell::new(0),
            from: Cell::new(0),
            given_up: Cell::new(0),
        }
    };
    /// Those beyond the first few: apart, since a thread-local value that must be dropped is slower to
    /// reach.
    static MORE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// How many nested permits are remembered without an allocation.
const FEW: usize = 8;

/// The addresses of the bulkheads' semaphores, the outermost call's first.
struct Held {
    few: [Cell<usize>; FEW],
    depth: Cell<usize>,
    /// How many of them, the outermost ones, are set aside.
    from: Cell<usize>,
    /// A bit for each of the first 64, from the lowest: whether a call within it was given up. Only those
    /// that have the mark of an upstream have it set.
    given_up: Cell<u64>,
}

#[cold]
#[inline(never)]
fn push_beyond(address: usize) {
    MORE.with_borrow_mut(|more| more.push(address));
}

#[cold]
#[inline(never)]
fn pop_beyond(depth: usize) {
    MORE.with_borrow_mut(|more| more.truncate(depth.saturating_sub(FEW)));
}

/// The mark, in the lowest bit, of an attempt on an upstream; no address has it.
const UPSTREAM: usize = 1;

impl Held {
    #[inline]
    fn push(&self, address: usize) {
        let depth = self.depth.get();
        match self.few.get(depth) {
            Some(cell) => cell.set(address),
            None => push_beyond(address),
        }
        self.depth.set(depth + 1);
    }

    /// Takes out what was pushed since there were `depth`.
    #[inline]
    fn pop_to(&self, depth: usize) {
        if self.depth.get() > FEW {
            pop_beyond(depth);
        }
        self.depth.set(depth);
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.depth.get() == self.from.get()
    }

    #[cold]
    fn contains(&self, address: usize) -> bool {
        let (from, depth) = (self.from.get(), self.depth.get());
        let few = self.few.iter().take(depth).skip(from);
        let is_among_more = || {
            MORE.with_borrow(|more| {
                more.iter().skip(from.saturating_sub(FEW)).any(|held| *held & !UPSTREAM == address)
            })
        };
        few.into_iter().any(|held| held.get() & !UPSTREAM == address)
            || depth > FEW && is_among_more()
    }

    fn entry(&self, index: usize) -> usize {
        match self.few.get(index) {
            Some(cell) => cell.get(),
            None => MORE.with_borrow(|more| more.get(index - FEW).copied().unwrap_or(0)),
        }
    }

    /// Notes that a call was given up within the innermost attempt on an upstream of one of these names.
    fn give_up(&self, names: [usize; 2]) {
        let mut entries = (self.from.get()..self.depth.get()).rev();
        let is_named = |entry| names.iter().any(|name| name | UPSTREAM == entry);
        if let Some(index) = entries.find(|index| is_named(self.entry(*index))) {
            self.given_up.set(self.given_up.get() | bit(index));
        }
    }
}

/// That of an entry, in `given_up`.
fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index)).unwrap_or(0)
}

/// A call on the upstream of these names is given up.
pub(super) fn give_up(names: [usize; 2]) {
    HELD.with(|held| held.give_up(names));
}

#[inline]
pub(super) fn address(semaphore: &Semaphore) -> usize {
    std::ptr::from_ref(semaphore).addr()
}

/// Whether what runs on this thread now is within something that has this address.
#[inline]
pub(crate) fn is_held(address: usize) -> bool {
    HELD.with(|held| !held.is_empty() && held.contains(address))
}

/// Runs `body`, within which what has this address is held; zero is nothing.
#[inline]
pub(crate) fn hold_at<T>(address: usize, body: impl FnOnce() -> T) -> T {
    HELD.with(|held| {
        let _holds = Holds::from_now(held);
        if address != 0 {
            held.push(address);
        }
        body()
    })
}

/// Runs `body`, an attempt on an upstream that is known by `address`; its turn is of what is at `pace`, unless
/// that is zero. `is_given_up` is set afterwards, if a call within the attempt was given up.
#[inline]
pub(super) fn enter<T>(
    address: usize,
    pace: usize,
    is_given_up: &AtomicBool,
    body: impl FnOnce() -> T,
) -> T {
    HELD.with(|held| {
        let _attempt = Attempt { holds: Holds::from_now(held), is_given_up };
        held.push(address | UPSTREAM);
        if pace != 0 {
            held.push(pace);
        }
        body()
    })
}

/// Says that this thread holds what is pushed from now on, permits and turns, until it is dropped, also by a
/// panic.
struct Holds<'h> {
    held: &'h Held,
    before: usize,
}

impl<'h> Holds<'h> {
    #[inline]
    fn from_now(held: &'h Held) -> Self {
        Self { held, before: held.depth.get() }
    }
}

impl Drop for Holds<'_> {
    #[inline]
    fn drop(&mut self) {
        self.held.pop_to(self.before);
    }
}

/// Says that an attempt on an upstream runs on this thread, until it is dropped.
struct Attempt<'a> {
    holds: Holds<'a>,
    is_given_up: &'a AtomicBool,
}

impl Drop for Attempt<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.holds.held.given_up.get() != 0 {
            self.note();
        }
    }
}

impl Attempt<'_> {
    #[cold]
    fn note(&self) {
        let Holds { held, before } = self.holds;
        let bit = bit(before);
        let given_up = held.given_up.get();
        held.given_up.set(given_up & !bit);
        if given_up & bit != 0 {
            self.is_given_up.store(true, Ordering::Relaxed);
        }
    }
}

/// Hides the permits that this thread holds until it is dropped. Keeps how many were hidden before.
pub(crate) struct Aside(usize);

/// Until the result is dropped, what runs on this thread shares no permit.
pub(crate) fn set_aside() -> Aside {
    HELD.with(|held| Aside(held.from.replace(held.depth.get())))
}

impl Drop for Aside {
    fn drop(&mut self) {
        HELD.with(|held| held.from.set(self.0));
    }
}

impl Bulkhead {
    /// The shared permit of a call within one that holds a permit of this bulkhead; `None` outside of any.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn nested(&self) -> Option<Permit<'_>> {
        is_held(address(&self.semaphore)).then(|| Permit::nested(&self.semaphore))
    }
}

impl Permit<'_> {
    /// Runs `body`, within which calls through the same bulkhead share this permit.
    #[doc(hidden)]
    #[inline]
    pub fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        hold_at(address(self.semaphore()), body)
    }
}

impl Enter for &Permit<'_> {
    #[inline]
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        self.hold(body)
    }
}

/// An admission, with which a call may hold a permit.
pub trait MayHold {
    /// The permit.
    fn permit(&self) -> Option<&Permit<'_>>;
}

impl MayHold for Admission<'_> {
    #[inline]
    fn permit(&self) -> Option<&Permit<'_>> {
        self.as_ref().ok()
    }
}

impl MayHold for AdmissionIfAny<'_> {
    #[inline]
    fn permit(&self) -> Option<&Permit<'_>> {
        self.as_ref().ok()?.as_ref()
    }
}

/// Runs `body` while the call holds its permit, if it was admitted: see [`Permit::hold`].
#[inline]
pub fn hold<T>(admission: &impl MayHold, body: impl FnOnce() -> T) -> T {
    match admission.permit() {
        Some(permit) => permit.hold(body),
        None => body(),
    }
}

/// As [`hold`], whenever the future is polled.
pub fn held<F: Future>(admission: &impl MayHold, body: F) -> Holding<'_, F> {
    Entered::new(admission.permit(), body)
}

/// The future of [`held`].
pub type Holding<'a, F> = Entered<Option<&'a Permit<'a>>, F>;
