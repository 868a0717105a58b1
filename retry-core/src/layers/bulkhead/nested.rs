//! Calls within a call that holds a permit: an inner call through the same bulkhead shares that permit,
//! or it would wait for the permit that its own caller holds.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Bulkhead;
use super::admit::Admission;
use super::permit::Permit;
use super::semaphore::Semaphore;

thread_local! {
    /// The bulkheads of which what runs on this thread now holds a permit. Those of a future are here
    /// only while it is polled.
    static HELD: Held = const {
        Held {
            few: [const { Cell::new(0) }; FEW],
            depth: Cell::new(0),
            from: Cell::new(0),
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
}

impl Held {
    #[inline]
    fn push(&self, address: usize) {
        let depth = self.depth.get();
        match self.few.get(depth) {
            Some(cell) => cell.set(address),
            None => MORE.with_borrow_mut(|more| more.push(address)),
        }
        self.depth.set(depth + 1);
    }

    #[inline]
    fn pop(&self) {
        let depth = self.depth.get() - 1;
        self.depth.set(depth);
        if depth >= FEW {
            MORE.with_borrow_mut(Vec::pop);
        }
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
                more.iter().skip(from.saturating_sub(FEW)).any(|held| *held == address)
            })
        };
        few.into_iter().any(|held| held.get() == address) || depth > FEW && is_among_more()
    }
}

#[inline]
fn address(semaphore: &Semaphore) -> usize {
    std::ptr::from_ref(semaphore).addr()
}

/// Says that this thread holds a permit, until it is dropped, also by a panic.
struct Holds;

impl Holds {
    #[inline]
    fn from_now(permit: &Permit<'_>) -> Self {
        HELD.with(|held| held.push(address(permit.semaphore())));
        Self
    }
}

impl Drop for Holds {
    #[inline]
    fn drop(&mut self) {
        HELD.with(Held::pop);
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
        let is_held = HELD.with(|held| !held.is_empty() && held.contains(address(&self.semaphore)));
        is_held.then(|| Permit::nested(&self.semaphore))
    }
}

impl Permit<'_> {
    /// Runs `body`, within which calls through the same bulkhead share this permit.
    #[doc(hidden)]
    #[inline]
    pub fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        let _holds = Holds::from_now(self);
        body()
    }
}

/// Runs `body` while the call holds its permit, if it was admitted: see [`Permit::hold`].
#[inline]
pub fn hold<T>(admission: &Admission<'_>, body: impl FnOnce() -> T) -> T {
    match admission {
        Ok(permit) => permit.hold(body),
        Err(_) => body(),
    }
}

/// As [`hold`], whenever the future is polled.
pub fn held<'a, F: Future>(admission: &'a Admission<'_>, body: F) -> Holding<'a, F> {
    Holding { permit: admission.as_ref().ok(), body }
}

pin_project_lite::pin_project! {
    /// The future of [`held`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Holding<'a, F> {
        permit: Option<&'a Permit<'a>>,
        #[pin]
        body: F,
    }
}

impl<F: Future> Future for Holding<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.permit {
            Some(permit) => permit.hold(|| this.body.poll(context)),
            None => this.body.poll(context),
        }
    }
}
