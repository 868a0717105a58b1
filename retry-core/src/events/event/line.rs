//! An [`Event`] as a line of the log.

use std::fmt;

use super::{Event, EventKind, Subject};
use crate::engine::GiveUp;
use crate::events::text::Text;
use crate::primitives::one_line::{AtMost, LONGEST_ID, OneLine};
use crate::primitives::span_text::SpanText;

impl Event<'_> {
    /// The id as it stands in a line.
    pub(super) fn shown_id(&self) -> Option<AtMost<&Text<'_>>> {
        self.id.map(|id| AtMost(LONGEST_ID, id))
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_line(f)?;
        if self.has_chaos() { f.write_str(" [chaos]") } else { Ok(()) }
    }
}

impl Event<'_> {
    fn fmt_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", OneLine(self.caller.name().short()))?;
        if let Some(id) = self.shown_id() {
            write!(f, "[{id}]")?;
        }
        if let EventKind::Nested { inner, attempts } = self.kind {
            let inner = OneLine(inner);
            let attempts = match attempts {
                u64::MAX => "unlimited".to_owned(),
                attempts => format!("up to {attempts}"),
            };
            return write!(
                f,
                ": retries multiply, since `{inner}` within it retries too: {attempts} \
                 attempts in one call; let only one of them retry"
            );
        }
        if let Some(halt) = self.halt {
            return self.fmt_halted(halt, f);
        }
        write!(f, ": attempt {} of {} ", self.attempt, self.limit.of_attempts())?;
        match &self.subject {
            Subject::Success | Subject::SuccessAfterPolls => {
                return write!(f, "succeeded after {} of waiting", SpanText(self.waited()));
            }
            Subject::Value => f.write_str("returned a value that is retried; ")?,
            Subject::Waiting => f.write_str("returned a value to wait on; ")?,
            Subject::Error(error) => write!(f, "failed: {}; ", OneLine(error))?,
        }
        let EventKind::GiveUp(reason) = self.kind else {
            write!(f, "retrying in {}", SpanText(self.delay.unwrap_or_default()))?;
            return f.write_str(if self.is_anew { ", counted anew" } else { "" });
        };
        match reason {
            GiveUp::Permanent if self.verdict.is_some_and(|verdict| verdict.is_unsaid()) => {
                f.write_str("giving up, no error in its chain of sources says to retry")
            }
            GiveUp::Permanent => f.write_str("giving up, the failure is permanent"),
            GiveUp::Requested => f.write_str("giving up, as the function asked"),
            GiveUp::DeadlineExceeded if self.is_called_off => {
                f.write_str("giving up, its hook took the time that was left")
            }
            GiveUp::DeadlineExceeded => {
                f.write_str("giving up, no time for another attempt is left")
            }
            GiveUp::RetryAfterTooLong => {
                f.write_str("giving up, the wait that it asks for is longer than `max_delay`")
            }
            GiveUp::BudgetExhausted => f.write_str("giving up, the retry budget is used up"),
            GiveUp::CircuitOpen => f.write_str("giving up, the circuit is open"),
            GiveUp::RateLimited => f.write_str("giving up, the rate is used up"),
            GiveUp::BulkheadFull => f.write_str("giving up, the bulkhead is full"),
            GiveUp::WorkerLost => f.write_str("giving up, its workers were lost"),
            GiveUp::Expired => f.write_str("giving up, it was not begun in time"),
            GiveUp::Cancelled => f.write_str("giving up, it was cancelled"),
            GiveUp::Unreadable => f.write_str("giving up, it cannot be read"),
            GiveUp::Unknown => f.write_str("giving up, for a reason of another release"),
            GiveUp::Exhausted => {
                let retries = self.attempt.saturating_sub(1);
                let word = if retries == 1 { "retry" } else { "retries" };
                let waited = SpanText(self.waited());
                // Retries are left: so it was the kind of failure that had none.
                let kind = self.verdict.and_then(|verdict| verdict.limit());
                match kind.filter(|_| self.limit.allows(retries)) {
                    Some(most) => write!(
                        f,
                        "giving up after {retries} {word} and {waited} of waiting, as this kind of \
                         failure is retried {most} times at most"
                    ),
                    None => write!(f, "giving up after {retries} {word} and {waited} of waiting"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Verdict;
    use crate::events::caller::Caller;
    use crate::events::name::Name;
    use crate::policy::retry_limit::RetryLimit;
    use crate::primitives::nanoseconds::Nanoseconds;

    #[test]
    fn a_refusal_by_the_budget_is_in_the_line() {
        let event = Event {
            kind: EventKind::GiveUp(GiveUp::BudgetExhausted),
            caller: Caller::Closure(Name::given("quote")),
            id: None,
            attempt: 2,
            limit: RetryLimit::AtMost(5),
            delay: None,
            waited: Nanoseconds::ZERO,
            elapsed: None,
            verdict: Some(Verdict::TRANSIENT),
            subject: Subject::Error(Text::Name("Busy")),
            halt: None,
            is_answer: false,
            is_called_off: false,
            is_anew: false,
            upstream: None,
            #[cfg(feature = "chaos")]
            has_chaos: false,
        };
        let line = "quote: attempt 2 of 6 failed: Busy; giving up, the retry budget is used up";
        assert_eq!(event.to_string(), line);
    }
}
