//! Ids as SQLite stores them: 16 bytes.

use persevere_core::task::TaskId;
use serde_json::Value;

pub(super) fn bytes(id: TaskId) -> Vec<u8> {
    id.as_u128().to_be_bytes().to_vec()
}

/// As SQL writes it.
pub(super) fn literal(id: TaskId) -> String {
    format!("x'{:032x}'", id.as_u128())
}

/// The table allows no other length.
pub(super) fn read(bytes: &[u8]) -> TaskId {
    TaskId::from_u128(bytes.iter().fold(0, |bits, &byte| bits << 8 | u128::from(byte)))
}

/// A list in JSON of ids, each as `unhex` reads it.
pub(super) fn list(ids: &[TaskId]) -> String {
    let ids = ids.iter().map(|id| Value::from(format!("{:032x}", id.as_u128())));
    ids.collect::<Value>().to_string()
}
