//! SQLSTATE, the codes of the SQL standard: two characters for a class, three for what it is.

use crate::classify::Verdict;

/// How long every SQLSTATE is. Result codes of SQLite are numbers of at most four digits.
pub(super) const LENGTH: usize = 5;

pub(super) fn of_code(code: &str) -> Verdict {
    match code {
        "40000" | "40001" | "40P01" // the transaction was rolled back for another's sake
        | "55006" | "55P03" // what is asked for is locked
        | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" // the session ended
        | "25006" // the server takes no writes, most likely until a failover is over
        | "58C00" | "58C01" => Verdict::TRANSIENT, // CockroachDB's nodes have lost each other
        "53400" => Verdict::PERMANENT,
        _ if code.starts_with("08") => Verdict::TRANSIENT,
        _ if code.starts_with("53") => Verdict::THROTTLED,
        _ => Verdict::PERMANENT,
    }
}
