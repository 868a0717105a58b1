//! [`State`] and [`Transition`]: the states of a circuit breaker, and its changes of state.

use std::fmt;
use std::time::Duration;

use crate::primitives::one_line::OneLine;
#[cfg(feature = "tracing")]
use crate::primitives::one_line::one_line;
use crate::primitives::span_text::SpanText;

/// A state of a [`CircuitBreaker`](super::CircuitBreaker).
///
/// ```
/// use persevere::{CircuitBreaker, breaker::State};
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
///
/// assert_eq!(BREAKER.state(), State::Closed);
/// BREAKER.force_open();
/// assert_eq!(BREAKER.state().to_string(), "forced open");
/// # BREAKER.reset();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Calls go through, and are counted.
    Closed,
    /// No call goes through, until the open duration is over.
    Open,
    /// A few probes go through; how they end decides whether the circuit closes or opens again.
    HalfOpen,
    /// No call goes through, by [`force_open`](super::CircuitBreaker::force_open).
    ForcedOpen,
    /// Calls go through and are counted, and the circuit does not open, by
    /// [`force_closed`](super::CircuitBreaker::force_closed).
    ForcedClosed,
    /// Calls go through and are not counted, by [`disable`](super::CircuitBreaker::disable).
    Disabled,
}

impl State {
    /// All of them, each at the place that its number names.
    pub(crate) const ALL: [Self; 6] = [
        Self::Closed,
        Self::Open,
        Self::HalfOpen,
        Self::ForcedOpen,
        Self::ForcedClosed,
        Self::Disabled,
    ];

    /// The state in lower-case words, for logs and metrics.
    ///
    /// ```
    /// assert_eq!(persevere::breaker::State::HalfOpen.as_str(), "half-open");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "forced open",
            Self::ForcedClosed => "forced closed",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A circuit breaker's change from one state to another, as its listener receives it.
///
/// Its `Display` is the log line: `circuit payments: closed -> open for 5.6 s`.
///
/// ```
/// use persevere::breaker::{State, Transition};
///
/// // For `with_listener`.
/// fn page_somebody(transition: &Transition) {
///     if transition.to() == State::Open {
///         println!("{transition}");
///     }
/// }
/// # let _: fn(&Transition) = page_somebody;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub(crate) name: &'static str,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) open_for: Option<Duration>,
}

impl Transition {
    /// The circuit breaker's name, empty unless it was given one.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The state before.
    #[must_use]
    pub const fn from(&self) -> State {
        self.from
    }

    /// The state now.
    #[must_use]
    pub const fn to(&self) -> State {
        self.to
    }

    /// How long the circuit is open, jitter included; `None` unless [`State::Open`] is the state
    /// now.
    #[must_use]
    pub const fn open_for(&self) -> Option<Duration> {
        self.open_for
    }

    /// Sends the transition to `tracing`: WARN if the circuit lets nothing through now, else INFO.
    #[cfg(feature = "tracing")]
    pub(crate) fn trace(&self) {
        macro_rules! emit {
            ($level:ident) => {
                tracing::event!(
                    target: "persevere",
                    tracing::Level::$level,
                    circuit = &*one_line(self.name),
                    from = self.from.as_str(),
                    to = self.to.as_str(),
                    open_seconds = self.open_for.map(|open| open.as_secs_f64()),
                    "{self}"
                )
            };
        }
        match self.to {
            State::Open | State::ForcedOpen => emit!(WARN),
            _ => emit!(INFO),
        }
    }

    /// Logs that the listener panicked at this transition.
    #[cfg(feature = "tracing")]
    pub(crate) fn trace_panic(&self) {
        tracing::error!(
            target: "persevere",
            circuit = self.name,
            "the listener of a circuit breaker panicked at this transition: {self}; the call goes \
             on, and further panics of this listener are not logged"
        );
    }

    /// Without `tracing`, the panic hook's report has to be enough.
    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    pub(crate) fn trace_panic(&self) {}

    /// Without the `tracing` feature, transitions go to the listener alone.
    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "the twin of the method above")]
    pub(crate) fn trace(&self) {}
}

#[cfg(feature = "metrics")]
const TRANSITIONS: &str = "retry_breaker_transitions_total";

/// Describes the metric of [`Transition::count`].
#[cfg(feature = "metrics")]
pub(crate) fn describe_transitions() {
    let text = "Changes of a circuit's state.";
    metrics::describe_counter!(TRANSITIONS, metrics::Unit::Count, text);
}

#[cfg(feature = "metrics")]
impl Transition {
    pub(crate) fn count(&self) {
        let (circuit, to) = (self.name, self.to.as_str());
        metrics::counter!(TRANSITIONS, "circuit" => circuit, "to" => to).increment(1);
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("circuit")?;
        if !self.name.is_empty() {
            write!(f, " {}", OneLine(self.name))?;
        }
        write!(f, ": {} -> {}", self.from, self.to)?;
        match self.open_for {
            Some(open_for) => write!(f, " for {}", SpanText(open_for)),
            None => Ok(()),
        }
    }
}
