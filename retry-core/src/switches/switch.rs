//! [`Switch`]: how retries differ in a test.

use std::sync::{Arc, Mutex};

use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::recorder::Recorder;
use super::scope::{ProcessGuard, ThreadGuard};

/// How retries differ in a test; in force in a scope.
///
/// Scopes nest: an inner one adds to the outer one, and wins where both set the same. The recorders of
/// all scopes listen.
///
/// ```
/// use persevere::testing::{self, Switch};
///
/// fn quick() -> Switch {
///     testing::no_waiting().without_jitter().cap_retries(3)
/// }
///
/// let _scope = quick().on_this_thread();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a switch does nothing until it is put into force, as by `.on_this_thread()`"]
pub struct Switch {
    pub(super) waits: Option<Waits>,
    pub(super) jitter: Option<TestJitter>,
    pub(super) max_retries: Option<u32>,
    pub(super) recorders: Vec<Recorder>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Waits {
    Skipped,
    Made,
}

#[derive(Clone, Debug)]
pub(super) enum TestJitter {
    None,
    Seeded(Arc<Mutex<SmallRng>>),
}

impl Switch {
    /// Makes a switch that changes nothing.
    ///
    /// ```
    /// # use persevere::testing::{Recorder, Switch};
    /// let recorder = Recorder::new();
    /// let _scope = Switch::new().recording(&recorder).on_this_thread();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`testing::no_waiting`](crate::testing::no_waiting).
    pub fn no_waiting(self) -> Self {
        Self { waits: Some(Waits::Skipped), ..self }
    }

    /// Makes waits real again, in a scope within one that has [`no_waiting`](Self::no_waiting).
    ///
    /// ```
    /// use persevere::testing::{self, Switch};
    ///
    /// let _quick = testing::no_waiting().on_this_thread();
    /// let _in_earnest = Switch::new().waiting().on_this_thread();
    /// ```
    pub fn waiting(self) -> Self {
        Self { waits: Some(Waits::Made), ..self }
    }

    /// As [`testing::without_jitter`](crate::testing::without_jitter).
    pub fn without_jitter(self) -> Self {
        Self { jitter: Some(TestJitter::None), ..self }
    }

    /// As [`testing::seeded`](crate::testing::seeded).
    pub fn seeded(self, seed: u64) -> Self {
        let generator = Arc::new(Mutex::new(SmallRng::seed_from_u64(seed)));
        Self { jitter: Some(TestJitter::Seeded(generator)), ..self }
    }

    /// As [`testing::cap_retries`](crate::testing::cap_retries).
    pub fn cap_retries(self, max_retries: u32) -> Self {
        Self { max_retries: Some(max_retries), ..self }
    }

    /// As [`testing::off`](crate::testing::off).
    pub fn off(self) -> Self {
        self.cap_retries(0)
    }

    /// Adds `recorder` as a listener.
    pub fn recording(mut self, recorder: &Recorder) -> Self {
        self.recorders.push(recorder.clone());
        self
    }

    /// Puts the switch into force on this thread, until the guard is dropped.
    ///
    /// ```
    /// use persevere::testing;
    ///
    /// let scope = testing::off().on_this_thread();
    /// // … here nothing is retried.
    /// drop(scope);
    /// ```
    ///
    /// Bind it to a name that begins with a letter, or with an underscore and a letter: `let _ = …` drops
    /// the guard at once. A wait that is then made in earnest says so on the standard error.
    #[track_caller]
    pub fn on_this_thread(self) -> ThreadGuard {
        ThreadGuard::new(self)
    }

    /// Puts the switch into force in the whole process, until the guard is dropped: it affects tests
    /// that run beside this one, too. A scope on a thread or in a future wins over it.
    ///
    /// ```
    /// use persevere::testing;
    ///
    /// let _quick = testing::no_waiting().for_process();
    /// ```
    pub fn for_process(self) -> ProcessGuard {
        ProcessGuard::new(self)
    }

    /// This switch with `inner` in force in a scope within it.
    pub(super) fn with(self, inner: &Self) -> Self {
        let mut recorders = self.recorders;
        for recorder in &inner.recorders {
            if !recorders.contains(recorder) {
                recorders.push(recorder.clone());
            }
        }
        Self {
            waits: inner.waits.or(self.waits),
            jitter: inner.jitter.clone().or(self.jitter),
            max_retries: inner.max_retries.or(self.max_retries),
            recorders,
        }
    }
}
