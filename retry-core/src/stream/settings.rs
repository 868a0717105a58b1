//! [`Reconnect`]: a stream that connects anew, with a name and hooks.

use std::any::type_name;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_core::Stream;

use super::hand::{Handed, hand};
use super::{Line, locked};
use crate::call::attempt::Attempt;
use crate::classify::Classify;
use crate::closure::WithAttempt;
use crate::events::closure_names;
use crate::events::event::Event;
use crate::policy::Policy;

/// How long a connection has to stand before its end counts as the first, where the policy does not say.
const RESET_AFTER: Duration = Duration::from_secs(60);

/// How a stream connects anew: [`reconnect`](super::reconnect), with a name and hooks.
///
/// ```
/// use std::cell::Cell;
/// use std::io;
/// use futures::stream::{self, StreamExt};
/// use persevere::Policy;
/// use persevere::stream::Reconnect;
///
/// async fn subscribe(from: u32) -> io::Result<impl stream::Stream<Item = io::Result<u32>>> {
///     let broken = stream::once(async { Err(io::ErrorKind::ConnectionReset.into()) });
///     Ok(stream::iter([Ok(from), Ok(from + 1)]).chain(broken))
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let breaks = Cell::new(0);
/// let numbers = Reconnect::new(Policy::RECONNECT)
///     .name("numbers")
///     .on_retry(|event| {
///         println!("{event}"); // numbers: attempt 1 failed: connection reset; retrying in 0.4 s
///         breaks.set(breaks.get() + 1);
///     })
///     .connect(async |last: Option<&u32>| subscribe(last.map_or(0, |last| last + 1)).await);
/// let first: Vec<_> = numbers.take(5).map(Result::unwrap).collect().await;
/// assert_eq!((first, breaks.get()), (vec![0, 1, 2, 3, 4], 2));
/// # });
/// ```
///
/// # Upstreams and layers
///
/// It has none. A connection that stands for hours is no call: as an attempt, it would hold a permit of the
/// bulkhead until it breaks, end as a failure to the circuit breaker however well it worked, and be cut by the
/// timeout. What these are for is connecting, so connect by a function on the upstream, which takes its turn
/// there, and leaves retries to the stream:
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use futures::stream::{self, StreamExt};
/// use persevere::stream::Reconnect;
/// use persevere::{Budget, CircuitBreaker, Policy, Rate, Upstream, retry};
///
/// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
/// static RATE: Rate = Rate::per_second(1).with_max_wait(Duration::from_secs(5));
/// static FEED: Upstream = Upstream::new("feed", &Budget::UNLIMITED)
///     .with_timeout(Duration::from_secs(10))
///     .with_breaker(&CIRCUIT)
///     .with_rate(&RATE);
///
/// type Items = stream::Iter<std::vec::IntoIter<io::Result<u32>>>;
///
/// #[retry(
///     upstream = FEED,
///     max_retries = 0,
/// )]
/// async fn subscribe(from: u32) -> io::Result<Items> {
///     Ok(stream::iter(vec![Ok(from), Err(io::ErrorKind::ConnectionReset.into())]))
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let numbers = Reconnect::new(Policy::RECONNECT)
///     .connect(async |last: Option<&u32>| subscribe(last.map_or(0, |last| last + 1)).await);
/// let first: Vec<_> = numbers.take(3).map(Result::unwrap).collect().await;
/// assert_eq!((first, CIRCUIT.tally().calls), (vec![0, 1, 2], 3));
/// # });
/// ```
///
/// With the feature `chaos`, a table of overrides breaks connections by the stream's name: `sleep` delays
/// `connect`, and `return` of any fault is a connection that ends without an item, which is what every error type
/// can have. Name the connecting function for one that fails with a certain fault.
///
/// Nor has it what changes the judgement of failures (`on`, `when`), a `deadline` or a `fallback`: the error's
/// `Classify` judges, and whoever polls the stream ends it by dropping it.
#[derive(Clone, Copy, Debug)]
#[must_use = "it connects once it is given `connect`, and is polled"]
pub struct Reconnect<R = fn(&Event<'_>), G = fn(&Event<'_>)> {
    policy: Policy,
    name: Option<&'static str>,
    on_retry: R,
    on_give_up: G,
}

const UNHEARD: fn(&Event<'_>) = |_| ();

impl Reconnect {
    /// By that policy, as [`reconnect`](super::reconnect).
    pub const fn new(policy: Policy) -> Self {
        Self { policy, name: None, on_retry: UNHEARD, on_give_up: UNHEARD }
    }
}

impl<R, G> Reconnect<R, G> {
    /// Sets the name that events show, and by which overrides reach it: that of the function in which `connect`
    /// stands unless set.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Calls `hook` before each wait for a new connection.
    pub fn on_retry<H: FnMut(&Event<'_>)>(self, hook: H) -> Reconnect<H, G> {
        let Self { policy, name, on_give_up, .. } = self;
        Reconnect { policy, name, on_retry: hook, on_give_up }
    }

    /// Calls `hook` when no new connection follows, before the error is yielded.
    pub fn on_give_up<H: FnMut(&Event<'_>)>(self, hook: H) -> Reconnect<R, H> {
        let Self { policy, name, on_retry, .. } = self;
        Reconnect { policy, name, on_retry, on_give_up: hook }
    }

    /// The stream, which connects by `connect`: as [`reconnect`](super::reconnect).
    pub fn connect<T, E, I, C>(self, connect: C) -> impl Stream<Item = Result<T, E>>
    where
        C: AsyncFnMut(Option<&T>) -> Result<I, E>,
        I: Stream<Item = Result<T, E>>,
        T: Clone,
        E: Classify + fmt::Debug,
        R: FnMut(&Event<'_>),
        G: FnMut(&Event<'_>),
    {
        let Self { policy, name, on_retry, on_give_up } = self;
        let policy = match policy.reset_after() {
            Some(_) => policy,
            None => policy.with_reset_after(RESET_AFTER),
        };
        let (giver, items) = hand();
        Handed::new(items, async move {
            let line = Mutex::new(Some(Line { connect, last: None, giver: giver.clone() }));
            // A future cannot borrow what its closure owns: each attempt takes the line, and puts it back.
            let attempt = |attempt: Arc<Attempt>| {
                let line = &line;
                async move {
                    let Some(mut taken) = locked(line).take() else { return Ok(()) };
                    let outcome = taken.run(&attempt).await;
                    *locked(line) = Some(taken);
                    outcome
                }
            };
            let name = name
                .unwrap_or_else(|| closure_names::of_closure(type_name::<WithAttempt<C>>()).full());
            let call = policy.retry_with_context(attempt);
            #[cfg(feature = "chaos")]
            let call = call.broken_by(|_, _| Ok(())); // the connection ends as it begins
            let ended =
                call.on_ok(|()| true).name(name).on_retry(on_retry).on_give_up(on_give_up).await;
            if let Err(error) = ended {
                giver.give(Err(error)).await;
            }
        })
    }
}
