//! [`Flaky`]: an operation that fails by a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

type Make<T, E> = Box<dyn FnMut() -> Result<T, E> + Send>;

/// An operation with a script: it fails the scripted number of times, then succeeds, and counts its
/// calls.
///
/// Share it by reference, between threads too. Each step's closure runs for one call at a time. It may
/// use the `Flaky` that it belongs to: [`call`](Self::call) then plays the next step, but panics if the
/// same step would have to answer.
///
/// ```
/// use persevere::testing::Flaky;
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
/// use persevere::testing::Flaky;
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
    /// The number of calls that the step still answers; `None` for all further calls.
    calls: Option<usize>,
    answers: Arc<Answers<T, E>>,
}

/// Makes a step's answers. It is the user's code, so it runs while the script is not locked.
struct Answers<T, E> {
    make: Mutex<Make<T, E>>,
    /// The thread on which it is running.
    at_work: Mutex<Option<ThreadId>>,
}

impl<T, E> Answers<T, E> {
    /// Makes one more answer; `None` if this thread is already making one.
    fn next(&self) -> Option<Result<T, E>> {
        let this_thread = Some(thread::current().id());
        if *locked(&self.at_work) == this_thread {
            return None;
        }
        let mut make = locked(&self.make);
        *locked(&self.at_work) = this_thread;
        let _at_work = AtWork(&self.at_work);
        Some(make())
    }
}

/// Marks an answer in progress until dropped, by a panic too.
struct AtWork<'a>(&'a Mutex<Option<ThreadId>>);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        *locked(self.0) = None;
    }
}

/// Locks also after a panic: a closure that panics fails its own call, not later ones.
fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T, E> Flaky<T, E> {
    /// Fails in the first `calls` calls, each time with a new error.
    pub fn failing(calls: usize, error: impl FnMut() -> E + Send + 'static) -> Self {
        Self::empty().then_failing(calls, error)
    }

    /// Returns `outcomes` one after the other.
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

    /// Answers every call with a new result of `outcome`.
    ///
    /// ```
    /// # use persevere::testing::Flaky;
    /// let down = Flaky::<u8, _>::always(|| Err("down"));
    /// assert_eq!((down.call(), down.call()), (Err("down"), Err("down")));
    /// ```
    pub fn always(outcome: impl FnMut() -> Result<T, E> + Send + 'static) -> Self {
        Self::empty().then(outcome)
    }

    /// Adds a step: fails in the next `calls` calls, each time with a new error.
    ///
    /// ```
    /// # use persevere::testing::Flaky;
    /// let flaky = Flaky::failing(1, || "busy").then_failing(1, || "down").then(|| Ok(()));
    /// assert_eq!([flaky.call(), flaky.call(), flaky.call()], [Err("busy"), Err("down"), Ok(())]);
    /// ```
    #[must_use]
    pub fn then_failing(self, calls: usize, mut error: impl FnMut() -> E + Send + 'static) -> Self {
        self.step(Some(calls), move || Err(error()))
    }

    /// Adds the last step: answers all further calls.
    #[must_use]
    pub fn then(self, outcome: impl FnMut() -> Result<T, E> + Send + 'static) -> Self {
        self.step(None, outcome)
    }

    /// Plays the next step of the script.
    ///
    /// # Panics
    ///
    /// If the script has ended: end it with [`then`](Self::then) if you expect further calls. If the
    /// closure of a step calls this and the same step would have to answer.
    ///
    /// ```should_panic
    /// # use persevere::testing::Flaky;
    /// let flaky = Flaky::outcomes([Err("busy"), Ok(3)]);
    /// let _ = (flaky.call(), flaky.call(), flaky.call());
    /// ```
    #[track_caller]
    #[allow(clippy::missing_errors_doc, reason = "to fail is what it is for")]
    pub fn call(&self) -> Result<T, E> {
        let (answers, calls) = self.next_step();
        let Some(answers) = answers else {
            panic!(
                "this `Flaky` has a script for {} calls, and this is one more: end it with \
                 `.then(…)`",
                calls - 1
            )
        };
        answers.next().unwrap_or_else(|| {
            panic!(
                "a step of this `Flaky` calls it for another answer of the same step, which cannot \
                 run twice at once: write a step for each of both, such as `.then_failing(1, …)`"
            )
        })
    }

    /// The maker of the next answer, unless the script has ended; and the call's number, from 1.
    fn next_step(&self) -> (Option<Arc<Answers<T, E>>>, usize) {
        let mut script = self.script();
        script.calls += 1;
        let mut over = Vec::new();
        while script.steps.front().is_some_and(|step| step.calls == Some(0)) {
            over.extend(script.steps.pop_front());
        }
        let answers = script.steps.front_mut().map(|step| {
            step.calls = step.calls.map(|calls| calls - 1);
            Arc::clone(&step.answers)
        });
        let calls = script.calls;
        drop(script); // before `over`, since a closure may own what calls this when it is dropped
        (answers, calls)
    }

    /// The number of calls so far.
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
        let answers = Answers { make: Mutex::new(Box::new(make)), at_work: Mutex::new(None) };
        self.script().steps.push_back(Step { calls, answers: Arc::new(answers) });
        self
    }

    fn script(&self) -> MutexGuard<'_, Script<T, E>> {
        locked(&self.script)
    }
}

impl<T, E> fmt::Debug for Flaky<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flaky").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;

    use super::*;

    static OWN: OnceLock<Flaky<usize, usize>> = OnceLock::new();

    fn own() -> &'static Flaky<usize, usize> {
        OWN.get().expect("it is made before it is called")
    }

    #[test]
    fn a_closure_may_ask_and_call_the_flaky_that_it_belongs_to() {
        let flaky = Flaky::failing(1, || own().calls())
            .then_failing(1, || own().call().unwrap_or(0))
            .then(|| Ok(own().calls() * 10));
        assert!(OWN.set(flaky).is_ok());
        assert_eq!(own().call(), Err(1));
        assert_eq!(own().call(), Err(30)); // the third call, within the second
        assert_eq!(own().call(), Ok(40));
    }

    #[test]
    fn a_step_that_asks_for_another_answer_of_its_own_is_told_so() {
        static ITSELF: OnceLock<Flaky<(), ()>> = OnceLock::new();
        let again = || ITSELF.get().ok_or(()).and_then(Flaky::call);
        let itself = ITSELF.get_or_init(|| Flaky::always(again));
        for _ in 0..2 {
            // Each time: the panic leaves no state behind.
            let panic = catch_unwind(AssertUnwindSafe(|| itself.call())).unwrap_err();
            let constant = panic.downcast_ref::<&str>().map(ToString::to_string);
            let sentence = constant.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap();
            assert!(sentence.starts_with("a step of this `Flaky` calls it"), "{sentence}");
        }
    }

    #[test]
    fn what_a_closure_owns_may_ask_when_it_is_dropped() {
        static ASKED: OnceLock<Flaky<usize, ()>> = OnceLock::new();
        static CALLS: Mutex<Option<usize>> = Mutex::new(None);

        struct Asks;

        impl Drop for Asks {
            fn drop(&mut self) {
                *locked(&CALLS) = ASKED.get().map(Flaky::calls);
            }
        }

        let asks = Asks;
        let asked = ASKED.get_or_init(|| {
            Flaky::failing(1, move || {
                let _ = &asks;
            })
            .then(|| Ok(7))
        });
        assert_eq!((asked.call(), asked.call()), (Err(()), Ok(7)));
        assert_eq!(*locked(&CALLS), Some(2)); // the first step is over when the second is asked
    }

    #[test]
    fn a_closure_that_panics_fails_one_call() {
        let mut panics = [true, false].into_iter();
        let flaky = Flaky::<(), u8>::failing(2, move || {
            assert!(!panics.next().unwrap_or(false), "as scripted");
            7
        });
        assert!(catch_unwind(AssertUnwindSafe(|| flaky.call())).is_err());
        assert_eq!(flaky.call(), Err(7));
        assert_eq!(flaky.calls(), 2);
    }

    #[test]
    fn threads_share_a_step_that_answers_one_at_a_time() {
        let mut count = 0;
        let flaky = Flaky::<usize, ()>::always(move || {
            count += 1;
            Ok(count)
        });
        let mut answers: Vec<usize> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..50).map(|_| flaky.call().unwrap()).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        answers.sort_unstable();
        assert_eq!(answers, (1..=200).collect::<Vec<_>>());
    }
}
