//! Calls within a call that has a place: a further one in the same bulkhead takes none, or it would
//! wait for the place that its own caller holds.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Bulkhead;
use super::admit::Place;
use super::permit::BulkheadPermit;
use super::places::Places;

thread_local! {
    /// The bulkheads, by address, in which what runs on this thread now has a place: the outermost
    /// call's first. A future is among them only while it is polled.
    static HELD: RefCell<Held> = const { RefCell::new(Held::NONE) };
}

/// How many places one within the other are remembered without an allocation.
const FEW: usize = 8;

/// Addresses, the outermost call's first.
pub(crate) struct Held {
    few: [usize; FEW],
    more: Vec<usize>,
    depth: usize,
}

impl Held {
    const NONE: Self = Self { few: [0; FEW], more: Vec::new(), depth: 0 };

    fn push(&mut self, address: usize) {
        match self.few.get_mut(self.depth) {
            Some(place) => *place = address,
            None => self.more.push(address),
        }
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth -= 1;
        if self.depth >= FEW {
            self.more.pop();
        }
    }

    fn contains(&self, address: usize) -> bool {
        self.few[..self.depth.min(FEW)].contains(&address) || self.more.contains(&address)
    }
}

fn address(places: &Places) -> usize {
    std::ptr::from_ref(places).addr()
}

/// Takes the innermost place out again, also at a panic.
struct Within;

impl Within {
    fn place_of(permit: &BulkheadPermit<'_>) -> Self {
        HELD.with_borrow_mut(|held| held.push(address(permit.places())));
        Self
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        HELD.with_borrow_mut(Held::pop);
    }
}

/// The places that were held, which are again when this is dropped.
pub(crate) struct Aside(Held);

/// Until it is dropped, what happens on this thread does not happen within any place.
pub(crate) fn set_aside() -> Aside {
    Aside(HELD.replace(Held::NONE))
}

impl Drop for Aside {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| std::mem::swap(held, &mut self.0));
    }
}

impl Bulkhead {
    /// The leave to run for a call within one that has a place here; `None` where there is none.
    #[doc(hidden)]
    #[must_use]
    pub fn nested(&self) -> Option<BulkheadPermit<'_>> {
        let is_held = HELD.with_borrow(|held| held.contains(address(&self.places)));
        is_held.then(|| BulkheadPermit::nested(&self.places))
    }
}

impl BulkheadPermit<'_> {
    /// Runs `body`, within which calls in the same bulkhead take no further place.
    #[doc(hidden)]
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
        permit: Option<&'a BulkheadPermit<'static>>,
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
