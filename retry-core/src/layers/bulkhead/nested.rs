//! Calls inside a call that has a place: an inner call through the same bulkhead shares that place, or it
//! would wait for the place that its own caller holds.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Bulkhead;
use super::admit::Place;
use super::permit::Permit;
use super::places::Places;

thread_local! {
    /// The bulkheads in which what runs on this thread now has a place. A future is among them only
    /// while it is polled.
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

/// How many nested places are remembered without an allocation.
const FEW: usize = 8;

/// Addresses, the outermost call's first.
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
            Some(place) => place.set(address),
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
        few.into_iter().any(|place| place.get() == address) || depth > FEW && is_among_more()
    }
}

#[inline]
fn address(places: &Places) -> usize {
    std::ptr::from_ref(places).addr()
}

/// Takes the innermost place out again, also at a panic.
struct Within;

impl Within {
    #[inline]
    fn place_of(permit: &Permit<'_>) -> Self {
        HELD.with(|held| held.push(address(permit.places())));
        Self
    }
}

impl Drop for Within {
    #[inline]
    fn drop(&mut self) {
        HELD.with(Held::pop);
    }
}

/// The places that are held and not seen, until this is dropped: how many were so before.
pub(crate) struct Aside(usize);

/// Until it is dropped, what happens on this thread does not happen within any place.
pub(crate) fn set_aside() -> Aside {
    HELD.with(|held| Aside(held.from.replace(held.depth.get())))
}

impl Drop for Aside {
    fn drop(&mut self) {
        HELD.with(|held| held.from.set(self.0));
    }
}

impl Bulkhead {
    /// The shared permit of a call inside one that has a place in this bulkhead; `None` outside of any.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn nested(&self) -> Option<Permit<'_>> {
        let is_held = HELD.with(|held| !held.is_empty() && held.contains(address(&self.places)));
        is_held.then(|| Permit::nested(&self.places))
    }
}

impl Permit<'_> {
    /// Runs `body`, within which calls in the same bulkhead take no further place.
    #[doc(hidden)]
    #[inline]
    pub fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        let _within = Within::place_of(self);
        body()
    }
}

/// Runs `body` in the place of a call, if it has one: see the module.
#[inline]
pub fn hold<T>(place: &Place, body: impl FnOnce() -> T) -> T {
    match place {
        Ok(permit) => permit.within(body),
        Err(_) => body(),
    }
}

/// As [`hold`], whenever the future is polled.
pub fn held<F: Future>(place: &Place, body: F) -> InPlace<'_, F> {
    InPlace { permit: place.as_ref().ok(), body }
}

pin_project_lite::pin_project! {
    /// The future of [`held`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InPlace<'a, F> {
        permit: Option<&'a Permit<'static>>,
        #[pin]
        body: F,
    }
}

impl<F: Future> Future for InPlace<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.permit {
            Some(permit) => permit.within(|| this.body.poll(context)),
            None => this.body.poll(context),
        }
    }
}
