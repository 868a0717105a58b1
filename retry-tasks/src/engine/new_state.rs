//! What the row of a leased task becomes, in the words of a table.

use std::time::Duration;

use super::{
    Attempts, Held, KEEP_CANCELLED, LAST_ERROR, Progress, Settled, Settlement, Transition,
};
use crate::row::text::bounded;

/// What the row of a leased task becomes.
pub(crate) struct NewState<'a> {
    pub(crate) held: Held,
    /// The state that follows. What would wait and is to be cancelled is cancelled, which only the
    /// database knows.
    pub(crate) state: &'static str,
    pub(crate) after: Duration,
    pub(crate) progress: &'a Progress,
    pub(crate) attempts: &'a Attempts,
    pub(crate) output: Option<&'a str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) error: Option<String>,
    pub(crate) keep: Option<Duration>,
}

impl<'a> NewState<'a> {
    /// It is due again after that span.
    pub(crate) fn again(
        held: Held,
        after: Duration,
        progress: &'a Progress,
        attempts: &'a Attempts,
    ) -> Self {
        Self {
            held,
            state: "waiting",
            after,
            progress,
            attempts,
            output: None,
            reason: None,
            error: None,
            keep: Some(KEEP_CANCELLED),
        }
    }

    pub(crate) fn of(settlement: &'a Settlement) -> Self {
        let Settlement { held, progress, attempts, transition, keep } = settlement;
        let keep = Some(*keep);
        let new = Self { keep, ..Self::again(*held, Duration::ZERO, progress, attempts) };
        match transition {
            Transition::Again(after) => Self { after: *after, ..new },
            Transition::Done { output, .. } => {
                Self { state: "done", output: Some(output.as_str()), ..new }
            }
            Transition::Dead { reason, error } => {
                let error = Some(bounded(error, LAST_ERROR));
                Self { state: "dead", reason: Some(reason.as_str()), error, keep: None, ..new }
            }
            Transition::Cancelled => Self { state: "cancelled", ..new },
        }
    }
}

/// What came of it, where that state was written, or none.
pub(crate) fn settled(settlement: &Settlement, state: Option<&str>) -> Settled {
    let is_again = matches!(settlement.transition, Transition::Again(_));
    match state {
        None => Settled::Fenced,
        Some("cancelled") if is_again => Settled::Cancelled,
        Some(_) => Settled::Written,
    }
}
