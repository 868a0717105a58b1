//! [`Next`]: the link of a list that only grows, and is read without a lock.

use std::sync::OnceLock;

/// An item of such a list.
pub(crate) trait Linked: 'static {
    /// The link to the next item.
    fn next(&self) -> &Next<Self>;
}

/// A slot for an item: the head of a list, or the link after an item. Set once.
pub(crate) struct Next<T: ?Sized + 'static>(OnceLock<&'static T>);

impl<T: ?Sized> Next<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Linked> Next<T> {
    /// Appends `item`, which must not be in it yet, to the list that starts here. A thread that loses
    /// the race for the last slot goes on to the next.
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

    /// Whether the list is empty: one load.
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
