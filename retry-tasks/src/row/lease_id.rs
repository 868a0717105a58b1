//! What names a lease of a task.

use persevere_core::task::TaskId;

/// Which lease of its row this is. What is written about a task names its lease, and is discarded once
/// there is another one.
///
/// It is no count, but 62 bits of a new UUID: a server that crashes may forget a lease that it has just given, and
/// a count would then name the next one like the one before, whose worker still runs the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseId(pub(crate) i64);

impl LeaseId {
    /// A new one, for all that is leased at once.
    pub(crate) fn draw() -> Self {
        let last = TaskId::new().as_u128() & (u128::MAX >> 66); // a UUIDv7's part without time and version
        Self(i64::try_from(last).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::LeaseId;

    #[test]
    fn no_two_are_alike() {
        let draw = || (0..1_000).map(|_| LeaseId::draw()).collect::<Vec<_>>();
        let threads = [(); 4].map(|()| std::thread::spawn(draw));
        let drawn = threads.map(|thread| thread.join().expect("no panic"));
        assert_eq!(drawn.iter().flatten().collect::<HashSet<_>>().len(), 4_000);
    }
}
