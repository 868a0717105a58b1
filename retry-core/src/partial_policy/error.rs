//! [`InvalidPolicy`].

use std::error::Error;
use std::fmt;

/// Why a text is no policy, or no table of overrides: one sentence that says what to write instead.
///
/// ```
/// use retry_core::Policy;
///
/// let error = "agressive".parse::<Policy>().unwrap_err();
/// assert!(error.to_string().contains("did you mean `aggressive`?"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy(String);

impl InvalidPolicy {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The same, said of an entry among several.
    #[cfg(feature = "overrides")]
    pub(crate) fn of_entry(self, entry: &str) -> Self {
        Self(format!("`{entry}`: {}", self.0))
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidPolicy {}
