//! The result codes of SQLite.

use crate::classify::Verdict;

const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const PROTOCOL: u32 = 15;

/// Classified by the primary code: the lowest eight bits of an extended one.
pub(super) fn of_code(code: &str) -> Verdict {
    let primary = code.parse::<u32>().ok().map(|code| code & 0xff);
    Verdict::from(matches!(primary, Some(BUSY | LOCKED | PROTOCOL)))
}
