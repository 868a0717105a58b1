//! The error numbers of MySQL, where they say more than its SQLSTATE.

use ::sqlx::error::DatabaseError;

use crate::classify::Verdict;

/// The error's number, if it is one of MySQL: its text is then `number (SQLSTATE): message`, or
/// `number: message` before the handshake is done. Asking the driver itself would bring it to
/// everyone who uses another.
pub(super) fn number(error: &dyn DatabaseError, code: Option<&str>) -> Option<u16> {
    let text = error.to_string();
    let (head, _) = text.split_once(": ")?;
    let number = match code {
        Some(code) => head.strip_suffix(')')?.strip_suffix(code)?.strip_suffix(" (")?,
        None => head,
    };
    number.parse().ok()
}

const DEADLOCK: u16 = 1213; // ER_LOCK_DEADLOCK
const DISTRIBUTED_DEADLOCK: u16 = 1614; // ER_XA_RBDEADLOCK
const LOCK_WAIT_TIMEOUT: u16 = 1205; // ER_LOCK_WAIT_TIMEOUT
const LOCK_NOT_AVAILABLE: u16 = 3572; // ER_LOCK_NOWAIT
const CHANGED_SINCE_READ: u16 = 1020; // ER_CHECKREAD
const TEMPORARY: u16 = 1297; // ER_GET_TEMPORARY_ERRMSG
const TOO_MANY_CONNECTIONS: u16 = 1040; // ER_CON_COUNT_ERROR
const TOO_MANY_OF_THIS_USER: u16 = 1203; // ER_TOO_MANY_USER_CONNECTIONS
const TOO_MANY_TRANSACTIONS: u16 = 1637; // ER_TOO_MANY_CONCURRENT_TRXS
const PACKET_TOO_LARGE: u16 = 1153; // ER_NET_PACKET_TOO_LARGE
const AUTHENTICATION_TOO_OLD: u16 = 1251; // ER_NOT_SUPPORTED_AUTH_MODE

pub(super) fn of_number(number: u16) -> Option<Verdict> {
    match number {
        DEADLOCK | DISTRIBUTED_DEADLOCK | LOCK_WAIT_TIMEOUT | LOCK_NOT_AVAILABLE
        | CHANGED_SINCE_READ | TEMPORARY => Some(Verdict::TRANSIENT),
        TOO_MANY_CONNECTIONS | TOO_MANY_OF_THIS_USER | TOO_MANY_TRANSACTIONS => {
            Some(Verdict::THROTTLED)
        }
        PACKET_TOO_LARGE | AUTHENTICATION_TOO_OLD => Some(Verdict::PERMANENT),
        _ => None,
    }
}
