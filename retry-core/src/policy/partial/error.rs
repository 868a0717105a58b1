//! [`InvalidPolicy`].

use std::error::Error;
use std::fmt;

#[cfg(feature = "overrides")]
use crate::primitives::one_line::AtMost;
use crate::primitives::one_line::OneLine;

/// How many bytes of what was written an error quotes.
pub(crate) const LONGEST_QUOTED: usize = 120;

/// Why a text is no policy, or no table of overrides: one sentence that says what to write instead.
///
/// It is one line, however long the text is and whatever is in it: 120 bytes of each part are
/// quoted, controls escaped.
///
/// ```
/// use persevere::Policy;
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
        Self(format!("`{}`: {}", AtMost(LONGEST_QUOTED, entry), self.0))
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", OneLine(&self.0))
    }
}

impl Error for InvalidPolicy {}
