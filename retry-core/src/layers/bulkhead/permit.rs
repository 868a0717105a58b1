//! [`Permit`]: a place.

use super::places::Places;

/// A place in a [`Bulkhead`](super::Bulkhead), until it is dropped.
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
#[must_use = "dropped, the place is given back at once"]
pub struct Permit<'b> {
    places: &'b Places,
    /// Whether it has a place of its own: a call within another one shares that one's.
    is_taken: bool,
}

impl<'b> Permit<'b> {
    /// For a place that was taken.
    #[inline]
    pub(super) const fn new(places: &'b Places) -> Self {
        Self { places, is_taken: true }
    }

    /// For a call within one that has its place.
    #[inline]
    pub(super) const fn nested(places: &'b Places) -> Self {
        Self { places, is_taken: false }
    }

    pub(super) const fn places(&self) -> &'b Places {
        self.places
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.is_taken {
            self.places.give_back();
        }
    }
}
