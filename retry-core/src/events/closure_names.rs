//! The names of closures, each searched for once: it is part of a type's name, and a search of that at each
//! event would cost more than the rest of the event.

use std::ptr;
use std::sync::OnceLock;

use crate::events::name::Name;

/// For more closures than a program has, as a rule. Further ones are searched for at each event.
const KEPT: usize = 512;

/// By the name of the operation's type, which lies at one address: at its place, or at one of the next few if
/// others took that.
static NAMES: [OnceLock<(&str, Name)>; KEPT] = [const { OnceLock::new() }; KEPT];

/// The number of places that are looked at.
const REACH: usize = 8;

/// The name of a closure, or of a function in place of one.
pub(crate) fn of_closure(operation: &'static str) -> Name {
    let first = place(operation.as_ptr().addr());
    for distance in 0..REACH {
        let name = &NAMES[(first + distance) % KEPT];
        let (found, name) = name.get_or_init(|| (operation, Name::of_closure(operation)));
        if ptr::eq(*found, operation) {
            return *name;
        }
    }
    Name::of_closure(operation)
}

/// Spreads addresses that differ little.
const fn place(address: usize) -> usize {
    (address.wrapping_mul(0x9E37_79B9) >> 16) % KEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_each_time_for_more_closures_than_are_kept() {
        let operations: Vec<&'static str> = (0..3 * KEPT)
            .map(|number| &*format!("Plain<app::fetch{number}::{{{{closure}}}}>").leak())
            .collect();
        for _ in 0..3 {
            for (number, operation) in operations.iter().enumerate() {
                assert_eq!(of_closure(operation).full(), format!("app::fetch{number}"));
                assert_eq!(of_closure(operation).short(), format!("fetch{number}"));
            }
        }
    }

    #[test]
    fn a_text_that_begins_where_another_does_has_its_own_name() {
        let long: &'static str = "Plain<app::fetch::{{closure}}>";
        for length in (6..=long.len()).rev().chain(6..=long.len()) {
            let operation = &long[..length];
            assert_eq!(of_closure(operation).full(), Name::of_closure(operation).full());
        }
    }
}
