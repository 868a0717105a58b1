//! [`Flaky`]: an operation that fails as it is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Make<T, E> = Box<dyn FnMut() -> Result<T, E> + Send>;

/// An operation with a script: it fails as often as told, then succeeds, and counts its calls.
///
/// It is shared by reference, between threads too. Calls play their steps one at a time; a step's
/// closure must not call the `Flaky` itself.
///
/// ```
/// use retry_core::testing::Flaky;
///
/// let flaky = Flaky::failing(2, || "busy").then(|| Ok(3));
/// assert_eq!(flaky.call(), Err("busy"));
/// assert_eq!(flaky.call(), Err("busy"));
/// assert_eq!(flaky.call(), Ok(3));
/// assert_eq!(flaky.call(), Ok(3)); // and so on
/// assert_eq!(flaky.calls(), 4);
/// ```
///
/// Outcomes one by one:
///
/// ```
/// use retry_core::testing::Flaky;
///
/// let flaky = Flaky::outcomes([Err("busy"), Ok(1), Err("down")]);
/// assert_eq!([flaky.call(), flaky.call(), flaky.call()], [Err("busy"), Ok(1), Err("down")]);
/// ```
pub struct Flaky<T, E> {
    script: Mutex<Script<T, E>>,
}

struct Script<T, E> {
    steps: VecDeque<Step<T, E>>,
    calls: usize,
}

struct Step<T, E> {
    /// How many calls it answers yet; `None` for all to come.
    calls: Option<usize>,
    make: Make<T, E>,
}

impl<T, E> Flaky<T, E> {
    /// One that fails in its first `calls` calls, each time with a new error.
    pub fn failing(calls: usize, error: impl FnMut() -> E + Send + 'static) -> Self {
        Self::empty().then_failing(calls, error)
    }

    /// One that returns `outcomes`, one by one.
    pub fn outcomes(outcomes: impl IntoIterator<Item = Result<T, E>>) -> Self
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        outcomes.into_iter().fold(Self::empty(), |flaky, outcome| {
            let mut outcome = Some(outcome);
            flaky.step(Some(1), move || match outcome.take() {
                Some(outcome) => outcome,
                None => unreachable!("a step of one call is made once"),
            })
        })
    }

    /// One that does the same in every call.
    ///
    /// ```
    /// # use retry_core::testing::Flaky;
    /// let down = Flaky::<u8, _>::always(|| Err("down"));
    /// assert_eq!((down.call(), down.call()), (Err("down"), Err("down")));
    /// ```
    pub fn always(outcome: impl FnMut() -> Result<T, E> + Send + 'static) -> Self {
        Self::empty().then(outcome)
    }

    /// … and fails in the next `calls` calls, each time with a new error.
    ///
    /// ```
    /// # use retry_core::testing::Flaky;
    /// let flaky = Flaky::failing(1, || "busy").then_failing(1, || "down").then(|| Ok(()));
    /// assert_eq!([flaky.call(), flaky.call(), flaky.call()], [Err("busy"), Err("down"), Ok(())]);
    /// ```
    #[must_use]
    pub fn then_failing(self, calls: usize, mut error: impl FnMut() -> E + Send + 'static) -> Self {
        self.step(Some(calls), move || Err(error()))
    }

    /// … and does that in all calls to come.
    #[must_use]
    pub fn then(self, outcome: impl FnMut() -> Result<T, E> + Send + 'static) -> Self {
        self.step(None, outcome)
    }

    /// Plays the next step of the script.
    ///
    /// # Panics
    ///
    /// If the script is over: end it with [`then`](Self::then) if further calls are expected.
    ///
    /// ```should_panic
    /// # use retry_core::testing::Flaky;
    /// let flaky = Flaky::outcomes([Err("busy"), Ok(3)]);
    /// let _ = (flaky.call(), flaky.call(), flaky.call());
    /// ```
    #[track_caller]
    #[allow(clippy::missing_errors_doc, reason = "to fail is what it is for")]
    pub fn call(&self) -> Result<T, E> {
        let mut script = self.script();
        script.calls += 1;
        let calls = script.calls;
        while script.steps.front().is_some_and(|step| step.calls == Some(0)) {
            script.steps.pop_front();
        }
        match script.steps.front_mut() {
            Some(step) => {
                step.calls = step.calls.map(|calls| calls - 1);
                (step.make)()
            }
            None => {
                drop(script);
                panic!(
                    "this `Flaky` has a script for {} calls, and this is one more: end it with \
                     `.then(…)`",
                    calls - 1
                )
            }
        }
    }

    /// How many times it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.script().calls
    }

    fn empty() -> Self {
        Self { script: Mutex::new(Script { steps: VecDeque::new(), calls: 0 }) }
    }

    fn step(
        self,
        calls: Option<usize>,
        make: impl FnMut() -> Result<T, E> + Send + 'static,
    ) -> Self {
        self.script().steps.push_back(Step { calls, make: Box::new(make) });
        self
    }

    fn script(&self) -> MutexGuard<'_, Script<T, E>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> fmt::Debug for Flaky<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flaky").field("calls", &self.calls()).finish_non_exhaustive()
    }
}
