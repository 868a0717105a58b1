//! A [`Policy`] in one line.

use std::fmt;

use super::Policy;
use crate::primitives::span_text::SpanText;

impl fmt::Display for Policy {
    /// One line for people, such as `up to 5 retries, 2 s × 2ᵏ, at most 5 min, jitter 0–25 %`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// const LISTED: Policy = Policy::waits(&[Duration::from_secs(1), Duration::from_secs(30)]);
    /// assert_eq!(LISTED.to_string(), "up to 5 retries, 1 s then 30 s, at most 5 min, no jitter");
    /// assert_eq!(
    ///     Policy::RECONNECT.to_string(),
    ///     "unlimited retries, 1 s × 2ᵏ, at most 1 min, full jitter, counted anew after 1 min"
    /// );
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retries.limit() {
            None => f.write_str("unlimited retries, ")?,
            Some(1) => f.write_str("up to 1 retry, ")?,
            Some(retries) => write!(f, "up to {retries} retries, ")?,
        }
        match self.waits {
            [] => write!(f, "{} × {}ᵏ", SpanText(self.base_delay), self.exponential_base)?,
            [first, others @ ..] => {
                write!(f, "{}", SpanText(*first))?;
                others.iter().try_for_each(|wait| write!(f, " then {}", SpanText(*wait)))?;
            }
        }
        write!(f, ", at most {}, {}", SpanText(self.max_delay), self.jitter)?;
        match self.reset_after {
            Some(ran) => write!(f, ", counted anew after {}", SpanText(ran)),
            None => Ok(()),
        }
    }
}
