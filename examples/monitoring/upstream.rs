//! The service's dependency: a server that can be set to well, flaky or broken. Every eighth answer of its
//! warehouse is slow, beginning with the first. Its maps say how long to leave them alone when they fail.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, StatusCode, Uri};
use axum::routing::get;
use tokio::net::TcpListener;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Health {
    /// Every request is answered.
    Well,
    /// Of each path every fourth request fails, never two in a row.
    Flaky,
    /// Every request fails.
    Broken,
}

impl Health {
    const EACH: [Self; 3] = [Self::Well, Self::Flaky, Self::Broken];

    /// `well`, `flaky` or `broken`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|health| format!("{health:?}").eq_ignore_ascii_case(name))
    }
}

/// The running server; it stops with its runtime.
#[derive(Clone)]
pub(crate) struct Upstream {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The position in [`Health::EACH`].
    health: AtomicU8,
    /// By path: counted together, requests in turns would fail for one path alone.
    requests: Mutex<HashMap<String, u64>>,
    reservations: AtomicU64,
    failures: AtomicU64,
    failures_while_flaky: AtomicU64,
}

impl State {
    fn answer(&self, path: &str) -> StatusCode {
        let request = self.count(path);
        let health = Health::EACH[usize::from(self.health.load(Ordering::Relaxed))];
        let fails = match health {
            Health::Well => false,
            Health::Flaky => request.is_multiple_of(4),
            Health::Broken => true,
        };
        if !fails {
            return StatusCode::OK;
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        if health == Health::Flaky {
            self.failures_while_flaky.fetch_add(1, Ordering::Relaxed);
        }
        StatusCode::SERVICE_UNAVAILABLE
    }
}

impl State {
    /// How many requests for `path` were before this one.
    fn count(&self, path: &str) -> u64 {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let request = requests.entry(path.to_owned()).or_default();
        *request += 1;
        *request - 1
    }

    async fn reserve(&self) -> StatusCode {
        let reservation = self.reservations.fetch_add(1, Ordering::Relaxed);
        if reservation.is_multiple_of(8) {
            tokio::time::sleep(SLOW).await;
        }
        self.answer("/reserve")
    }
}

/// What the maps answer: 429 with `Retry-After` where another path would fail.
fn in_a_second(answered: StatusCode) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    let status = if answered == StatusCode::OK { answered } else { StatusCode::TOO_MANY_REQUESTS };
    (status, [(RETRY_AFTER, "1")])
}

const SLOW: Duration = Duration::from_millis(200);

impl Upstream {
    /// Starts the server, well, on a free loopback port.
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::<State>::default();
        let [answering, locating, reserving] = [(); 3].map(|()| Arc::clone(&state));
        let router = Router::new()
            .route("/reserve", get(async move || reserving.reserve().await))
            .route("/locate", get(async move || in_a_second(locating.answer("/locate"))))
            .fallback(async move |uri: Uri| answering.answer(uri.path()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, state })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the health from the next request on.
    pub(crate) fn set(&self, health: Health) {
        let position = (0_u8..).zip(Health::EACH).find(|(_, each)| *each == health);
        self.state.health.store(position.map_or(0, |(position, _)| position), Ordering::Relaxed);
    }

    /// The number of failed requests so far.
    pub(crate) fn failures(&self) -> u64 {
        self.state.failures.load(Ordering::Relaxed)
    }

    /// The number of those that failed in the flaky state.
    pub(crate) fn failures_while_flaky(&self) -> u64 {
        self.state.failures_while_flaky.load(Ordering::Relaxed)
    }
}
