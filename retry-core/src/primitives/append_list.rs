//! [`AppendList`]: a list that only grows, and is read without a lock.

use std::sync::{Mutex, OnceLock};

/// An item of such a list.
pub(crate) trait Linked: 'static {
    /// The link to the next item.
    fn next(&self) -> &Next<Self>;
}

/// The link after an item. Set once.
pub(crate) struct Next<T: ?Sized + 'static>(OnceLock<&'static T>);

impl<T: ?Sized> Next<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// The items' order is that of their additions.
pub(crate) struct AppendList<T: 'static> {
    first: Next<T>,
    /// An item near the end, from which to walk to it; any will do. Nobody waits for this lock: who finds
    /// it taken walks from the beginning.
    late: Mutex<Option<&'static T>>,
}

impl<T: Linked> AppendList<T> {
    pub(crate) const fn new() -> Self {
        Self { first: Next::new(), late: Mutex::new(None) }
    }

    /// Appends `item`, which must not be in it yet. A thread that loses the race for the last link goes on
    /// to the next.
    pub(crate) fn append(&'static self, item: &'static T) {
        let mut late = self.late.try_lock().ok();
        let mut link = match late.as_deref() {
            Some(Some(late)) => late.next(),
            _ => &self.first,
        };
        loop {
            match link.0.get() {
                Some(taken) => link = taken.next(),
                None if link.0.set(item).is_ok() => break,
                None => {}
            }
        }
        if let Some(late) = late.as_deref_mut() {
            *late = Some(item);
        }
    }

    /// Whether it is empty: one load.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.0.get().is_none()
    }

    /// The items, the oldest first: one load each.
    pub(crate) fn iter(&'static self) -> impl Iterator<Item = &'static T> {
        std::iter::successors(self.first.0.get().copied(), |item| item.next().0.get().copied())
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
    fn items_are_in_the_order_of_their_additions() {
        static LIST: AppendList<Item> = AppendList::new();
        assert!(LIST.is_empty());
        for number in 0..100 {
            let held = (number % 3 == 0).then(|| LIST.late.lock());
            LIST.append(Box::leak(Box::new(Item { number, next: Next::new() })));
            drop(held);
        }
        assert!(!LIST.is_empty());
        assert!(LIST.iter().map(|item| item.number).eq(0..100));
    }

    #[test]
    fn whatever_threads_append_at_once_is_there_once() {
        static LIST: AppendList<Item> = AppendList::new();
        assert_eq!(LIST.iter().count(), 0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in (0..50).map(|item| thread * 50 + item) {
                        LIST.append(Box::leak(Box::new(Item { number, next: Next::new() })));
                    }
                });
            }
        });
        let mut numbers: Vec<_> = LIST.iter().map(|item| item.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    }
}
