//! [`KindLimit`]: how often failures of one kind are retried.

use std::panic::Location;

/// How often failures of a kind are retried, and which kind that is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindLimit {
    pub(crate) retries: u32,
    /// A hash of the kind's name, or of the place in the code that sets the limit: two kinds of a call look
    /// the same with a probability of 1 in 2³².
    pub(crate) kind: u32,
}

impl KindLimit {
    /// For the kind of failures that get their limit at `place`.
    pub(crate) const fn at(place: &Location<'_>, retries: u32) -> Self {
        let kind = hashed(place.file().as_bytes(), OFFSET);
        let kind = hashed(&place.line().to_le_bytes(), kind);
        Self { retries, kind: hashed(&place.column().to_le_bytes(), kind) }
    }

    /// For the kind of that name.
    pub(crate) const fn named(name: &str, retries: u32) -> Self {
        Self { retries, kind: hashed(name.as_bytes(), OFFSET) }
    }
}

const OFFSET: u32 = 0x811C_9DC5;
const PRIME: u32 = 0x0100_0193;

/// `hash`, and `bytes` after it: FNV-1a (Fowler, Noll, Vo), which is `const` and the same in every process.
const fn hashed(bytes: &[u8], mut hash: u32) -> u32 {
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(PRIME);
        index += 1;
    }
    hash
}

/// The published test vectors.
#[cfg(test)]
#[test]
fn the_hash_is_fnv_1a() {
    assert_eq!(hashed(b"", OFFSET), 0x811C_9DC5);
    assert_eq!(hashed(b"a", OFFSET), 0xE40C_292C);
    assert_eq!(hashed(b"foobar", OFFSET), 0xBF9C_F968);
}
