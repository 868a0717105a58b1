//! [`InvalidPolicy`]: why a text is not a policy.

use std::error::Error;
use std::fmt;

#[cfg(feature = "overrides")]
use crate::primitives::one_line::AtMost;
use crate::primitives::one_line::OneLine;

/// The number of bytes that an error quotes of each part of the text.
pub(crate) const LONGEST_QUOTED: usize = 120;

/// Why a text is not a policy, or not a table of overrides: one sentence that names what to write
/// instead.
///
/// It is always one line: at most 120 bytes of each part are quoted, with controls escaped.
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

    /// The same error, for one of several entries.
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
