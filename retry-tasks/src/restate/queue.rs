//! [`Queue`]: where a producer hands tasks to Restate.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use persevere_core::task::{Task, TaskId};
use restate_sdk::ingress::Client;

use super::enqueue::Enqueue;
use super::handle::Handle;
use super::http::{Admin, Http, Ingress};
use crate::engine::{QueueError, Source};
use crate::queue::MAX_ARGS;

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// The earliest release of Restate whose ingress has what is asked of it.
const EARLIEST: (u64, u64) = (1, 7);

/// Restate, as a producer of tasks sees it. It is cheap to clone.
///
/// ```no_run
/// use std::time::Duration;
/// use persevere::tasks::Task;
/// use persevere::tasks::restate::Queue;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Greet {
///     name: String,
/// }
///
/// impl Task for Greet {
///     type Output = String;
///     const NAME: &'static str = "greet";
/// }
///
/// # async fn greet() -> Result<(), Box<dyn std::error::Error>> {
/// let queue = Queue::connect("http://localhost:8080", "http://localhost:9070").await?;
/// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).delay(Duration::from_secs(10)).await?;
/// println!("{}", handle.wait(Duration::from_secs(60)).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Queue {
    pub(super) restate: Arc<Restate>,
    pub(super) max_args: usize,
}

/// A Restate server, or a cluster of them.
pub(super) struct Restate {
    pub(super) ingress: Ingress,
    pub(super) admin: Admin,
    /// The ingress' address, without a password.
    place: String,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("restate", &self.restate.place).finish_non_exhaustive()
    }
}

impl Queue {
    /// Restate at the address of its ingress, by default on port 8080, and of its administration, by
    /// default on port 9070. Tasks are enqueued and waited for at the first one, asked about and
    /// cancelled at the second one.
    ///
    /// # Errors
    ///
    /// [`QueueError::Open`] if an address is none, the administration does not answer, or the server is
    /// older than Restate 1.7.
    pub async fn connect(
        ingress: impl AsRef<str>,
        admin: impl AsRef<str>,
    ) -> Result<Self, QueueError> {
        let http = reqwest::Client::builder().connect_timeout(CONNECTING).build();
        let http = http.map_err(|error| open(admin.as_ref(), error))?;
        Self::connect_with(http, ingress, admin).await
    }

    /// As [`connect`](Self::connect), with an HTTP client of your own: for TLS, which is a feature of
    /// `reqwest`, or for a token, as a header of every request. It must have no time limit for a whole
    /// request, since [`Handle::wait`](super::Handle::wait) is one.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// ```no_run
    /// use persevere::tasks::restate::Queue;
    /// use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
    ///
    /// # async fn connect(token: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut token = HeaderValue::from_str(&format!("Bearer {token}"))?;
    /// token.set_sensitive(true);
    /// let headers = HeaderMap::from_iter([(AUTHORIZATION, token)]);
    /// let client = reqwest::Client::builder().default_headers(headers).build()?;
    /// let (ingress, admin) = ("https://restate.example:8080", "https://restate.example:9070");
    /// let queue = Queue::connect_with(client, ingress, admin).await?;
    /// # let _ = queue;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect_with(
        client: reqwest::Client,
        ingress: impl AsRef<str>,
        admin: impl AsRef<str>,
    ) -> Result<Self, QueueError> {
        let (ingress, admin) = (ingress.as_ref(), admin.as_ref());
        let http = Http(client);
        let uri = ingress.parse().map_err(|error: http::uri::InvalidUri| open(ingress, error))?;
        let client = Client::new(uri, http.clone()).map_err(|error| open(ingress, error))?;
        let base = admin.parse::<reqwest::Url>().map_err(|error| open(admin, error))?;
        let place = without_password(ingress);
        let restate = Restate { ingress: client, admin: Admin::new(http, base), place };
        let version = restate.admin.version().await.map_err(|error| open(admin, error))?;
        if is_earlier(&version) {
            let (major, minor) = EARLIEST;
            let why = format!("it is Restate {version}, and {major}.{minor} or later is needed");
            return Err(open(admin, why));
        }
        Ok(Self { restate: Arc::new(restate), max_args: MAX_ARGS })
    }

    /// The same queue with another limit for a task's arguments, in bytes of JSON: 1 MiB, unless set
    /// here. A server takes 32 MiB, unless it is configured otherwise.
    #[must_use]
    pub fn max_args(self, bytes: usize) -> Self {
        Self { max_args: bytes, ..self }
    }

    /// A task to be stored: what else there is to say is said before it is awaited.
    ///
    /// See [`Enqueue`].
    #[expect(clippy::needless_pass_by_value, reason = "the task is handed over")]
    pub fn enqueue<T: Task>(&self, task: T) -> Enqueue<'_, T> {
        Enqueue::new(self, &task)
    }

    /// What is known of a task that was enqueued before, perhaps by another program.
    pub fn handle<T: Task>(&self, id: TaskId) -> Handle<T> {
        Handle { queue: self.clone(), id, task: PhantomData }
    }

    /// Has Restate call a [`Worker`](super::Worker) at that address: to be done once for each release of
    /// the worker, as `restate deployments register --force` does.
    ///
    /// Give all releases one address, such as that of a load balancer, and register it again when there
    /// is a new task: whatever has changed in the tasks, the new release goes on with what the old one
    /// has begun, also while both answer at that address. A task that has begun stays with its address,
    /// so that an old one must be served until its tasks have ended.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`], with Restate's words, if Restate does not answer, does not reach the
    /// worker, or refuses what it finds there.
    pub async fn register(&self, address: impl AsRef<str>) -> Result<(), QueueError> {
        self.restate.admin.register(address.as_ref()).await
    }
}

fn open(place: &str, source: impl Into<Source>) -> QueueError {
    QueueError::Open { place: without_password(place), source: source.into() }
}

/// An address without what stands before its host.
fn without_password(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((before, host)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{host}"),
            None => host.to_owned(),
        },
        None => address.to_owned(),
    }
}

/// Whether a version such as `1.6.2` lacks what is asked of it; one that is not understood does not.
fn is_earlier(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u64>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|found| found < EARLIEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for earlier in ["1.6.2", "0.9.0", "1.6"] {
            assert!(is_earlier(earlier), "{earlier}");
        }
        for late_enough in ["1.7.0", "1.10.0", "2.0.0-rc.1", "next"] {
            assert!(!is_earlier(late_enough), "{late_enough}");
        }
    }

    #[test]
    fn addresses_are_shown_without_passwords() {
        assert_eq!(without_password("http://ada:s@cret@localhost:8080"), "http://localhost:8080");
        assert_eq!(without_password("ada:secret@localhost"), "localhost");
        assert_eq!(without_password("http://localhost:8080"), "http://localhost:8080");
    }
}
