//! [`Halt`]: what ended an attempt, if not its own failure.

use std::fmt;

use super::{Event, Subject};
use crate::primitives::one_line::OneLine;
use crate::primitives::span_text::SpanText;

/// What ended an attempt, if not its own failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The deadline, which cut it or left no time for it.
    Deadline,
    /// An open circuit, which refused it.
    OpenCircuit,
    /// A half-open one, whose probes were under way.
    Probes,
    /// A bulkhead without a free permit.
    Bulkhead,
    /// The word that cancelled it before it began.
    Cancelled,
    /// A rate without a turn in time, or a pause that the upstream has asked for.
    Rate,
}

impl Halt {
    /// Why the attempt was not made; `None` if it was.
    const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Deadline => None,
            Self::OpenCircuit => Some("the circuit is open"),
            Self::Probes => Some("the circuit is half-open"),
            Self::Bulkhead => Some("the bulkhead is full"),
            Self::Cancelled => Some("the call was cancelled"),
            Self::Rate => Some("the rate is used up"),
        }
    }

    /// Whether the attempt was not made.
    #[cfg(feature = "metrics")]
    pub(crate) fn is_refusal(self) -> bool {
        self.refusal().is_some()
    }
}

impl Event<'_> {
    /// The rest of the line for an attempt that did not end by its own failure.
    pub(super) fn fmt_halted(&self, halt: Halt, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, attempts) = (self.attempt, self.limit.of_attempts());
        match (halt, halt.refusal()) {
            (_, Some(refusal)) if n == 1 => write!(f, ": no attempt was made, {refusal}; ")?,
            (_, Some(refusal)) => {
                write!(f, ": attempt {n} of {attempts} was not made, {refusal}; ")?;
            }
            (_, None) => write!(f, ": attempt {n} of {attempts} was cut at the deadline; ")?,
        }
        if let Some(delay) = self.delay {
            return write!(f, "retrying in {}", SpanText(delay));
        }
        f.write_str("giving up with ")?;
        match &self.subject {
            Subject::Error(error) => write!(f, "{}", OneLine(error)),
            Subject::Success | Subject::SuccessAfterPolls | Subject::Value | Subject::Waiting => {
                f.write_str("the value before it")
            }
        }
    }
}
