//! [`Permit`]: what a bulkhead grants for one call.

use super::semaphore::Semaphore;

/// A permit of a [`Bulkhead`](super::Bulkhead), given back when it is dropped.
///
/// ```
/// use persevere::Bulkhead;
///
/// static DB: Bulkhead = Bulkhead::new(10);
///
/// let permit = DB.try_acquire().expect("nobody else is here");
/// assert_eq!(DB.available(), 9);
/// drop(permit);
/// assert_eq!(DB.available(), 10);
/// ```
#[derive(Debug)]
#[must_use = "dropped, the permit is given back at once"]
pub struct Permit<'b> {
    semaphore: &'b Semaphore,
    /// Whether it counts against the limit: a call within another one shares that one's permit.
    pub(super) is_own: bool,
}

impl<'b> Permit<'b> {
    /// A permit that was taken from `semaphore`.
    #[inline]
    pub(super) const fn new(semaphore: &'b Semaphore) -> Self {
        Self { semaphore, is_own: true }
    }

    /// The shared permit of a call within one that holds a permit.
    #[inline]
    pub(super) const fn nested(semaphore: &'b Semaphore) -> Self {
        Self { semaphore, is_own: false }
    }

    pub(super) const fn semaphore(&self) -> &'b Semaphore {
        self.semaphore
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.is_own {
            self.semaphore.give_back();
        }
    }
}
