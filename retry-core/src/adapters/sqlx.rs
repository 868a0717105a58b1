//! `sqlx::Error`.

mod mysql;
mod sqlite;
mod sqlstate;

use std::error::Error;
use std::io;
use std::iter;

use ::sqlx::error::DatabaseError;

use super::connection::of_io;
use crate::classify::{Classify, Verdict};

/// What the driver says of itself:
///
/// | error | verdict | because |
/// |---|---|---|
/// | `Database` | see below | the server, or SQLite, gave a code |
/// | `Io` | transient, unless its kind names a mistake: `PermissionDenied`, `InvalidInput`, `InvalidData`, `Unsupported` | the connection was refused, cut, or not found just now |
/// | `Tls` | as for `Io` where a connection that broke is its cause, else permanent | a certificate or a setting stays wrong |
/// | `PoolTimedOut` | transient | every connection is in use, or none can be made: both pass |
/// | `PoolClosed` | permanent | a closed pool stays closed |
/// | `Protocol` | permanent | the driver's bug, or a value that cannot be sent: the same words give the same answer |
/// | `WorkerCrashed` | permanent | a panic in the thread of SQLite, or in a function registered there, is a bug |
/// | any other | permanent | a mistake in the call: the same call would fail the same way |
///
/// What a SQLSTATE says, five characters, from PostgreSQL (its manual, appendix A, and section 13.5
/// on what to retry), MySQL, and what speaks their protocols:
///
/// | SQLSTATE | verdict | because |
/// |---|---|---|
/// | 40001, 40P01 | transient | a serialization failure, a deadlock: the transaction was rolled back to let another pass, and section 13.5 says to repeat it whole |
/// | 40000 | transient | rolled back without a narrower reason: MySQL's group replication, on a conflict |
/// | 40003 and others of class 40 | permanent | whether it was committed is unknown, or a constraint failed |
/// | 55P03, 55006 | transient | a lock was not to be had (`NOWAIT`, `lock_timeout`), an object is in use |
/// | 57P01, 57P02, 57P03 | transient | the server shuts down, crashed, starts |
/// | 57P05, 25P03 | transient | the session, or its transaction, had been idle too long: a new one is not |
/// | 25006 | transient | a write reached a server that only reads: after a failover, the pool still knows the old primary. A write in a transaction that was begun as `READ ONLY` gives the same code, and is retried in vain |
/// | 58C00, 58C01 | transient | CockroachDB's own: a range has lost its quorum for now, a node its connection to another |
/// | class 08 | transient | the connection could not be made, or broke. 08P01 too, though it is named for protocol violations: PgBouncer reports with it that it has no server to give |
/// | class 53 | throttled | too many connections (53300), memory or disk used up: by what others do at this moment, so the server asks for less |
/// | 53400 | permanent | a limit that was set, such as `temp_file_limit`: the same statement reaches it again |
/// | any other | permanent | among them 23505, a unique key that is taken, and 57014, a statement that was cancelled or took too long |
///
/// Section 13.5 allows for repeating 23505 and 23P01, where the key was chosen after a look at the
/// table; only the caller knows, so it takes a `when`.
///
/// What MySQL's number says (its error reference, and that of MariaDB), before its SQLSTATE, which
/// is often the general HY000. The drivers' common trait does not give the number: it is read off
/// the error's text, `1205 (HY000): …`.
///
/// | number | verdict | because |
/// |---|---|---|
/// | 1213, 1614, 3058 | transient | a deadlock |
/// | 1205, 3572 | transient | a lock was waited for in vain, or not waited for (`NOWAIT`) |
/// | 1020, 1412, 1615 | transient | the row changed since it was read (MariaDB's snapshot isolation), the table's definition did, or a prepared statement is out of date |
/// | 1297 | transient | the cluster's own word for a temporary error |
/// | 1927, 4031 | transient | the session was killed, or had been idle too long: a new one is neither |
/// | 1290 that names `read-only`, 1836 | transient | a write reached a server that only reads: after a failover, the pool still knows the old primary |
/// | 1290 otherwise, 1792 | permanent | another option forbids the statement; a write in a transaction that was begun as `READ ONLY` |
/// | 1040, 1203, 1226 for `max_user_connections`, 1637, 1041, 1135 | throttled | too many connections, in all or of this user; too many transactions; no memory or thread for another |
/// | 1226 otherwise | permanent | a quota for an hour is used up, which no retry waits for |
/// | 8002, 8005, 8022, 8028, 9007 | transient | TiDB: a write conflict, a commit that was rolled back, a schema that changed meanwhile; its manual says to repeat the transaction |
/// | 9001 to 9005 | transient | TiDB: a part of the cluster did not answer in time, is busy, or is away |
/// | 1153, 1251 | permanent | of class 08, but a packet that is too big, and a client too old for the server's passwords, stay so |
/// | 1317, 1969, 3024 | permanent | the statement was killed, or took longer than it may |
///
/// What SQLite's result code says (`rescode.html` in its documentation); of an extended code, its
/// lowest eight bits:
///
/// | code | verdict | because |
/// |---|---|---|
/// | 5, `SQLITE_BUSY` | transient | another connection has the lock: 261, 517 and 773 too |
/// | 6, `SQLITE_LOCKED` | transient | another statement has the table, such as in a shared cache: 262 and 518 too |
/// | 15, `SQLITE_PROTOCOL` | transient | the race for a read lock of the write-ahead log was lost many times |
/// | any other | permanent | |
///
/// Retry the transaction, not the statement: after a deadlock, a serialization failure or
/// `SQLITE_BUSY_SNAPSHOT` (517), what the transaction had done is gone or out of date, and a
/// statement alone would fail again. `examples/transaction.rs` shows one.
///
/// Where a connection breaks during `COMMIT`, it stays unknown whether the transaction was
/// committed. This is transient like any other break, so let a retried transaction be one that may
/// run twice: with a key of its own, or a version in its `WHERE`.
///
/// ```
/// use persevere::{Classify, Verdict};
/// assert_eq!(sqlx::Error::PoolTimedOut.classify(), Verdict::TRANSIENT);
/// assert_eq!(sqlx::Error::RowNotFound.classify(), Verdict::PERMANENT);
/// ```
impl Classify for ::sqlx::Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Database(error) => of_database(error.as_ref()),
            Self::Io(error) => of_io(error),
            Self::Tls(error) => of_tls(error.as_ref()),
            Self::PoolTimedOut => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> Verdict {
    let code = error.code();
    let code = code.as_deref();
    let text = error.to_string();
    let by_number = mysql::number(&text, code).and_then(|number| mysql::of_number(number, &text));
    if let Some(verdict) = by_number {
        return verdict;
    }
    match code {
        Some(code) if code.len() == sqlstate::LENGTH => sqlstate::of_code(code),
        Some(code) => sqlite::of_code(code),
        None => Verdict::PERMANENT,
    }
}

fn of_tls(error: &(dyn Error + 'static)) -> Verdict {
    iter::successors(Some(error), |&cause| cause.source())
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map_or(Verdict::PERMANENT, of_io)
}
