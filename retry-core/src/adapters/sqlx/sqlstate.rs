//! SQLSTATE, the codes of the SQL standard: two characters for the class, three for the condition.

use crate::classify::Verdict;

/// The length of every SQLSTATE. SQLite's result codes are numbers of at most four digits.
pub(super) const LENGTH: usize = 5;

pub(super) fn of_code(code: &str) -> Verdict {
    match code {
        "40000" | "40001" | "40P01" // the transaction was rolled back in favour of another
        | "55006" | "55P03" // the object is locked
        | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" // the session ended
        | "25006" // the server is read-only, most likely until a failover is over
        | "58C00" | "58C01" => Verdict::TRANSIENT, // CockroachDB's nodes have lost each other
        "53400" => Verdict::PERMANENT,
        _ if code.starts_with("08") => Verdict::TRANSIENT,
        _ if code.starts_with("53") => Verdict::THROTTLED,
        _ => Verdict::PERMANENT,
    }
}
