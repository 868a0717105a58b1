//! `sqlx::Error`.

mod mysql;
mod sqlite;
mod sqlstate;

use std::error::Error;
use std::io;
use std::iter;

use ::sqlx::error::DatabaseError;

use super::connection::of_io;
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Classify, Verdict};

/// The driver's own errors:
///
/// | error | verdict | because |
/// |---|---|---|
/// | `Io`, made from a [`Rejection`] | that of the rejection | the call was cut or refused on this side |
/// | `Database` | see below | the server, or SQLite, gave a code |
/// | `Io` | transient, unless its kind names a mistake: `PermissionDenied`, `InvalidInput`, `InvalidData`, `Unsupported` | the connection was refused or broken, or the host was not found |
/// | `Tls` | as `Io` if a broken connection is the cause, else permanent | a certificate or a setting stays wrong |
/// | `PoolTimedOut` | transient | every connection is in use, or none can be made: both are temporary |
/// | `PoolClosed` | permanent | a closed pool stays closed |
/// | `Protocol` | permanent | a bug of the driver, or a value that cannot be sent: the same query fails in the same way |
/// | `WorkerCrashed` | permanent | a panic in the thread of SQLite, or in a function registered there, is a bug |
/// | any other | permanent | a mistake in the call: the same call would fail the same way |
///
/// The SQLSTATE, five characters, of PostgreSQL (its manual, appendix A, and section 13.5 on what to
/// retry), MySQL, and the databases that use their protocols:
///
/// | SQLSTATE | verdict | because |
/// |---|---|---|
/// | 40001, 40P01 | transient | a serialization failure, a deadlock: the transaction was rolled back in favour of another, and section 13.5 says to repeat it as a whole |
/// | 40000 | transient | rolled back without a more specific reason: MySQL's group replication, on a conflict |
/// | 40003 and others of class 40 | permanent | whether it was committed is unknown, or a constraint failed |
/// | 55P03, 55006 | transient | a lock was not available (`NOWAIT`, `lock_timeout`), an object is in use |
/// | 57P01, 57P02, 57P03 | transient | the server is shutting down, has crashed, is starting |
/// | 57P05, 25P03 | transient | the session was idle too long, outside of a transaction or in one; a new session is not. If this program causes the pause, it happens again, but the transaction was rolled back, so repeating it does no harm |
/// | 25006 | transient | a write reached a read-only server: during a failover, an address may lead to a replica before its promotion, and a session may stay open during the promotion. A write in a transaction begun as `READ ONLY` has the same code and text. But that mistake shows in the first test, and a failover only in production: so it is retried, in vain if it is the mistake |
/// | class 08 | transient | the connection could not be made, or broke. 08P01 too, although it is named for protocol violations: PgBouncer uses it when it has no free server |
/// | class 53 | throttled | too many connections (53300), out of memory or disk space: the server is overloaded |
/// | 53400 | permanent | a configured limit, such as `temp_file_limit`: the same statement reaches it again |
/// | 58C00, 58C01 | transient | CockroachDB (its `pgcode/codes.go`): some data cannot be reached, since its replicas are gone, or a connection between nodes broke. Both end when the nodes come back; PostgreSQL's own codes of class 58, such as 58030 for its disk, do not |
/// | any other | permanent | among them 23505, a duplicate key; 57014, a statement that was cancelled or took too long; and 25P04, a transaction that took too long |
///
/// Section 13.5 also suggests a retry for 23505 and 23P01 if the key was chosen by reading the table;
/// only the caller knows that, so write a `when` function.
///
/// MySQL's error number (its error reference, and MariaDB's), which takes precedence over the SQLSTATE,
/// often the general HY000. The drivers' common trait does not expose the number, so it is parsed from
/// the error's text, `1205 (HY000): …`.
///
/// | number | verdict | because |
/// |---|---|---|
/// | 1213, 1614, 3058, 3132 | transient | a deadlock: in a transaction, one over several servers, of `GET_LOCK`, of the locking service |
/// | 1205, 1689, 3133, 3572 | transient | a lock was not available in time, or at once (`NOWAIT`) |
/// | 1020 | transient | MariaDB's snapshot isolation: the row changed since it was read |
/// | 1412, 1615 | transient | a table was altered after the transaction's snapshot, or after the statement was prepared: "please retry transaction", "needs to be re-prepared" |
/// | 1297 | transient | the cluster's own code for a temporary error |
/// | 1927, 3032 | transient | MariaDB's session was killed; the server was taken offline. As PostgreSQL's 57P01 |
/// | 4031 | transient | MySQL ended an idle session; in MariaDB the number means a missing trigger, so the text decides |
/// | 1290 with `read-only` in its text, 1836, 1874 | transient | the server is read-only: as 25006, which is also the SQLSTATE of 1792. The drivers `go-sql-driver` and `mysql2` recognize a failover of Aurora by 1290, 1792 and 1836, and close the connection. With another option in its text, 1290 is permanent |
/// | 1040, 1203, 1637 | throttled | too many connections, in total or of this user; too many transactions |
/// | 1226 for `max_user_connections` | throttled | the same, with a limit for the account. For `max_questions`, `max_updates` and `max_connections_per_hour` it is permanent: they are counted by the hour (`sql_connect.cc`), longer than any preset waits |
/// | 1021, 1037, 1041, 1135 | throttled | out of disk space, memory or threads: as class 53 |
/// | 1153, 1251 | permanent | of class 08, but a packet stays too large, and a client too old for the server's passwords |
/// | 1317, 1969, 3024 | permanent | the statement was cancelled, or took too long: as PostgreSQL's 57014 |
///
/// TiDB's own numbers, by its list of error codes and by the errors that it retries itself:
///
/// | number | verdict | because |
/// |---|---|---|
/// | 8002, 8005, 8022, 9007 | transient | the transaction lost against another, and was rolled back |
/// | 8020 | transient | another session has locked the table |
/// | 8027, 8028 | transient | the schema changed meanwhile |
/// | 8120, 9001 to 9005, 9010 to 9013 | transient | the placement driver, TiKV or TiFlash does not answer, is busy, or has no leader |
/// | 8252, 9008 | throttled | a resource group's quota, or a store's limit of concurrent requests, is used up |
///
/// SQLite's result code (`rescode.html` in its documentation); for an extended code, its lowest eight
/// bits:
///
/// | code | verdict | because |
/// |---|---|---|
/// | 5, `SQLITE_BUSY` | transient | another connection holds the lock: 261, 517 and 773 too |
/// | 6, `SQLITE_LOCKED` | transient | another statement holds the table, as in a shared cache: 262 and 518 too |
/// | 15, `SQLITE_PROTOCOL` | transient | the race for a read lock of the write-ahead log was lost many times |
/// | any other | permanent | |
///
/// Take the connection from the pool inside the annotated function. A session with a read-only server
/// stays with it, unless a proxy or a promotion changes that: otherwise close the connection after
/// such a failure.
///
/// Retry the transaction, not the statement: after a deadlock, a serialization failure or
/// `SQLITE_BUSY_SNAPSHOT` (517), the transaction's work is gone or out of date, and the statement alone
/// would fail again. `examples/transaction.rs` shows one.
///
/// If a connection breaks during `COMMIT`, the transaction may or may not have been committed. This is
/// transient like any other broken connection, so a retried transaction must be able to run twice:
/// give it a key of its own, or a version in its `WHERE`.
///
/// ```
/// use persevere::{Classify, Verdict};
/// assert_eq!(sqlx::Error::PoolTimedOut.classify(), Verdict::TRANSIENT);
/// assert_eq!(sqlx::Error::RowNotFound.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "sqlx")]
impl Classify for ::sqlx::Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Database(error) => of_database(error.as_ref()),
            Self::Io(error) => {
                rejection(error).map_or_else(|| of_io(error), |ours| ours.classify())
            }
            Self::Tls(error) => of_tls(error.as_ref()),
            Self::PoolTimedOut => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: an `Io` error, with the
/// [`Rejection`] inside.
///
/// ```
/// use persevere::{Classify, Rejection, Verdict, rejection};
///
/// let late = sqlx::Error::from(Rejection::DeadlineExceeded);
/// assert_eq!(late.to_string(), "error communicating with database: the deadline has passed");
/// assert_eq!(late.classify(), Verdict::PERMANENT);
/// assert_eq!(rejection(&late), Some(Rejection::DeadlineExceeded));
/// ```
#[cfg(feature = "sqlx")]
impl From<Rejection> for ::sqlx::Error {
    fn from(rejection: Rejection) -> Self {
        Self::Io(rejection.into())
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
