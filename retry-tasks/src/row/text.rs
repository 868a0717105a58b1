//! Texts in a row: what may be secret, and what may be long.

use std::fmt;

/// A JSON text of the user's: a task's arguments, its output, what it noted. `Debug` shows its length
/// alone.
///
/// ```
/// use persevere_tasks::engine::Payload;
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

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// What is stored, whether it is JSON or not.
    pub(crate) fn stored(text: String) -> Self {
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

/// At most `bytes` of a text, cut between characters, and without NUL, which no PostgreSQL text has.
pub(crate) fn bounded(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = &text[..end];
    let ellipsis = if end < text.len() { "…" } else { "" };
    format!("{}{ellipsis}", cut.replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(bounded("žluťoučký", 3), "žl…");
        assert_eq!(bounded("žluťoučký", 4), "žlu…");
        assert_eq!(bounded("žlu", 1), "…");
        assert_eq!(bounded("short\0", 9), "short\u{fffd}");
    }
}
