//! Reasons as rows carry them: words to which only new ones are added.

use persevere_core::engine::GiveUp;

/// Why tasks die, as far as this release knows. Their words are those of [`GiveUp::as_str`].
pub const REASONS: [GiveUp; 13] = [
    GiveUp::Permanent,
    GiveUp::Exhausted,
    GiveUp::Requested,
    GiveUp::DeadlineExceeded,
    GiveUp::RetryAfterTooLong,
    GiveUp::BudgetExhausted,
    GiveUp::CircuitOpen,
    GiveUp::BulkheadFull,
    GiveUp::RateLimited,
    GiveUp::WorkerLost,
    GiveUp::Expired,
    GiveUp::Cancelled,
    GiveUp::Unreadable,
];

/// The reason of that word.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
pub(crate) fn parse(word: &str) -> GiveUp {
    REASONS.into_iter().find(|reason| reason.as_str() == word).unwrap_or(GiveUp::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_what_they_are() {
        let words = REASONS.map(GiveUp::as_str).join(" ");
        assert_eq!(
            words,
            "permanent exhausted requested deadline_exceeded retry_after_too_long \
             budget_exhausted circuit_open bulkhead_full rate_limited worker_lost expired cancelled \
             unreadable"
        );
        assert!(REASONS.into_iter().all(|reason| parse(reason.as_str()) == reason));
        assert_eq!(parse("struck_by_lightning"), GiveUp::Unknown);
    }
}
