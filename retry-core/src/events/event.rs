//! [`Event`]: what hooks and logs receive when an attempt fails, or succeeds after failures.

mod debug;
mod halt;
mod kind;
mod line;
mod subject;
mod trace;

use std::fmt;
use std::time::Duration;

pub(crate) use self::halt::Halt;
pub use self::kind::EventKind;
pub(crate) use self::subject::Subject;
use crate::classify::Verdict;
use crate::events::caller::Caller;
use crate::events::site::Site;
use crate::events::text::Text;
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::nanoseconds::Nanoseconds;

/// Something that happened to a retried call.
///
/// Its `Display` is the log line:
///
/// ```text
/// evaluate_code[eval-7]: attempt 2 of 6 failed: Service Unavailable; retrying in 4.3 s
/// evaluate_code[eval-7]: attempt 6 of 6 failed: Service Unavailable; giving up after 5 retries and 1 min 9 s of waiting
/// evaluate_code[eval-7]: attempt 1 of 6 failed: Not Found; giving up, the failure is permanent
/// evaluate_code[eval-7]: attempt 3 of 6 succeeded after 6.4 s of waiting
/// evaluate_code[eval-7]: attempt 2 of 6 failed: Service Unavailable; giving up, the retry budget is used up
/// quote[XYZ]: attempt 2 of 6 was cut at the deadline; giving up with Service Unavailable
/// quote[XYZ]: attempt 2 of 6 was not made, the circuit is open; giving up with Service Unavailable
/// quote[XYZ]: attempt 1 of 6 failed: Too Many Requests; giving up, the wait that it asks for is longer than `max_delay`
/// report: no attempt was made, the bulkhead is full; giving up with too many calls are running
/// poll_job[job-7]: attempt 1 of 11 returned a value that is retried; retrying in 1 s
/// ```
///
/// `examples/retry_logic.rs` prints one of each kind.
///
/// It is always one line, whatever the error says, since an error's text often comes from another
/// machine: in the error, the id and names, control characters (line breaks, escape sequences),
/// bidirectional controls and other invisible formatting characters are escaped, as `\n` or `\u{1b}`. At
/// most 1024 bytes of the error are shown, and 256 of the id; a longer text ends in `…`. The fields sent
/// to `tracing`, and [`Site`], follow the same rules. [`error`](Self::error), [`id`](Self::id) and
/// [`function`](Self::function) return the program's own text, unchanged.
///
/// Hooks receive an event by reference:
///
/// ```
/// use persevere::{Event, Policy};
///
/// // A hook, for `on_retry`.
/// fn count(event: &Event<'_>) {
///     assert_eq!(event.function(), "ship");
///     assert_eq!(event.max_retries(), 5);
///     assert_eq!(event.error().map(ToString::to_string).as_deref(), Some("Busy"));
///     assert!(event.to_string().contains(" of 6 failed: Busy; retrying in "));
/// }
///
/// #[derive(Debug)]
/// struct Busy;
///
/// let outcome = Policy::DEFAULT
///     .retry_blocking(|| Err::<(), _>(Busy))
///     .name("ship")
///     .on(|_| true)
///     .on_retry(count)
///     .sleep(|_| ())
///     .call();
/// assert!(outcome.is_err());
/// ```
///
/// An event goes, in this order, to the function's [`Site`], to `tracing` and `metrics` (where these
/// features are enabled), to the [observers](crate::observe), and last to the function's own hook.
///
/// With the feature `tracing`, every event is sent there, with target `persevere`, the log line
/// as message, and these fields, texts escaped and cut as in the line:
///
/// | field | value | in events |
/// |---|---|---|
/// | `function` | [`function`](Self::function) | all |
/// | `id` | [`id`](Self::id) | of functions with an `id` |
/// | `attempt` | [`attempt`](Self::attempt) | all |
/// | `max_retries` | [`max_retries`](Self::max_retries) | all, unless it is unlimited |
/// | `delay_seconds` | [`delay`](Self::delay) | of retries |
/// | `waited_seconds` | [`waited`](Self::waited) | all |
/// | `elapsed_seconds` | [`elapsed`](Self::elapsed) | of functions with a `context` or a `deadline` |
/// | `class` | [`Class::as_str`](crate::Class::as_str) of the [`verdict`](Self::verdict), or `waiting` | of failures, and of values that are waited for |
/// | `reason` | [`GiveUp::as_str`](crate::engine::GiveUp::as_str) of the [`kind`](Self::kind) | of give-ups |
/// | `error` | [`error`](Self::error) | of failures |
/// | `chaos` | `true` | of calls in which [`chaos`](Self::has_chaos) has acted |
#[allow(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Event<'a> {
    pub(crate) kind: EventKind,
    pub(crate) caller: Caller,
    pub(crate) upstream: Option<&'static str>,
    pub(crate) id: Option<&'a Text<'a>>,
    pub(crate) attempt: u32,
    pub(crate) limit: RetryLimit,
    pub(crate) delay: Option<Duration>,
    pub(crate) waited: Nanoseconds,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) subject: Subject<'a>,
    /// What ended the attempt, if not its own failure. If the call ends, the subject is what the caller
    /// gets.
    pub(crate) halt: Option<Halt>,
    /// The call ends with a permanent failure of an attempt that was neither refused nor cut: an answer,
    /// which no `fallback` replaces.
    pub(crate) is_answer: bool,
    /// A retry was reported and then cancelled: this is the second event of the attempt before it.
    pub(crate) is_called_off: bool,
    /// The attempt ran for so long that the count starts anew with its failure.
    pub(crate) is_anew: bool,
    /// Chaos has acted on an attempt of the call.
    #[cfg(feature = "chaos")]
    pub(crate) has_chaos: bool,
}

impl Event<'_> {
    /// Whether chaos has acted on an attempt of the call, with the feature of that name: the failure, or the
    /// time that it took, may have been put in on purpose. So may the refusal of a call for which chaos is in
    /// force. The line of such an event ends in `[chaos]`.
    ///
    /// ```
    /// use persevere::Event;
    ///
    /// fn page_the_operator(event: &Event<'_>) -> bool {
    ///     !event.has_chaos()
    /// }
    /// ```
    #[must_use]
    #[cfg_attr(not(feature = "chaos"), allow(clippy::unused_self, reason = "no call has it"))]
    pub const fn has_chaos(&self) -> bool {
        #[cfg(feature = "chaos")]
        {
            self.has_chaos
        }
        #[cfg(not(feature = "chaos"))]
        {
            false
        }
    }

    /// What has happened.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// The function's name: `module::path::function`, or the one that `name = …` gives. Log lines leave
    /// out the module path.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.caller.name().full()
    }

    /// The annotated function, with its place in the source and its counts; `None` for a closure.
    #[must_use]
    pub fn site(&self) -> Option<&'static Site> {
        match self.caller {
            Caller::Function(site) => Some(site()),
            Caller::Closure(_) => None,
        }
    }

    /// The name of the [`Upstream`](crate::Upstream) that the call is on.
    #[must_use]
    pub const fn upstream(&self) -> Option<&'static str> {
        self.upstream
    }

    /// What the call is about: the value of `id = …`, unchanged.
    #[must_use]
    pub fn id(&self) -> Option<&dyn fmt::Display> {
        self.id.map(|id| id as &dyn fmt::Display)
    }

    /// The attempt that ended, counted from 1, or that a circuit breaker or a bulkhead refused.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How many retries the call's policy allows; `u32::MAX` if they are
    /// [unlimited](Self::is_unlimited).
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.limit.number()
    }

    /// Whether the number of retries is unlimited: the log line then says `attempt 2 of unlimited`, and
    /// the field `max_retries` is missing.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.limit.is_unlimited()
    }

    /// Whether this failure counts as the first, since its attempt ran for at least the policy's
    /// [`reset_after`](crate::Policy::with_reset_after): the attempt that follows has the number 2.
    #[must_use]
    pub const fn counts_anew(&self) -> bool {
        self.is_anew
    }

    /// The wait that begins, jitter included; `None` unless a retry follows. Under
    /// [`testing::no_waiting`](crate::testing::no_waiting), this is the wait that would have been made.
    #[must_use]
    pub const fn delay(&self) -> Option<Duration> {
        self.delay
    }

    /// The sum of the waits between attempts so far, as they were decided; the wait that begins is not
    /// included.
    #[must_use]
    pub const fn waited(&self) -> Duration {
        self.waited.span()
    }

    /// The time since the call began, in functions with a `context` or a `deadline`. Elsewhere `None`: a
    /// call that succeeds at once reads no clock for events.
    #[must_use]
    pub const fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// Whether a call succeeded after polls alone.
    pub(crate) const fn has_only_waited(&self) -> bool {
        matches!(self.subject, Subject::SuccessAfterPolls)
    }

    /// What the failure said about trying again; `None` on success, and for a value that is
    /// [waited for](Self::is_waiting).
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// Whether the attempt returned a value that `on_ok` retries and that is no failure by its own
    /// [`Classify`](crate::Classify): a job that still runs. Circuit breakers count it as a success, the retry
    /// costs no budget, the log has it at level DEBUG, and [`sites`](crate::sites) and metrics count it as a poll.
    /// `on_retry` hears it, as every attempt that another follows: a hook that counts failures asks this first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let (mut progress, mut polls) = (0, 0);
    /// let done = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         progress += 50;
    ///         Ok::<_, std::io::Error>(progress)
    ///     })
    ///     .on_ok(|progress| *progress < 100)
    ///     .on_retry(|event| polls += u32::from(event.is_waiting()))
    ///     .call();
    /// assert_eq!((done.ok(), polls), (Some(100), 1));
    /// ```
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.subject, Subject::Waiting)
    }

    /// The failure: by its `Display`, else its `Debug`, else the name of its type; `None` on
    /// success, and for an `Ok` value that is retried.
    ///
    /// The text is unchanged: with its line breaks, and however long. (An error that is not `Sync` is
    /// written out beforehand, up to 64 KiB.) The event's own `Display` escapes it.
    #[must_use]
    pub fn error(&self) -> Option<&dyn fmt::Display> {
        self.error_text().map(|text| text as &dyn fmt::Display)
    }

    pub(crate) fn error_text(&self) -> Option<&Text<'_>> {
        match &self.subject {
            Subject::Error(error) => Some(error),
            Subject::Success | Subject::SuccessAfterPolls | Subject::Value | Subject::Waiting => {
                None
            }
        }
    }
}

impl Event<'_> {
    /// What the attempt was, as logs and metrics label it; `None` for a success.
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    pub(crate) fn class_label(&self) -> Option<&'static str> {
        if self.is_waiting() {
            return Some("waiting");
        }
        self.verdict.map(|verdict| verdict.kind().as_str())
    }
}
