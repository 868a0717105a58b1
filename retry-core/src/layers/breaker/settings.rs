//! The constructor and the settings of a [`CircuitBreaker`].

mod half_open;

use std::sync::atomic::AtomicBool;
#[cfg(feature = "overrides")]
use std::sync::atomic::AtomicU8;
use std::time::Duration;

use super::circuit::Circuit;
use super::count_window::CountWindow;
use super::probes::Probing;
use super::state::Transition;
use super::tally::Tally;
use super::time_window::TimeWindow;
use super::{CircuitBreaker, Window};
use crate::policy::Policy;
use crate::primitives::sync::LONGEST;

/// The settings, apart from the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct BreakerSettings {
    pub(super) name: &'static str,
    pub(super) listener: Option<fn(&Transition)>,
    pub(super) failure_rate: f64,
    pub(super) slow: Option<Slow>,
    pub(super) minimum_calls: u32,
    pub(super) permanent_failures_count: bool,
    pub(super) probing: Probing,
    /// Its waits are the open durations.
    pub(super) open: Policy,
}

/// Which calls are slow, and how many of them are too many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slow {
    pub(super) after: Duration,
    pub(super) rate: f64,
}

impl BreakerSettings {
    pub(super) fn is_failing(&self, tally: Tally) -> bool {
        tally.reaches(tally.failed, self.failure_rate)
            || self.slow.is_some_and(|slow| tally.reaches(tally.slow, slow.rate))
    }
}

impl CircuitBreaker {
    /// A closed circuit breaker with the default settings of the [module's page](super).
    ///
    /// ```
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        let settings = BreakerSettings {
            name: "",
            listener: None,
            failure_rate: 0.5,
            slow: None,
            minimum_calls: 20,
            permanent_failures_count: false,
            probing: Probing { probes: 10, timeout: Duration::from_secs(60) },
            open: Policy::DEFAULT
                .with_base_delay(Duration::from_secs(5))
                .with_max_delay(Duration::from_secs(60)),
        };
        let window = Window::Count(CountWindow::new(100));
        Self::of(settings, window)
    }

    const fn of(settings: BreakerSettings, window: Window) -> Self {
        let listener_has_panicked = AtomicBool::new(false);
        Self {
            settings,
            window,
            circuit: Circuit::new(),
            listener_has_panicked,
            #[cfg(feature = "overrides")]
            outside: AtomicU8::new(0),
        }
    }

    /// Sets the name that its [`Transition`]s and the log show.
    ///
    /// ```
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new()
    ///     .with_name("payments")
    ///     .with_listener(|transition| eprintln!("{transition}"));
    ///
    /// BREAKER.force_open(); // circuit payments: closed -> forced open
    /// assert!(format!("{BREAKER:?}").contains("payments"));
    /// ```
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.settings.name = name;
        self
    }

    /// Judges by the last `calls` calls, from 1 to 1024, however long ago they were: 100 unless set.
    ///
    /// # Panics
    ///
    /// If `calls` is 0 or above 1024. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Verdict};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_count_window(3);
    ///
    /// for _ in 0..5 {
    ///     BREAKER.try_acquire().expect("it is closed").succeeded();
    /// }
    /// assert_eq!(BREAKER.tally().calls, 3);
    /// ```
    #[must_use]
    pub const fn with_count_window(self, calls: u32) -> Self {
        assert!(
            calls >= 1 && calls as usize <= LONGEST,
            "a count window holds from 1 to 1024 calls; for more, use `with_time_window`"
        );
        let window = Window::Count(CountWindow::new(calls));
        Self::of(self.settings, window)
    }

    /// Judges by the calls that ended within the last `length` of time; the window moves on in steps of
    /// a tenth of that.
    ///
    /// # Panics
    ///
    /// If `length` is zero. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker =
    ///     CircuitBreaker::new().with_time_window(Duration::from_secs(10));
    ///
    /// let now = Instant::now();
    /// let permit = BREAKER.at(now).try_acquire().expect("it is closed");
    /// permit.at(now).succeeded(&mut SmallRng::seed_from_u64(7));
    /// assert_eq!(BREAKER.at(now).tally().calls, 1);
    /// assert_eq!(BREAKER.at(now + Duration::from_secs(10)).tally().calls, 0);
    /// ```
    #[must_use]
    pub const fn with_time_window(self, length: Duration) -> Self {
        assert!(!length.is_zero(), "a window of no time counts nothing: give a time above 0");
        let window = Window::Time(TimeWindow::new(length));
        Self::of(self.settings, window)
    }

    /// Sets the share of failed calls at which the circuit opens: 0.5 unless set.
    ///
    /// The share is checked whenever a call ends, as in resilience4j. So a success can open the circuit:
    /// if it is the call that completes the minimum number, or if earlier successes have left a time
    /// window. The same share decides about probes.
    ///
    /// # Panics
    ///
    /// If `rate` is NaN, 0.0 or less, or above 1.0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_failure_rate(0.25);
    /// # assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn with_failure_rate(mut self, rate: f64) -> Self {
        assert!(
            rate > 0.0 && rate <= 1.0,
            "the failure rate is a share of calls, above 0.0 and up to 1.0: 0.5 for half of them"
        );
        self.settings.failure_rate = rate;
        self
    }

    /// Opens the circuit also when the share `rate` of the calls took `after` or longer, failed or not.
    /// Not measured unless set: it costs two clock readings a call.
    ///
    /// # Panics
    ///
    /// If `after` is zero, or `rate` is NaN, 0.0 or less, or above 1.0. In a constant, that is a
    /// compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker =
    ///     CircuitBreaker::new().with_slow_calls(Duration::from_secs(2), 0.8);
    /// # assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn with_slow_calls(mut self, after: Duration, rate: f64) -> Self {
        assert!(
            !after.is_zero(),
            "every call takes some time, so all would be slow: give a time above 0"
        );
        assert!(
            rate > 0.0 && rate <= 1.0,
            "the rate of slow calls is a share of calls, above 0.0 and up to 1.0: 0.8 for four in five"
        );
        self.settings.slow = Some(Slow { after, rate });
        self
    }

    /// Sets the minimum number of calls in the window before the circuit opens: 20 unless set, or as many
    /// as a count window holds if that is less.
    ///
    /// # Panics
    ///
    /// If `calls` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Verdict, breaker::State};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(2);
    ///
    /// BREAKER.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
    /// assert_eq!(BREAKER.state(), State::Closed);
    /// BREAKER.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
    /// assert_eq!(BREAKER.state(), State::Open);
    /// ```
    #[must_use]
    pub const fn with_minimum_calls(mut self, calls: u32) -> Self {
        assert!(calls > 0, "the minimum of calls is at least 1: no circuit opens before any call");
        self.settings.minimum_calls = calls;
        self
    }

    /// Counts permanent failures as failures, where even those show that the other side is unwell.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Verdict};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_permanent_failures_counted();
    ///
    /// BREAKER.try_acquire().expect("it is closed").failed(Verdict::PERMANENT);
    /// assert_eq!(BREAKER.tally().failed, 1);
    /// ```
    #[must_use]
    pub const fn with_permanent_failures_counted(mut self) -> Self {
        self.settings.permanent_failures_count = true;
        self
    }

    /// Sets a function that is called at each change of state.
    ///
    /// It is called on the thread of the call that made the change, after the change, and without a
    /// lock held, so it may use the circuit breaker. Two changes in quick succession, on two threads, may
    /// be reported in either order.
    ///
    /// A listener that panics does no harm: the call goes on, and the listener's first panic is logged to
    /// `tracing` as an ERROR. (With `panic = "abort"`, the process ends, as it does at any
    /// panic.)
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use persevere::CircuitBreaker;
    ///
    /// static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new()
    ///     .with_name("search")
    ///     .with_listener(|transition| LOG.lock().unwrap().push(transition.to_string()));
    ///
    /// BREAKER.force_open();
    /// assert_eq!(*LOG.lock().unwrap(), ["circuit search: closed -> forced open"]);
    /// ```
    #[must_use]
    pub const fn with_listener(mut self, listener: fn(&Transition)) -> Self {
        self.settings.listener = Some(listener);
        self
    }
}

impl Default for CircuitBreaker {
    /// [`CircuitBreaker::new`].
    fn default() -> Self {
        Self::new()
    }
}
