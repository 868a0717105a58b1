//! [`Payload`]: a text that may be secret.

use std::fmt;

/// A JSON text of the user's: a task's arguments, its output, what it noted. `Debug` shows its length
/// alone.
///
/// ```
/// use persevere_core::task::Payload;
///
/// let card = Payload::of(&"4111 1111 1111 1111").unwrap();
/// assert_eq!(format!("{card:?}"), "Payload(21 bytes)");
/// assert_eq!(card.read::<String>().unwrap(), "4111 1111 1111 1111");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload(String);

impl Payload {
    /// The value in JSON.
    ///
    /// # Errors
    ///
    /// The value's own, where it cannot be written.
    pub fn of<T: serde::Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        serde_json::to_string(value).map(Self)
    }

    /// What is stored, whether it is JSON or not.
    #[doc(hidden)]
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The value that it is.
    ///
    /// # Errors
    ///
    /// Where it is none of that type.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}
