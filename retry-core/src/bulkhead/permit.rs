//! [`BulkheadPermit`]: a place.

use super::places::Places;

/// A place in a [`Bulkhead`](super::Bulkhead), until it is dropped.
///
/// ```
/// use retry_core::Bulkhead;
///
/// static DB: Bulkhead = Bulkhead::new(10);
///
/// let permit = DB.try_acquire().expect("nobody else is here");
/// assert_eq!(DB.available(), 9);
/// drop(permit);
/// assert_eq!(DB.available(), 10);
/// ```
#[derive(Debug)]
#[must_use = "dropped, the place is given back at once"]
pub struct BulkheadPermit<'b> {
    places: &'b Places,
}

impl<'b> BulkheadPermit<'b> {
    /// For a place that was taken.
    #[inline]
    pub(super) const fn new(places: &'b Places) -> Self {
        Self { places }
    }
}

impl Drop for BulkheadPermit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.places.give_back();
    }
}
