//! [`RetryLimit`]: how many retries a call may make.

use std::fmt;

/// How many retries may follow a call's first attempt.
///
/// Unlimited is no large number: the count of retries stops at `u32::MAX`, and the retries go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryLimit {
    AtMost(u32),
    Unlimited,
}

impl RetryLimit {
    /// Whether another retry may follow `retries` of them.
    #[inline]
    pub(crate) const fn allows(self, retries: u32) -> bool {
        match self {
            Self::AtMost(most) => retries < most,
            Self::Unlimited => true,
        }
    }

    /// The number; `u32::MAX` for unlimited.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::AtMost(most) => most,
            Self::Unlimited => u32::MAX,
        }
    }

    /// The number; `None` for unlimited.
    pub(crate) const fn limit(self) -> Option<u32> {
        match self {
            Self::AtMost(most) => Some(most),
            Self::Unlimited => None,
        }
    }

    pub(crate) const fn is_unlimited(self) -> bool {
        matches!(self, Self::Unlimited)
    }

    /// The number of attempts that this allows; `u64::MAX` for unlimited.
    pub(crate) const fn attempts(self) -> u64 {
        match self {
            Self::AtMost(most) => most as u64 + 1,
            Self::Unlimited => u64::MAX,
        }
    }

    /// As [`attempts`](Self::attempts), as a line of the log has it.
    pub(crate) fn of_attempts(self) -> impl fmt::Display {
        OfAttempts(self)
    }
}

/// `5`, or `unlimited`.
impl fmt::Display for RetryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => most.fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// `6`, or `unlimited`.
struct OfAttempts(RetryLimit);

impl fmt::Display for OfAttempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RetryLimit::AtMost(most) => (u64::from(most) + 1).fmt(f),
            RetryLimit::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// The indexes of the retries that a limit allows, counted from 0; of unlimited ones, the last repeats.
#[derive(Clone, Debug)]
pub(super) struct Indexes {
    next: u32,
    limit: RetryLimit,
}

impl Indexes {
    pub(super) const fn of(limit: RetryLimit) -> Self {
        Self { next: 0, limit }
    }
}

impl Iterator for Indexes {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let index = self.next;
        self.limit.allows(index).then(|| {
            self.next = index.saturating_add(1);
            index
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.limit.limit().map(|most| usize::try_from(most - self.next));
        match left {
            Some(Ok(left)) => (left, Some(left)),
            Some(Err(_)) | None => (usize::MAX, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlimited_is_no_number() {
        assert!(RetryLimit::Unlimited.allows(u32::MAX));
        assert!(!RetryLimit::AtMost(u32::MAX).allows(u32::MAX));
        let mut last = Indexes { next: u32::MAX - 1, limit: RetryLimit::Unlimited };
        assert!(last.by_ref().take(3).eq([u32::MAX - 1, u32::MAX, u32::MAX]));
        let mut last = Indexes { next: u32::MAX - 1, limit: RetryLimit::AtMost(u32::MAX) };
        assert_eq!((last.next(), last.next()), (Some(u32::MAX - 1), None));
    }
}
