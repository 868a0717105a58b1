//! [`Failure`]: what an attempt's error comes to.

use std::fmt;

use persevere_core::Verdict;
use persevere_core::closure::Polled;

/// What an attempt of a task failed with, judged: from [`Run::run`](super::run::Run::run).
///
/// ```
/// use persevere::Verdict;
/// use persevere::tasks::Failure;
///
/// let failure = Failure::new(Verdict::TRANSIENT, "the server is busy");
/// assert_eq!(failure.to_string(), "the server is busy");
/// assert_eq!(failure.verdict(), Verdict::TRANSIENT);
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    verdict: Verdict,
    /// What a circuit breaker learns of it; `None` for a value that is waited for.
    health: Option<Verdict>,
    error: Option<String>,
}

impl Failure {
    /// That error, of which `verdict` says whether trying again can help. Its text is stored.
    pub fn new(verdict: Verdict, error: impl fmt::Display) -> Self {
        Self { verdict, health: Some(verdict), error: Some(error.to_string()) }
    }

    /// What a circuit breaker learns of it, if that differs from whether the task is retried: the error's own
    /// verdict.
    #[must_use]
    pub fn with_health(self, health: Verdict) -> Self {
        Self { health: Some(health), ..self }
    }

    /// A value that is to be retried, as `on_ok` does in the attribute. The value is not stored.
    #[must_use]
    pub const fn value(verdict: Verdict) -> Self {
        Self { verdict, health: Some(verdict), error: None }
    }

    /// A value that is to be retried although nothing has failed, such as a job that still runs.
    #[must_use]
    pub const fn waiting(verdict: Verdict) -> Self {
        Self { verdict, health: None, error: None }
    }

    /// For generated code: a value that `on_ok` matches.
    #[doc(hidden)]
    #[must_use]
    pub fn polled(polled: Polled) -> Self {
        match polled {
            Polled::Waiting(verdict) => Self::waiting(verdict),
            Polled::Failed(_) | Polled::Final => Self::value(polled.verdict()),
        }
    }

    /// What a circuit breaker learns of it; `None` for a value that is waited for, which counts as a success.
    pub(crate) const fn health(&self) -> Option<Verdict> {
        self.health
    }

    /// Whether trying again can help.
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether it is a value that is to be retried, and no error.
    #[must_use]
    pub const fn is_value(&self) -> bool {
        self.error.is_none()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error.as_deref().unwrap_or("it returned a value that is to be retried"))
    }
}
