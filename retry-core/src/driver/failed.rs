//! [`Failed`]: what a failed attempt has to say.

use std::fmt;

use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::events::event::Subject;
use crate::events::text::Text;

/// A failed attempt of a driven call, for [`Driving::failed`](super::Driving::failed).
///
/// ```
/// use std::time::Duration;
/// use persevere::driver::{Driver, Failed, Next};
/// use persevere::engine::GiveUp;
/// use persevere::{Policy, Rejection, Verdict};
///
/// let call = Driver::named("mailer::send", Policy::DEFAULT).begin();
///
/// // A circuit breaker let no attempt be made, and nothing retries that.
/// let open = Rejection::CircuitOpen { retry_in: Duration::from_secs(10) };
/// let refused = Failed::new(Verdict::PERMANENT, &open).refused(open);
/// assert!(matches!(call.failed(refused), Next::GiveUp(GiveUp::CircuitOpen)));
/// ```
#[derive(Debug)]
#[must_use = "a failure is to be reported"]
pub struct Failed<'a> {
    pub(super) verdict: Verdict,
    pub(super) subject: Subject<'a>,
    pub(super) stopped: Option<Stopped>,
    pub(super) earlier: Option<Text<'a>>,
}

impl<'a> Failed<'a> {
    /// It failed with `error`, of which `verdict` says whether trying again can help.
    pub fn new(verdict: Verdict, error: &'a (dyn fmt::Display + Sync)) -> Self {
        let subject = Subject::Error(Text::Display(error));
        Self { verdict, subject, stopped: None, earlier: None }
    }

    /// It returned a value that is to be retried, as `on_ok` does in the attribute. Events do not show
    /// the value.
    pub fn value(verdict: Verdict) -> Self {
        Self { verdict, subject: Subject::Value, stopped: None, earlier: None }
    }

    /// It returned a value that is to be retried although nothing has failed, such as a job that still runs:
    /// the retry costs no budget. `verdict` says by which schedule it is retried, and how soon.
    pub fn waiting(verdict: Verdict) -> Self {
        let subject = Subject::Waiting;
        Self { verdict, subject, stopped: None, earlier: None }
    }

    /// It was not made: a circuit breaker or a bulkhead refused it, or no time was left for it.
    /// The budget counts no attempt then, and gets the retry's permit back.
    pub fn refused(self, rejection: Rejection) -> Self {
        Self { stopped: Some(Stopped::before_it_began(rejection)), ..self }
    }

    /// It was cut while it ran, by its time limit or the deadline. [`Driving::run`] knows that by
    /// itself.
    ///
    /// [`Driving::run`]: super::Driving::run
    pub fn cut(self, rejection: Rejection) -> Self {
        Self { stopped: Some(Stopped::while_it_ran(rejection)), ..self }
    }

    /// What the attempt before it failed with, where a circuit breaker has refused this one: if the
    /// call ends here, that is the error which its end is reported with.
    pub fn earlier(self, error: &'a (dyn fmt::Display + Sync)) -> Self {
        Self { earlier: Some(Text::Display(error)), ..self }
    }
}
