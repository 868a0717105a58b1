//! What a function remembers of the table in force: the last look-up, for all threads.

use crate::matched::{Matched, Position};
use crate::two_threads;

/// A table of generation 1 has been searched; touched before the threads begin.
fn searched() -> Matched {
    let matched = Matched::new();
    assert_eq!(matched.in_generation(1), None);
    matched.remember(1, at(1));
    matched
}

/// In these models, where the table of that generation has its entry.
fn at(generation: u32) -> Position {
    Position::of(Some(generation as usize))
}

/// Two tables are installed one after the other; a caller never finds the position of one in the other.
#[test]
fn a_position_is_that_of_its_own_table() {
    two_threads(
        searched,
        |matched, thread| {
            if thread == 0 {
                matched.remember(2, at(2));
            } else {
                for generation in 1..=3 {
                    let found = matched.in_generation(generation);
                    assert!(found.is_none_or(|found| found == at(generation)), "{found:?}");
                }
                matched.remember(3, at(3));
            }
        },
        |matched, _| {
            let found = [1, 2, 3].map(|generation| matched.in_generation(generation));
            assert!(
                [[None, Some(at(2)), None], [None, None, Some(at(3))]].contains(&found),
                "{found:?}"
            );
        },
    );
}

/// Both search the same table, as two callers that fail at once do: they find the same.
#[test]
fn two_who_search_one_table_remember_one_position() {
    two_threads(
        searched,
        |matched, _| {
            let before = matched.in_generation(2);
            matched.remember(2, Position::NONE);
            (before, matched.in_generation(2))
        },
        |_, seen| {
            for (before, after) in seen {
                assert!(before.is_none() || before == Some(Position::NONE));
                assert_eq!(after, Some(Position::NONE));
            }
        },
    );
}
