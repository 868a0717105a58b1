//! [`sites`]: the annotated functions that have failed, for operators.

use super::Site;
use crate::primitives::append_list::{AppendList, Linked, Next};

/// Every annotated function that has failed at least once in this process, by order of its first
/// failure.
///
/// A function is listed from its first failed attempt on, so the list shows those worth looking at:
///
/// ```
/// // Served by an admin endpoint, or printed on a signal.
/// for site in persevere::sites() {
///     println!("{site}");
/// }
/// ```
///
/// All instances of a generic function are one site. Closures
/// ([`Policy::retry`](crate::Policy::retry)) are not listed, since they have no static to be listed by;
/// their events reach hooks, `tracing` and observers like any other.
pub fn sites() -> impl Iterator<Item = &'static Site> {
    SITES.iter()
}

pub(super) static SITES: AppendList<Site> = AppendList::new();

impl Linked for Site {
    fn next(&self) -> &Next<Self> {
        &self.next
    }
}
