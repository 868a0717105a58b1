//! [`Next`]: the link of a list that only grows, and that reads without a lock.

use std::sync::OnceLock;

/// What stands in such a list.
pub(crate) trait Linked: 'static {
    /// Where the item after this one is kept.
    fn next(&self) -> &Next<Self>;
}

/// A place for an item: the head of a list, or what follows an item. Set once.
pub(crate) struct Next<T: ?Sized + 'static>(OnceLock<&'static T>);

impl<T: ?Sized> Next<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Linked> Next<T> {
    /// Puts `item`, which must not be in it yet, at the end of the list that starts here. Whoever
    /// loses the race for the last place walks on to the next.
    pub(crate) fn append(&'static self, item: &'static T) {
        let mut place = self;
        loop {
            match place.0.get() {
                Some(taken) => place = taken.next(),
                None if place.0.set(item).is_ok() => return,
                None => {}
            }
        }
    }

    /// Whether there is no item: one load.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    /// The items, the oldest first: one load each.
    pub(crate) fn iter(&'static self) -> impl Iterator<Item = &'static T> {
        std::iter::successors(self.0.get().copied(), |item| item.next().0.get().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item {
        number: usize,
        next: Next<Self>,
    }

    impl Linked for Item {
        fn next(&self) -> &Next<Self> {
            &self.next
        }
    }

    #[test]
    fn whatever_threads_append_at_once_is_there_once() {
        static HEAD: Next<Item> = Next::new();
        assert_eq!(HEAD.iter().count(), 0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in (0..50).map(|item| thread * 50 + item) {
                        HEAD.append(Box::leak(Box::new(Item { number, next: Next::new() })));
                    }
                });
            }
        });
        let mut numbers: Vec<_> = HEAD.iter().map(|item| item.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    }
}
