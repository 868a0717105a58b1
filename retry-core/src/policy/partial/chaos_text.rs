//! [`Chaos`] and [`Fault`] from a text.

use std::str::FromStr;

use super::InvalidPolicy;
use crate::chaos::{Chaos, Fault};

impl FromStr for Chaos {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        Self::read(text).map_err(InvalidPolicy::new)
    }
}

impl Fault {
    /// The fault of that name, as in `return(name)`.
    ///
    /// # Errors
    ///
    /// If it is no name: empty, longer than 64 bytes, or with other characters than letters a to z, digits,
    /// `_`, `-` and `.`; if it is a number and no HTTP status of a failure; or if it is nearly, but not quite,
    /// one of those that are known.
    ///
    /// ```
    /// use persevere::chaos::Fault;
    ///
    /// let error = Fault::named("conection_refused").unwrap_err().to_string();
    /// assert!(error.contains("did you mean `connection_refused`?"));
    /// ```
    pub fn named(name: &str) -> Result<Self, InvalidPolicy> {
        Self::read(name).map_err(InvalidPolicy::new)
    }
}
