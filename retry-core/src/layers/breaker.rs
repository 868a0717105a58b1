//! [`CircuitBreaker`]: a pause in the calls to what keeps failing.
//!
//! A call to a service that is down costs its caller a timeout, and slows the service's recovery. A
//! circuit breaker counts how the last calls went. When too many of them failed, it *opens*: calls
//! are refused at once. After a while it is *half-open*: a few probes go through, and when all have
//! ended, it *closes*, or opens again for longer. The pattern is Michael Nygard's ("Release It!",
//! chapter "Stability Patterns").
//!
//! ```
//! use std::io;
//! use std::time::Duration;
//! use persevere::{CircuitBreaker, Rejection, rejection};
//!
//! static BREAKER: CircuitBreaker = CircuitBreaker::new()
//!     .with_name("directory")
//!     .with_count_window(4)
//!     .with_open_duration(Duration::from_secs(30));
//!
//! fn look_up() -> io::Result<()> {
//!     BREAKER.call_blocking(|| Err(io::ErrorKind::ConnectionRefused.into()))
//! }
//!
//! (0..4).for_each(|_| assert_eq!(rejection(&look_up().unwrap_err()), None));
//! let refused = look_up().unwrap_err();
//! assert!(matches!(rejection(&refused), Some(Rejection::CircuitOpen { .. })));
//! ```
//!
//! # Settings
//!
//! | setting | default | resilience4j | why another |
//! |---|---|---|---|
//! | [window](CircuitBreaker::with_count_window) | the last 100 calls | the same | |
//! | [failure rate](CircuitBreaker::with_failure_rate) | 50 % | the same | |
//! | checked | when a call ends, failed or not | the same | |
//! | [minimum calls](CircuitBreaker::with_minimum_calls) | 20 | 100 | at a call a second, 100 failures are a minute and a half of outage before anything happens; 20 is Hystrix's |
//! | [slow calls](CircuitBreaker::with_slow_calls) | not counted | slower than 60 s, all of them | they cost two clock readings a call, and the right threshold is the callee's |
//! | [open](CircuitBreaker::with_open_duration) | 5 s, doubling to [60 s](CircuitBreaker::with_max_open_duration), with [25 % jitter](CircuitBreaker::with_open_jitter) | 60 s | a blip should not cost a minute, an outage not be probed every 5 s, and not by all processes at once |
//! | [probes](CircuitBreaker::with_probes) | 10 | the same | |
//! | [probe timeout](CircuitBreaker::with_probe_timeout) | 60 s | none | one probe that hangs would keep the circuit half-open for good |
//! | [permanent failures](CircuitBreaker::with_permanent_failures_counted) | count as successes | count as failures, like all exceptions | a 404 is an answer, and proof of health |
//!
//! # What a call costs
//!
//! | window | slow calls | a success, closed |
//! |---|---|---|
//! | count, full of calls that neither failed nor were slow | no | two loads |
//! | count, else | no | three loads, and two to five atomic operations on memory that all threads share, and another two to five loads |
//! | time | no | three loads, a clock reading, an addition on this thread's own cache line |
//! | either | yes | two clock readings, and the above without its own |
//!
//! If a few calls always fail and many threads call all the time, use a time window: its threads do
//! not contend for memory.
//!
//! Nothing allocates; with the feature `metrics`, a change of state does, once. A closed circuit takes no lock,
//! with these exceptions: the first call of each tenth of a time window, and each failure in one, takes that window's lock; so does each success
//! while the failure rate is reached but the minimum number of calls is not. A call that an open
//! circuit refuses costs a clock reading and two loads; a call to a half-open one costs the same, or a
//! lock if a probe may begin. The static takes 3,200 bytes.

mod at;
mod call;
mod circuit;
mod count_window;
mod counting;
mod forced;
mod owned;
mod permit;
mod probes;
mod readings;
mod settings;
mod state;
mod tally;
mod time_window;

use std::panic::catch_unwind;
#[cfg(feature = "overrides")]
use std::sync::atomic::AtomicU8;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::circuit::{Change, Circuit, Epoch, Refusal};
use self::count_window::CountWindow;
#[doc(hidden)]
pub use self::owned::OwnedPermit;
pub use self::permit::Permit;
use self::settings::BreakerSettings;
#[cfg(feature = "metrics")]
pub(crate) use self::state::describe_transitions;
pub use self::state::{State, Transition};
pub use self::tally::Tally;
use self::time_window::TimeWindow;
use crate::classify::rejection::Rejection;
use crate::time::tick::Tick;

/// Refuses calls for a while when too many of the last ones failed.
///
/// The [module's page](self) has the settings, where their defaults come from, and what a call
/// costs. A circuit breaker is a constant in a static, one for each
/// service that can be down:
///
/// ```
/// use std::time::Duration;
/// use persevere::CircuitBreaker;
///
/// static SEARCH: CircuitBreaker = CircuitBreaker::new();
/// static PAYMENTS: CircuitBreaker = CircuitBreaker::new()
///     .with_name("payments")
///     .with_time_window(Duration::from_secs(30))
///     .with_failure_rate(0.25)
///     .with_slow_calls(Duration::from_secs(2), 0.8)
///     .with_listener(|transition| eprintln!("{transition}"));
/// # assert!(SEARCH.try_acquire().is_ok() && PAYMENTS.try_acquire().is_ok());
/// ```
pub struct CircuitBreaker {
    settings: BreakerSettings,
    window: Window,
    circuit: Circuit,
    listener_has_panicked: AtomicBool,
    /// The state that a table of overrides has forced, counted from 1; 0 if none has.
    #[cfg(feature = "overrides")]
    outside: AtomicU8,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "breakers are statics, and boxes are not `const`")]
enum Window {
    Count(CountWindow),
    Time(TimeWindow),
}

impl CircuitBreaker {
    /// Asks for a permit to make one call.
    ///
    /// # Errors
    ///
    /// With [`Rejection::CircuitOpen`] if no call may be made now. Its `retry_in` is what is left of
    /// the open duration; the longest open duration if the circuit was forced open; and zero while
    /// all probes are under way, since nobody knows when they will end.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Rejection};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert!(BREAKER.try_acquire().is_ok());
    /// BREAKER.force_open();
    /// assert!(matches!(BREAKER.try_acquire(), Err(Rejection::CircuitOpen { .. })));
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, Rejection> {
        self.acquire(Tick::now)
    }

    #[inline]
    fn acquire(&self, now: impl Fn() -> Tick) -> Result<Permit<'_>, Rejection> {
        let mut epoch = self.circuit.epoch();
        if !epoch.lets_all_through() {
            epoch = self.ask(&now)?;
        }
        let began = if self.settings.slow.is_some() { now() } else { Tick::FIRST };
        Ok(Permit::new(self, epoch, began))
    }

    /// Asks for admission to a circuit that is not simply closed.
    #[cold]
    fn ask(&self, now: impl Fn() -> Tick) -> Result<Epoch, Rejection> {
        let (admission, change) = self.circuit.admit(self.settings.probing, now);
        // Held while the change is reported: a panic there then gives back the probe's permit.
        let held = admission.map(|epoch| Permit::new(self, epoch, Tick::FIRST));
        self.report(change);
        match held {
            Ok(permit) => Ok(permit.into_epoch()),
            Err(refusal) => Err(Rejection::CircuitOpen { retry_in: self.retry_after(refusal) }),
        }
    }

    fn retry_after(&self, refusal: Refusal) -> Duration {
        match refusal {
            Refusal::Open(left) => left,
            Refusal::Probing => Duration::ZERO,
            Refusal::Forced => self.settings.open.max_delay(),
        }
    }

    fn give_back(&self, epoch: Epoch) {
        self.circuit.give_back(epoch);
    }

    /// Reports a change of state, outside of the lock.
    fn report(&self, change: Option<Change>) {
        let Some(Change { from, to, open_for }) = change else { return };
        let transition = Transition { name: self.settings.name, from, to, open_for };
        transition.trace();
        #[cfg(feature = "metrics")]
        transition.count();
        if let Some(listener) = self.settings.listener {
            let returned = catch_unwind(|| listener(&transition));
            if returned.is_err() && !self.listener_has_panicked.swap(true, Ordering::Relaxed) {
                transition.trace_panic();
            }
        }
    }
}
