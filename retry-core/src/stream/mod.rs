//! Streams that outlive their connections.
//!
//! A consumer of events, a subscription, a change feed: it connects, receives for hours, and connects anew
//! when the connection breaks. [`reconnect`] is that loop as one stream.

mod hand;
mod settings;

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures_core::Stream;

use self::hand::Giver;
pub use self::settings::Reconnect;
use crate::call::attempt::Attempt;
use crate::cancel::is_cancelled;
use crate::cancel::watch::Watch;
use crate::classify::Classify;
use crate::policy::Policy;

/// A stream that connects by `connect`, and connects anew when the connection fails or ends.
///
/// `connect` gets the last item that was received, `None` before the first, and returns a stream of results,
/// or an error if there is no connection. What has been received is yielded as `Ok`; whoever needs to go on
/// where it stopped reads the position from the last item. Items are cloned for that: an `Arc` is cheap.
///
/// - **A failure** is an error of `connect` or of its stream. Its [`Classify`] says whether a retry follows. If
///   none does, the error is yielded as the last item: a permanent one, or one after the policy's last retry.
///   Those before it are seen by log, metrics and observers alone.
/// - **An end** of the connected stream is waited for like a failure, and connected again; peers end streams
///   when they are deployed anew. Where no retry is left, this stream ends as well. One that is over for good
///   says so by a permanent error, as by HTTP's 204.
/// - **The count and the waits start anew** once a connection has stood for the policy's
///   [`reset_after`](Policy::with_reset_after), or 60 seconds where the policy has none, and then fails. A first
///   item does not reset them: a peer that accepts, sends a greeting and fails would be asked without a pause.
///   [`Policy::RECONNECT`] is made for this.
/// - **A shutdown**, or a [`Cancel`](crate::Cancel) in whose scope the stream is polled, ends the wait at once, and
///   the last error is yielded. A connection that stands is closed before its next item, and the stream ends.
///   A `connect` that runs is not cut.
///
/// Nothing happens unless it is polled: not even a wait begins. After its end it may be polled on, and gives
/// `None`. A stream of plain values is one of results by `StreamExt::map(Ok)`.
///
/// ```
/// use std::io;
/// use std::pin::pin;
/// use futures::stream::{self, StreamExt};
/// use persevere::Policy;
/// use persevere::stream::reconnect;
///
/// /// Numbers from `from` on; the connection breaks after two.
/// async fn subscribe(from: u32) -> io::Result<impl stream::Stream<Item = io::Result<u32>>> {
///     let broken = stream::once(async { Err(io::ErrorKind::ConnectionReset.into()) });
///     Ok(stream::iter([Ok(from), Ok(from + 1)]).chain(broken))
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let numbers = reconnect(Policy::RECONNECT, async |last: Option<&u32>| {
///     subscribe(last.map_or(0, |last| last + 1)).await
/// });
/// let first: Vec<_> = numbers.take(5).map(Result::unwrap).collect().await;
/// assert_eq!(first, [0, 1, 2, 3, 4]);
/// # });
/// ```
pub fn reconnect<T, E, S, C>(policy: Policy, connect: C) -> impl Stream<Item = Result<T, E>>
where
    C: AsyncFnMut(Option<&T>) -> Result<S, E>,
    S: Stream<Item = Result<T, E>>,
    T: Clone,
    E: Classify + fmt::Debug,
{
    Reconnect::new(policy).connect(connect)
}

fn locked<T>(line: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What connects, and what has come of it.
struct Line<C, T, E> {
    connect: C,
    last: Option<T>,
    giver: Giver<Result<T, E>>,
}

impl<C, T: Clone, E> Line<C, T, E> {
    /// One connection, from its beginning to its end.
    async fn run<S>(&mut self, attempt: &Attempt) -> Result<(), E>
    where
        C: AsyncFnMut(Option<&T>) -> Result<S, E>,
        S: Stream<Item = Result<T, E>>,
    {
        attempt.connects();
        let mut items = pin!((self.connect)(self.last.as_ref()).await?);
        attempt.is_connected();
        let mut watch = Watch::default();
        while let Some(item) = next(items.as_mut(), &mut watch).await {
            let item = item?;
            self.last = Some(item.clone());
            self.giver.give(Ok(item)).await;
        }
        Ok(())
    }
}

/// The next item; `None` at the end, and once a word ends the connection.
async fn next<S: Stream>(mut items: Pin<&mut S>, watch: &mut Watch) -> Option<S::Item> {
    poll_fn(|context| {
        if is_cancelled() {
            return Poll::Ready(None);
        }
        let polled = items.as_mut().poll_next(context);
        if polled.is_pending() && watch.poll(context) {
            return Poll::Ready(None);
        }
        polled
    })
    .await
}
