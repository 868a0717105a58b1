//! [`Event`]: what is told to hooks and logs when an attempt fails, or succeeds after failures.

use std::fmt;
use std::time::Duration;

use crate::classify::Verdict;
use crate::engine::GiveUp;
use crate::site::Site;
use crate::span_text::SpanText;

/// What has happened, and by it who is told.
///
/// | kind | hook | `tracing` level |
/// |---|---|---|
/// | `Retry` | `on_retry` | WARN |
/// | `GiveUp` | `on_give_up` | ERROR |
/// | `LateSuccess` | none | INFO |
///
/// ```
/// use retry_core::engine::GiveUp;
/// use retry_core::{Event, EventKind};
///
/// // A hook, for `on_give_up`.
/// fn page_somebody(event: &Event<'_>) {
///     match event.kind() {
///         EventKind::GiveUp(GiveUp::Exhausted) => println!("still down: {event}"),
///         _ => println!("not worth a call: {event}"),
///     }
/// }
/// # let _ = page_somebody;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// An attempt failed, and another follows once [`Event::delay`] has passed.
    Retry,
    /// An attempt failed, and its outcome goes to the caller: for that reason.
    GiveUp(GiveUp),
    /// An attempt after the first succeeded. A call that succeeds at once is no event.
    LateSuccess,
}

/// Something that happened to a retried call.
///
/// Its `Display` is the log line:
///
/// ```text
/// evaluate_code[eval-7]: attempt 2 of 6 failed: Service Unavailable; retrying in 4.3 s
/// evaluate_code[eval-7]: attempt 6 of 6 failed: Service Unavailable; giving up after 5 retries and 1 min 9 s of waiting
/// evaluate_code[eval-7]: attempt 1 of 6 failed: Not Found; giving up, the failure is permanent
/// evaluate_code[eval-7]: attempt 3 of 6 succeeded after 6.4 s of waiting
/// ```
///
/// `examples/retry_logic.rs` prints one of each kind. Hooks receive an event by reference:
///
/// ```
/// use retry_core::Event;
///
/// // A hook, for `on_retry`.
/// fn count(event: &Event<'_>) {
///     assert_eq!(event.function(), "shop::orders::ship");
///     assert_eq!((event.attempt(), event.max_retries()), (1, 5));
///     assert_eq!(event.error().map(ToString::to_string).as_deref(), Some("busy"));
///     assert!(event.to_string().starts_with("ship: attempt 1 of 6 failed: busy; retrying in 2"));
/// }
/// # use retry_core::{Policy, Verdict, private::{Call, Site}};
/// # static SITE: Site = Site::in_module("shop::orders::ship", "ship");
/// # let mut counted = 0;
/// # let mut hook = |event: &Event<'_>| { count(event); counted += 1 };
/// # let call = Call::new(&SITE, &Policy::DEFAULT).on_retry(&mut hook);
/// # assert!(call.failed(None, Verdict::TRANSIENT, &"busy").is_some());
/// # assert_eq!(counted, 1);
/// ```
///
/// With the feature `tracing`, every event is sent there too, with target `persevere`, the log line
/// as message, and these fields:
///
/// | field | value | in events |
/// |---|---|---|
/// | `function` | [`function`](Self::function) | all |
/// | `id` | [`id`](Self::id) | of functions with an `id` |
/// | `attempt` | [`attempt`](Self::attempt) | all |
/// | `max_retries` | [`max_retries`](Self::max_retries) | all |
/// | `delay_seconds` | [`delay`](Self::delay) | of retries |
/// | `waited_seconds` | [`waited`](Self::waited) | all |
/// | `elapsed_seconds` | [`elapsed`](Self::elapsed) | of functions with a `context` |
/// | `class` | [`Class::as_str`](crate::Class::as_str) of the [`verdict`](Self::verdict) | of failures |
/// | `error` | [`error`](Self::error) | of failures |
#[derive(Clone, Copy)]
pub struct Event<'a> {
    pub(crate) kind: EventKind,
    pub(crate) site: &'a Site,
    pub(crate) id: Option<&'a dyn fmt::Display>,
    pub(crate) attempt: u32,
    pub(crate) max_retries: u32,
    pub(crate) delay: Option<Duration>,
    pub(crate) waited: Duration,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) error: Option<&'a dyn fmt::Display>,
}

impl<'a> Event<'a> {
    /// What has happened.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// The function's name: `module::path::function`, or what `name = …` says. Log lines show the
    /// former without its module path.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.site.name()
    }

    /// What the call is about: the value of `id = …`.
    #[must_use]
    pub const fn id(&self) -> Option<&'a dyn fmt::Display> {
        self.id
    }

    /// The attempt that ended, counted from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How many retries the call's policy allows.
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// The wait that begins, jitter included; `None` unless a retry follows.
    #[must_use]
    pub const fn delay(&self) -> Option<Duration> {
        self.delay
    }

    /// The sum of the waits between attempts so far, as they were decided on; the one that begins
    /// is not included.
    #[must_use]
    pub const fn waited(&self) -> Duration {
        self.waited
    }

    /// Time since the call began, where its start was stamped: in functions with a `context`.
    /// The happy path reads no clock for an event.
    #[must_use]
    pub const fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// What the failure said about trying again; `None` on success.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// The failure: by its `Display`, else its `Debug`, else the name of its type; `None` on
    /// success.
    #[must_use]
    pub const fn error(&self) -> Option<&'a dyn fmt::Display> {
        self.error
    }

    /// Sends the event to `tracing`: WARN for a retry, ERROR for a give-up, INFO for a late
    /// success.
    #[cfg(feature = "tracing")]
    pub(crate) fn trace(&self) {
        macro_rules! emit {
            ($level:ident) => {
                tracing::event!(
                    target: "persevere",
                    tracing::Level::$level,
                    function = self.function(),
                    id = self.id.map(tracing::field::display),
                    attempt = self.attempt,
                    max_retries = self.max_retries,
                    delay_seconds = self.delay.map(|delay| delay.as_secs_f64()),
                    waited_seconds = self.waited.as_secs_f64(),
                    elapsed_seconds = self.elapsed.map(|elapsed| elapsed.as_secs_f64()),
                    class = self.verdict.map(|verdict| verdict.class().as_str()),
                    error = self.error.map(tracing::field::display),
                    "{self}"
                )
            };
        }
        match self.kind {
            EventKind::Retry => emit!(WARN),
            EventKind::GiveUp(_) => emit!(ERROR),
            EventKind::LateSuccess => emit!(INFO),
        }
    }

    /// Without the `tracing` feature, events go to hooks alone.
    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    pub(crate) fn trace(&self) {}
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.site.label())?;
        if let Some(id) = self.id {
            write!(f, "[{id}]")?;
        }
        write!(f, ": attempt {} of {} ", self.attempt, u64::from(self.max_retries) + 1)?;
        let Some(error) = self.error else {
            return write!(f, "succeeded after {} of waiting", SpanText(self.waited));
        };
        write!(f, "failed: {error}; ")?;
        match self.kind {
            EventKind::GiveUp(GiveUp::Permanent) => {
                f.write_str("giving up, the failure is permanent")
            }
            EventKind::GiveUp(GiveUp::Requested) => f.write_str("giving up, as the function asked"),
            EventKind::GiveUp(GiveUp::Exhausted) => {
                let retries = self.attempt - 1;
                let word = if retries == 1 { "retry" } else { "retries" };
                let waited = SpanText(self.waited);
                write!(f, "giving up after {retries} {word} and {waited} of waiting")
            }
            EventKind::Retry | EventKind::LateSuccess => {
                write!(f, "retrying in {}", SpanText(self.delay.unwrap_or_default()))
            }
        }
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("function", &self.function())
            .field("id", &self.id.map(ToString::to_string))
            .field("attempt", &self.attempt)
            .field("max_retries", &self.max_retries)
            .field("delay", &self.delay)
            .field("waited", &self.waited)
            .field("elapsed", &self.elapsed)
            .field("verdict", &self.verdict)
            .field("error", &self.error.map(ToString::to_string))
            .finish()
    }
}
