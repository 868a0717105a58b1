//! [`Subject`]: what the attempt that an event is about returned.

use crate::classify::judge::Polled;
use crate::events::text::Text;

/// What the attempt that ended returned.
#[derive(Debug)]
pub(crate) enum Subject<'a> {
    /// A success.
    Success,
    /// A success after values that were waited for, and no failure.
    SuccessAfterPolls,
    /// An `Ok` value that `on_ok` retries. It is not shown, since it may be large or secret.
    Value,
    /// An `Ok` value that `on_ok` retries although nothing has failed: it is waited for.
    Waiting,
    /// A failure.
    Error(Text<'a>),
}

impl Subject<'_> {
    /// A value that is retried.
    pub(crate) const fn of(polled: Polled) -> Self {
        match polled {
            Polled::Waiting(_) => Self::Waiting,
            Polled::Failed(_) | Polled::Final => Self::Value,
        }
    }

    /// The same, without a copy of its text.
    pub(crate) fn borrowed(&self) -> Subject<'_> {
        match self {
            Self::Success => Subject::Success,
            Self::SuccessAfterPolls => Subject::SuccessAfterPolls,
            Self::Value => Subject::Value,
            Self::Waiting => Subject::Waiting,
            Self::Error(text) => Subject::Error(Text::Display(text)),
        }
    }
}
