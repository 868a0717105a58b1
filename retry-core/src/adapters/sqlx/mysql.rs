//! The error numbers of MySQL that are more precise than its SQLSTATE.

use crate::classify::Verdict;

/// The error's number, if it is one of MySQL: its text is then `number (SQLSTATE): message`, or
/// `number: message` before the handshake is done. Using the driver's own type would make it a
/// dependency of everyone who uses another driver.
pub(super) fn number(text: &str, code: Option<&str>) -> Option<u16> {
    let (head, _) = text.split_once(": ")?;
    let number = match code {
        Some(code) => head.strip_suffix(')')?.strip_suffix(code)?.strip_suffix(" (")?,
        None => head,
    };
    number.parse().ok()
}

const DEADLOCK: u16 = 1213; // ER_LOCK_DEADLOCK
const DISTRIBUTED_DEADLOCK: u16 = 1614; // ER_XA_RBDEADLOCK
const USER_LOCK_DEADLOCK: u16 = 3058; // ER_USER_LOCK_DEADLOCK
const SERVICE_LOCK_DEADLOCK: u16 = 3132; // ER_LOCKING_SERVICE_DEADLOCK
const SERVICE_LOCK_TIMEOUT: u16 = 3133; // ER_LOCKING_SERVICE_TIMEOUT
const LOCK_WAIT_TIMEOUT: u16 = 1205; // ER_LOCK_WAIT_TIMEOUT
const LOCK_ABORTED: u16 = 1689; // ER_LOCK_ABORTED
const LOCK_NOT_AVAILABLE: u16 = 3572; // ER_LOCK_NOWAIT
const CHANGED_SINCE_READ: u16 = 1020; // ER_CHECKREAD
const TABLE_CHANGED: u16 = 1412; // ER_TABLE_DEF_CHANGED
const PREPARED_BEFORE_CHANGE: u16 = 1615; // ER_NEED_REPREPARE
const TEMPORARY: u16 = 1297; // ER_GET_TEMPORARY_ERRMSG
const CONNECTION_KILLED: u16 = 1927; // ER_CONNECTION_KILLED, of MariaDB
const OFFLINE: u16 = 3032; // ER_SERVER_OFFLINE_MODE
const READ_ONLY: u16 = 1836; // ER_READ_ONLY_MODE
const INNODB_READ_ONLY: u16 = 1874; // ER_INNODB_READ_ONLY
const TOO_MANY_CONNECTIONS: u16 = 1040; // ER_CON_COUNT_ERROR
const TOO_MANY_OF_THIS_USER: u16 = 1203; // ER_TOO_MANY_USER_CONNECTIONS
const TOO_MANY_TRANSACTIONS: u16 = 1637; // ER_TOO_MANY_CONCURRENT_TRXS
const DISK_FULL: u16 = 1021; // ER_DISK_FULL
const OUT_OF_MEMORY: u16 = 1037; // ER_OUTOFMEMORY
const OUT_OF_RESOURCES: u16 = 1041; // ER_OUT_OF_RESOURCES
const NO_THREAD: u16 = 1135; // ER_CANT_CREATE_THREAD
const PACKET_TOO_LARGE: u16 = 1153; // ER_NET_PACKET_TOO_LARGE
const AUTHENTICATION_TOO_OLD: u16 = 1251; // ER_NOT_SUPPORTED_AUTH_MODE
const USER_LIMIT: u16 = 1226; // ER_USER_LIMIT_REACHED
const OPTION_PREVENTS: u16 = 1290; // ER_OPTION_PREVENTS_STATEMENT
const IDLE: u16 = 4031; // ER_CLIENT_INTERACTION_TIMEOUT

/// `None` if the SQLSTATE decides.
pub(super) fn of_number(number: u16, message: &str) -> Option<Verdict> {
    match number {
        DEADLOCK
        | DISTRIBUTED_DEADLOCK
        | USER_LOCK_DEADLOCK
        | SERVICE_LOCK_DEADLOCK
        | SERVICE_LOCK_TIMEOUT
        | LOCK_WAIT_TIMEOUT
        | LOCK_ABORTED
        | LOCK_NOT_AVAILABLE
        | CHANGED_SINCE_READ
        | TABLE_CHANGED
        | PREPARED_BEFORE_CHANGE
        | TEMPORARY
        | CONNECTION_KILLED
        | OFFLINE
        | READ_ONLY
        | INNODB_READ_ONLY => Some(Verdict::TRANSIENT),
        TOO_MANY_CONNECTIONS
        | TOO_MANY_OF_THIS_USER
        | TOO_MANY_TRANSACTIONS
        | DISK_FULL
        | OUT_OF_MEMORY
        | OUT_OF_RESOURCES
        | NO_THREAD => Some(Verdict::THROTTLED),
        PACKET_TOO_LARGE | AUTHENTICATION_TOO_OLD => Some(Verdict::PERMANENT),
        // `'%s' has exceeded the '%s' resource`; the other three are counted by the hour.
        USER_LIMIT if message.contains("'max_user_connections'") => Some(Verdict::THROTTLED),
        // `running with the --read-only option`, or `--super-read-only`.
        OPTION_PREVENTS if message.contains("read-only") => Some(Verdict::TRANSIENT),
        // MariaDB has this number for a trigger that does not exist.
        IDLE if !message.contains("trigger") => Some(Verdict::TRANSIENT),
        _ => tidb(number),
    }
}

/// TiDB's own numbers (`pkg/errno/errcode.go`). For those from 9000 on, 8005, 8022, 8027 and 8028, TiDB
/// retries its own work (`ReorgRetryableErrCodes` in `pkg/util/dbterror`).
fn tidb(number: u16) -> Option<Verdict> {
    match number {
        8002 | 8005 | 8022 | 9007 // the transaction lost against another, and was rolled back
        | 8020 // another session holds the table by LOCK TABLES
        | 8027 | 8028 // the schema changed meanwhile, or this server has yet to learn it
        | 8120 | 9001 // the placement driver does not answer
        | 9002..=9005 | 9010 | 9011 // TiKV does not answer, is busy, or has no leader
        | 9012 | 9013 => Some(Verdict::TRANSIENT), // TiFlash does not answer, or is busy
        8252 | 9008 => Some(Verdict::THROTTLED), // a resource group or a store is at its limit
        _ => None,
    }
}
