//! [`Cancel`]: the word that ends a tree of calls.

use std::future::Future;
use std::sync::Arc;
use std::task::Context;

use super::scope::{self, FromFirstPoll};
use super::waiters::Place;
use super::word::Word;
use crate::primitives::entered::Entered;

/// Ends the calls within its scopes, when somebody says so: those of a request whose caller has gone, of a
/// job that is stopped, of a search that has found enough. A clone is the same.
///
/// What a cancelled call does is what it does at a [shutdown](crate::shutdown); and one that has not begun,
/// and can be refused since it has a limit or a layer, does not begin: it ends with
/// [`Rejection::Cancelled`](crate::Rejection::Cancelled).
///
/// With the feature `tokio-util`, it is made from a `CancellationToken`, too.
///
/// ```
/// use std::io;
/// use persevere::{Cancel, retry};
///
/// #[retry]
/// async fn fetch(attempts: &mut u32) -> io::Result<()> {
///     *attempts += 1;
///     Err(io::ErrorKind::ConnectionReset.into())
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let cancel = Cancel::new();
/// let mut attempts = 0;
/// let call = cancel.scope(fetch(&mut attempts));
/// let stop = async {
///     tokio::task::yield_now().await;
///     cancel.cancel(); // while the call waits
/// };
/// let (outcome, ()) = tokio::join!(call, stop);
/// assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
/// assert_eq!(attempts, 1);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Cancel(Source);

#[derive(Clone, Debug)]
enum Source {
    Own(Arc<Word>),
    #[cfg(feature = "tokio-util")]
    TokioUtil(tokio_util::sync::CancellationToken),
}

impl Cancel {
    /// Makes one that nobody has cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self(Source::Own(Arc::new(Word::new())))
    }

    /// Ends the calls in its scopes: see the [type](Self). It cannot be taken back.
    pub fn cancel(&self) {
        match &self.0 {
            Source::Own(word) => word.say(),
            #[cfg(feature = "tokio-util")]
            Source::TokioUtil(token) => token.cancel(),
        }
    }

    /// Whether it has been cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match &self.0 {
            Source::Own(word) => word.is_said(),
            #[cfg(feature = "tokio-util")]
            Source::TokioUtil(token) => token.is_cancelled(),
        }
    }

    /// Runs `future`, whose calls this ends, on whichever threads it is polled; not those of tasks that it
    /// spawns, unless they are [carried](crate::deadline::carry). Scopes nest: either ends what is in both.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Entered::new(FromFirstPoll::of(self.clone()), future)
    }

    /// Runs `body`, whose calls this ends: those of blocking functions on this thread, whose waits end on
    /// another thread's word.
    ///
    /// ```
    /// use std::io;
    /// use std::time::Duration;
    /// use persevere::{Cancel, Policy};
    ///
    /// let cancel = Cancel::new();
    /// let stop = cancel.clone();
    /// let stopper = std::thread::spawn(move || stop.cancel());
    /// let mut attempts = 0;
    /// let outcome: io::Result<()> = cancel.scope_blocking(|| {
    ///     Policy::DEFAULT
    ///         .with_base_delay(Duration::from_secs(300))
    ///         .retry_blocking(|| {
    ///             attempts += 1;
    ///             Err(io::ErrorKind::ConnectionReset.into())
    ///         })
    ///         .call()
    /// });
    /// assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    /// assert_eq!(attempts, 1);
    /// # stopper.join().unwrap();
    /// ```
    pub fn scope_blocking<T>(&self, body: impl FnOnce() -> T) -> T {
        scope::within(self.clone(), body)
    }

    /// Begins to wait for the word.
    pub(super) fn waiting(&self) -> Waiting {
        match &self.0 {
            Source::Own(word) => Waiting::Own(Arc::clone(word), None),
            #[cfg(feature = "tokio-util")]
            Source::TokioUtil(token) => {
                Waiting::TokioUtil(Box::pin(token.clone().cancelled_owned()))
            }
        }
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

/// It is cancelled when the token is, and cancels the token.
///
/// ```
/// use persevere::Cancel;
/// use tokio_util::sync::CancellationToken;
///
/// let token = CancellationToken::new();
/// let cancel = Cancel::from(token.child_token());
/// token.cancel();
/// assert!(cancel.is_cancelled());
/// ```
#[cfg(feature = "tokio-util")]
impl From<tokio_util::sync::CancellationToken> for Cancel {
    fn from(token: tokio_util::sync::CancellationToken) -> Self {
        Self(Source::TokioUtil(token))
    }
}

/// A wait for the word, which is left when this is dropped.
#[derive(Debug)]
pub(super) enum Waiting {
    Own(Arc<Word>, Option<Place>),
    #[cfg(feature = "tokio-util")]
    TokioUtil(std::pin::Pin<Box<tokio_util::sync::WaitForCancellationFutureOwned>>),
}

impl Waiting {
    /// Whether it is cancelled. If not, `context`'s task is woken when it is.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        match self {
            Self::Own(word, place) => word.wait(place, context.waker()),
            #[cfg(feature = "tokio-util")]
            Self::TokioUtil(cancelled) => cancelled.as_mut().poll(context).is_ready(),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        match self {
            Self::Own(word, place) => word.leave(place),
            #[cfg(feature = "tokio-util")]
            Self::TokioUtil(_) => {}
        }
    }
}
