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
/// | 57P05, 25P03 | transient | the session had been idle too long, outside of a transaction or in one: a new one is not. Where the pause is this program's own, it comes again, but nothing of the transaction was kept that a repetition could harm |
/// | 25006 | transient | a write reached a server that only reads: during a failover, an address leads to a replica before that is promoted, and a session may stay open over its promotion. A transaction that was begun as `READ ONLY` has the same code and text. But that mistake shows at the first try, and a failover shows in production alone: so it is repeated, in vain where it is the mistake |
/// | class 08 | transient | the connection could not be made, or broke. 08P01 too, though it is named for protocol violations: PgBouncer reports with it that it has no server to give |
/// | class 53 | throttled | too many connections (53300), memory or disk used up: by what others do at this moment, so the server asks for less |
/// | 53400 | permanent | a limit that was set, such as `temp_file_limit`: the same statement reaches it again |
/// | 58C00, 58C01 | transient | CockroachDB (its `pgcode/codes.go`): some data cannot be reached, since its replicas are gone, or a connection between nodes broke. Both pass when the nodes come back, and those of class 58 that PostgreSQL has, such as 58030 for its disk, do not |
/// | any other | permanent | among them 23505, a unique key that is taken, and 57014 and 25P04, a statement that was cancelled or took too long, and a transaction that did |
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
/// | 1213, 1614, 3058, 3132 | transient | a deadlock: in a transaction, one over several servers, of `GET_LOCK`, of the locking service |
/// | 1205, 1689, 3133, 3572 | transient | a lock was waited for in vain, or not waited for (`NOWAIT`) |
/// | 1020 | transient | MariaDB's snapshot isolation: the row changed since it was read |
/// | 1412, 1615 | transient | a table was altered after the transaction's snapshot, or after the statement was prepared: "please retry transaction", "needs to be re-prepared" |
/// | 1297 | transient | the cluster's own word for a temporary error |
/// | 1927, 3032 | transient | MariaDB's session was killed; the server was taken offline. As PostgreSQL's 57P01 |
/// | 4031 | transient | MySQL ended a session that had been idle; to MariaDB this number is a trigger that does not exist, so the text is read |
/// | 1290 with `read-only` in its text, 1836, 1874 | transient | the server only reads: as 25006, which is also the SQLSTATE of 1792. The drivers `go-sql-driver` and `mysql2` know a failover of Aurora by 1290, 1792 and 1836, and leave the connection. With another option in its text, 1290 is permanent |
/// | 1040, 1203, 1637 | throttled | too many connections, in all or of this user; too many transactions |
/// | 1226 for `max_user_connections` | throttled | the same, where the account has a limit of its own. For `max_questions`, `max_updates` and `max_connections_per_hour` it is permanent: they are counted by the hour (`sql_connect.cc`), and no schedule here outlasts it |
/// | 1021, 1037, 1041, 1135 | throttled | disk, memory or threads are used up: as class 53 |
/// | 1153, 1251 | permanent | of class 08, but a packet that is too big, and a client too old for the server's passwords, stay so |
/// | 1317, 1969, 3024 | permanent | the statement was cancelled, or took too long: as PostgreSQL's 57014 |
///
/// And TiDB's own numbers, by its list of error codes and by what it repeats itself:
///
/// | number | verdict | because |
/// |---|---|---|
/// | 8002, 8005, 8022, 9007 | transient | the transaction lost against another, and was rolled back |
/// | 8020 | transient | another session has locked the table |
/// | 8027, 8028 | transient | the schema changed meanwhile |
/// | 8120, 9001 to 9005, 9010 to 9013 | transient | the placement driver, TiKV or TiFlash does not answer, is busy, or has no leader |
/// | 8252, 9008 | throttled | a resource group's quota, or the requests that a store takes at once, are used up |
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
/// Take the connection from the pool within the function that is retried. A session with a server
/// that only reads stays with it, unless a proxy or a promotion changes that: where it does not,
/// close the connection after such a failure.
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
    if let Some(verdict) = mysql::number(&error.to_string(), code)
        .and_then(|number| mysql::of_number(number, error.message()))
    {
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
