//! The error numbers of MySQL, where they say more than its SQLSTATE.

use crate::classify::Verdict;

/// The error's number, if it is one of MySQL: its text is then `number (SQLSTATE): message`, or
/// `number: message` before the handshake is done. Asking the driver itself would bring it to
/// everyone who uses another.
pub(super) fn number(text: &str, code: Option<&str>) -> Option<u16> {
    let (head, _) = text.split_once(": ")?;
    let number = match code {
        Some(code) => head.strip_suffix(')')?.strip_suffix(code)?.strip_suffix(" (")?,
        None => head,
    };
    number.parse().ok()
}

/// What passes by itself. Numbers up to 5000 are of MySQL's and MariaDB's error references, those from
/// 8000 on of TiDB's.
const TRANSIENT: [u16; 22] = [
    1213, // ER_LOCK_DEADLOCK
    1614, // ER_XA_RBDEADLOCK
    3058, // ER_USER_LOCK_DEADLOCK
    1205, // ER_LOCK_WAIT_TIMEOUT
    3572, // ER_LOCK_NOWAIT
    1020, // ER_CHECKREAD
    1412, // ER_TABLE_DEF_CHANGED
    1615, // ER_NEED_REPREPARE
    1297, // ER_GET_TEMPORARY_ERRMSG
    1836, // ER_READ_ONLY_MODE
    1927, // ER_CONNECTION_KILLED, of MariaDB
    4031, // ER_CLIENT_INTERACTION_TIMEOUT
    8002, // SELECT FOR UPDATE met a write conflict
    8005, // write conflict: the transaction's start is out of date
    8022, // the commit failed and was rolled back
    8028, // the schema changed meanwhile
    9001, // PD server timeout
    9002, // TiKV server timeout
    9003, // TiKV server is busy
    9004, // resolving a lock took too long
    9005, // region is unavailable
    9007, // write conflict
];

/// What asks for less.
const THROTTLED: [u16; 5] = [
    1040, // ER_CON_COUNT_ERROR
    1041, // ER_OUT_OF_RESOURCES
    1135, // ER_CANT_CREATE_THREAD
    1203, // ER_TOO_MANY_USER_CONNECTIONS
    1637, // ER_TOO_MANY_CONCURRENT_TRXS
];

/// What stays, though its SQLSTATE says that it passes.
const PERMANENT: [u16; 3] = [
    1153, // ER_NET_PACKET_TOO_LARGE
    1251, // ER_NOT_SUPPORTED_AUTH_MODE
    1792, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
];

const OPTION_PREVENTS_STATEMENT: u16 = 1290; // ER_OPTION_PREVENTS_STATEMENT
const USER_LIMIT_REACHED: u16 = 1226; // ER_USER_LIMIT_REACHED

/// By the number; by the text where one number is for many causes.
pub(super) fn of_number(number: u16, text: &str) -> Option<Verdict> {
    match number {
        // `… running with the --read-only option so it cannot execute this statement`, and
        // `--super-read-only`.
        OPTION_PREVENTS_STATEMENT => Some(Verdict::from(text.contains("read-only"))),
        // `User 'app' has exceeded the 'max_user_connections' resource (current value: 5)`.
        USER_LIMIT_REACHED if text.contains("max_user_connections") => Some(Verdict::THROTTLED),
        _ if TRANSIENT.contains(&number) => Some(Verdict::TRANSIENT),
        _ if THROTTLED.contains(&number) => Some(Verdict::THROTTLED),
        _ if PERMANENT.contains(&number) => Some(Verdict::PERMANENT),
        _ => None,
    }
}
