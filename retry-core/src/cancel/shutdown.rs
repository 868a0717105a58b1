//! [`shutdown`]: the end of the process, which every call hears of.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::scope;
use super::waiters::Place;
use super::word::Word;

static BEGUN: Word = Word::new();

/// The shutdown of this process: a value of no size, the same wherever it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Shutdown(());

/// The shutdown of this process, for whoever begins it, as on Ctrl-C or `SIGTERM`, and whoever waits for it.
///
/// Once it has begun, no call makes a further attempt:
///
/// - A wait between two attempts ends at once, in tasks and in threads, and the caller gets the error of its
///   last attempt. Hooks, log and metrics get [`GiveUp::Cancelled`](crate::engine::GiveUp::Cancelled).
/// - A call in the queue of a [`Bulkhead`](crate::Bulkhead) ends with
///   [`Rejection::Cancelled`](crate::Rejection::Cancelled). No further hedge starts.
/// - An attempt that runs is not cut: its outcome counts. A call that begins makes one attempt, so that
///   what a request has begun can be ended, and what must be saved is.
/// - A worker of durable tasks begins no further task, as when its own `run_until` is ready.
///
/// It cannot be taken back. For a part of the process, or a test, there is [`Cancel`](crate::Cancel).
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn ctrl_c() -> std::io::Result<()> { Ok(()) }
/// # #[cfg(feature = "tokio")]
/// # async fn serve() {}
/// # #[cfg(feature = "tokio")]
/// # async fn run() -> std::io::Result<()> {
/// let server = tokio::spawn(serve());
/// ctrl_c().await?; // `tokio::signal::ctrl_c()`
/// persevere::shutdown().begin();
/// server.await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub const fn shutdown() -> Shutdown {
    Shutdown(())
}

impl Shutdown {
    /// Begins the shutdown, unless it has begun.
    pub fn begin(self) {
        BEGUN.say();
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(self) -> bool {
        has_begun()
    }

    /// Is ready once it has begun: for loops of your own.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # use std::task::{Context, Poll, Waker};
    /// let begun = persevere::shutdown().begun();
    /// # let polled = pin!(begun).poll(&mut Context::from_waker(Waker::noop()));
    /// # assert_eq!(polled, Poll::Pending);
    /// ```
    pub fn begun(self) -> impl Future<Output = ()> + Send + Sync + 'static {
        Begun(OfShutdown::default())
    }
}

/// One relaxed load.
#[inline]
pub(super) fn has_begun() -> bool {
    BEGUN.is_said()
}

/// A place among those who wait for the shutdown, which is left when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct OfShutdown(Option<Place>);

impl OfShutdown {
    /// Whether it has begun. If not, `context`'s task is woken when it does.
    fn poll(&mut self, context: &Context<'_>) -> bool {
        BEGUN.wait(&mut self.0, context.waker())
    }

    /// As `poll`, for a call; a shielded one is not ended.
    pub(crate) fn ends_call(&mut self, context: &Context<'_>) -> bool {
        self.poll(context) && !scope::is_shielded()
    }
}

impl Drop for OfShutdown {
    fn drop(&mut self) {
        BEGUN.leave(&mut self.0);
    }
}

/// The future of [`Shutdown::begun`].
struct Begun(OfShutdown);

impl Future for Begun {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.poll(context) { Poll::Ready(()) } else { Poll::Pending }
    }
}
