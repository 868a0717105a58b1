//! Deadlines that are handed down by hand: into a tree of calls, through `spawn`, to another process.

use std::future::Future;
use std::time::Duration;

use crate::cancel::scope::Scopes;
use crate::primitives::entered::{Enter, Entered, entered};
use crate::time::clock::Instant;
use crate::time::enclosing;
use crate::time::timeline::{Timeline, enclose};

/// Runs `future`, whose calls keep a deadline: `span` from its first poll, or that of the call around it if
/// that is earlier. They begin no wait that would reach it; those with a `deadline` of their own are cut at it.
/// `future` itself is not.
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use persevere::{deadline, retry};
///
/// #[retry(base_delay = "2s")]
/// async fn fetch(attempts: &mut u32) -> io::Result<()> {
///     *attempts += 1;
///     Err(io::ErrorKind::ConnectionReset.into())
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let mut attempts = 0;
/// deadline::scope(Duration::from_secs(5), fetch(&mut attempts)).await.unwrap_err();
/// assert_eq!(attempts, 2); // after 2 s to 2.5 s; another wait of 4 s would be too long
/// # });
/// ```
pub fn scope<F: Future>(span: Duration, future: F) -> impl Future<Output = F::Output> {
    within(Some(span), future)
}

/// As [`scope`], if there is a span.
pub fn within<F: Future>(span: Option<Duration>, future: F) -> Within<F> {
    Within::new(FromFirstPoll { span, timeline: None }, future)
}

entered! {
    /// The future of [`within`].
    pub struct Within within FromFirstPoll;
}

/// A deadline that is counted from the first poll, if there is one.
#[derive(Debug)]
struct FromFirstPoll {
    span: Option<Duration>,
    timeline: Option<Timeline>,
}

impl Enter for FromFirstPoll {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        if let Some(span) = self.span.take() {
            self.timeline = Some(Timeline::start(Some(span)));
        }
        match &self.timeline {
            Some(timeline) => enclose(timeline, body),
            None => body(),
        }
    }
}

/// Carries the deadline of the call that is running here, and the scopes of [`Cancel`](crate::Cancel) that it
/// is in, into another task: for `tokio::spawn(carry(…))`, which else forgets both.
///
/// ```
/// use std::time::Duration;
/// use persevere::deadline::{carry, remaining, scope};
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let left = scope(Duration::from_secs(5), async {
///     let forgets = tokio::spawn(async { remaining() });
///     let keeps = tokio::spawn(carry(async { remaining() }));
///     (forgets.await.unwrap(), keeps.await.unwrap())
/// });
/// assert_eq!(left.await, (None, Some(Duration::from_secs(5))));
/// # });
/// ```
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    Entered::new(Carried::from_here(), future)
}

/// As [`carry`], onto another thread: `thread::spawn(carry_blocking(…))`.
///
/// ```
/// use std::thread;
/// use std::time::Duration;
/// use persevere::deadline::{carry_blocking, remaining};
/// use persevere::{Policy, Rejection};
///
/// let left = Policy::DEFAULT
///     .retry_blocking(|| Ok::<_, Rejection>(thread::spawn(carry_blocking(remaining)).join().unwrap()))
///     .deadline(Duration::from_secs(5))
///     .call()?;
/// assert!(left.is_some_and(|left| left <= Duration::from_secs(5)));
/// # Ok::<(), Rejection>(())
/// ```
pub fn carry_blocking<T>(body: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let mut carried = Carried::from_here();
    move || carried.enter(body)
}

/// What [`carry`] carries.
struct Carried {
    deadline: Option<Instant>,
    scopes: Scopes,
}

impl Carried {
    fn from_here() -> Self {
        Self { deadline: enclosing::deadline(), scopes: Scopes::here() }
    }
}

impl Enter for Carried {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        enclosing::under(self.deadline, || self.scopes.enter(body))
    }
}

/// The time left until the deadline of the call that is running here: its own, that of a call around it, of a
/// [`scope`], or of the shutdown, whichever is earliest. `None` if there is none; zero if it has passed.
///
/// Send it with what you ask of another process, so that it does not go on for nobody:
///
/// ```
/// use std::time::Duration;
/// use persevere::deadline::{grpc_timeout, remaining};
///
/// # let mut headers: Vec<(&str, String)> = Vec::new();
/// if let Some(left) = remaining() {
///     headers.push(("grpc-timeout", grpc_timeout(left)));
/// }
/// assert_eq!(grpc_timeout(Duration::from_millis(1500)), "1500000u");
/// ```
#[must_use]
pub fn remaining() -> Option<Duration> {
    enclosing::remaining()
}

/// The units of `grpc-timeout`, in nanoseconds.
const UNITS: [(u128, char); 6] = [
    (1, 'n'),
    (1_000, 'u'),
    (1_000_000, 'm'),
    (1_000_000_000, 'S'),
    (60_000_000_000, 'M'),
    (3_600_000_000_000, 'H'),
];

/// The most that eight digits hold, which is as many as `grpc-timeout` may have.
const MOST: u128 = 99_999_999;

/// A span as the value of gRPC's header `grpc-timeout`: in the finest unit in which it has at most eight
/// digits, rounded down. Spans beyond 99,999,999 hours become that.
#[must_use]
pub fn grpc_timeout(span: Duration) -> String {
    let nanoseconds = span.as_nanos();
    let fits = |&&(unit, _): &&(u128, char)| nanoseconds / unit <= MOST;
    let (unit, name) = UNITS.iter().find(fits).copied().unwrap_or((3_600_000_000_000, 'H'));
    format!("{}{name}", (nanoseconds / unit).min(MOST))
}

/// The span that a value of gRPC's header `grpc-timeout` means; `None` if it is not one.
///
/// ```
/// use std::time::Duration;
/// use persevere::deadline::parse_grpc_timeout;
///
/// assert_eq!(parse_grpc_timeout("250m"), Some(Duration::from_millis(250)));
/// assert_eq!(parse_grpc_timeout("soon"), None);
/// ```
#[must_use]
pub fn parse_grpc_timeout(value: &str) -> Option<Duration> {
    let unit = value.chars().next_back()?;
    let digits = value.strip_suffix(unit)?;
    let (unit, _) = UNITS.iter().find(|(_, name)| *name == unit)?;
    if digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = digits.parse::<u128>().ok()? * unit;
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanoseconds % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_of_grpc_is_read_as_it_is_written() {
        for (span, written) in [
            (Duration::ZERO, "0n"),
            (Duration::from_nanos(99_999_999), "99999999n"),
            (Duration::from_millis(100), "100000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_secs(99_999_999), "99999999S"),
            (Duration::from_secs(600_000_000), "10000000M"),
        ] {
            assert_eq!(grpc_timeout(span), written);
            assert_eq!(parse_grpc_timeout(written), Some(span));
        }
        assert_eq!(grpc_timeout(Duration::MAX), "99999999H");
        for wrong in ["", "n", "1", "1x", "-1S", "+1S", "1.5S", "123456789n", "1é", "1 S"] {
            assert_eq!(parse_grpc_timeout(wrong), None, "{wrong}");
        }
    }
}
