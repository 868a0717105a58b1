//! [`Failure`]: what an attempt's error comes to.

use std::fmt;

use persevere_core::Verdict;

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
    error: Option<String>,
}

impl Failure {
    /// That error, of which `verdict` says whether trying again can help. Its text is stored.
    pub fn new(verdict: Verdict, error: impl fmt::Display) -> Self {
        Self { verdict, error: Some(error.to_string()) }
    }

    /// A value that is to be retried, as `on_ok` does in the attribute. The value is not stored.
    #[must_use]
    pub const fn value(verdict: Verdict) -> Self {
        Self { verdict, error: None }
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
