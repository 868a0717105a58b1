//! By the path of a re-export, as a library would offer it to its own users.

pub use sturdy as persevere;

use persevere::retry;

/// Busy, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, persevere::Classify)]
#[retry(crate = crate::reexport::persevere)]
pub enum Failure {
    /// May be free a moment later.
    #[retry(transient)]
    Busy,
}

/// Calls.
///
/// # Errors
///
/// As `call`.
#[retry(crate = crate::reexport::persevere, base_delay = 0)]
pub fn blocking<E: persevere::Classify>(call: &dyn Fn() -> Result<u32, E>) -> Result<u32, E> {
    call()
}

/// Calls.
///
/// # Errors
///
/// As `call`.
#[retry(crate = self::persevere)]
pub async fn waiting<E: persevere::Classify>(call: &dyn Fn() -> Result<u32, E>) -> Result<u32, E> {
    call()
}
