//! [`Available`]: what is left of a budget, for people to read.

use std::fmt;

/// What is left of a [`Budget`](super::Budget).
///
/// Its `Display` is short enough for a status page:
///
/// ```
/// use persevere::Budget;
/// use persevere::budget::Available;
///
/// static BUDGET: Budget = Budget::new();
///
/// assert_eq!(BUDGET.available(), Available::Tokens { tokens: 500, capacity: 500 });
/// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Available {
    /// Of a token bucket.
    Tokens {
        /// The tokens in the bucket.
        tokens: u32,
        /// The largest number that the bucket can hold.
        capacity: u32,
    },
    /// Of a budget by ratio.
    Retries {
        /// How many retries would be granted at once.
        retries: u64,
    },
    /// Of adaptive throttling.
    Refusal {
        /// How probable it is that a retry is refused: 0.0 to 1.0.
        probability: f64,
    },
    /// Of [`Budget::UNLIMITED`](super::Budget::UNLIMITED).
    Unlimited,
}

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens { tokens, capacity } => write!(f, "{tokens} of {capacity} tokens"),
            Self::Retries { retries: 1 } => f.write_str("1 retry"),
            Self::Retries { retries } => write!(f, "{retries} retries"),
            Self::Unlimited => f.write_str("unlimited"),
            Self::Refusal { probability } => {
                write!(f, "{:.1} % of retries refused", probability * 100.0)
            }
        }
    }
}
