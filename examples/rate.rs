//! A service that answers 429 with `Retry-After`, and twenty callers: each of them by itself, and on an
//! upstream with a rate and pushback, where one answer holds all: `cargo run --example rate`.
//!
//! The server is a real one, and so is the clock. What is asserted does not depend on how fast the machine is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use futures::future::{join, join_all};
use http::StatusCode;
use http::header::RETRY_AFTER;
use persevere::http::{HttpError, ResponseExt as _};
use persevere::{Budget, Jitter, Policy, Rate, Rejection, Upstream, rejection, retry};
use reqwest::Client;
use tokio::net::TcpListener;

/// For how long the server refuses everything once it is overloaded, as its `Retry-After` says.
const PAUSE: Duration = Duration::from_secs(1);
const CALLERS: u32 = 20;

const POLICY: Policy = Policy::DEFAULT
    .with_base_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_secs(5))
    .with_jitter(Jitter::None);

/// An attempt every 20 ms, and up to five at once after a time with none.
static RATE: Rate = Rate::per_second(50).with_burst(5).with_max_wait(Duration::from_mins(1));
static MAPS: Upstream =
    Upstream::new("maps", &Budget::UNLIMITED).with_policy(POLICY).with_rate(&RATE).with_pushback();

/// Each caller learns for itself that the server is overloaded.
#[retry(policy = POLICY)]
async fn locate_alone(client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// What one caller learns holds all others.
#[retry(upstream = MAPS)]
async fn locate(client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// A caller that cannot wait that long.
#[retry(upstream = MAPS, deadline = "500ms")]
async fn locate_soon(client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

async fn get(client: &Client, url: &str) -> Result<String, HttpError> {
    Ok(client.get(url).send().await?.error_for_retry()?.text().await?)
}

/// A service that is overloaded from its first request on, for the time of the pause.
#[derive(Clone, Default)]
struct Service(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    refused: u32,
    refused_first: Option<Instant>,
    answered: Vec<Instant>,
}

impl Service {
    fn with<T>(&self, change: impl FnOnce(&mut Requests) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self) -> (StatusCode, [(http::HeaderName, String); 1]) {
        let status = self.with(|requests| {
            let now = Instant::now();
            let first = *requests.refused_first.get_or_insert(now);
            if now - first < PAUSE {
                requests.refused += 1;
                return StatusCode::TOO_MANY_REQUESTS;
            }
            requests.answered.push(now);
            StatusCode::OK
        });
        (status, [(RETRY_AFTER, PAUSE.as_secs().to_string())])
    }

    /// Starts it on a free port, and returns its URL.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let service = self.clone();
        let router = Router::new().fallback(async move || service.answer());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::builder().no_proxy().build().expect("a client without settings");

    let service = Service::default();
    let url = service.start().await;
    let answers = join_all((0..CALLERS).map(|_| locate_alone(&client, &url))).await;
    let alone = service.with(|requests| requests.refused);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    println!("each by itself: {alone} of {CALLERS} callers asked an overloaded server");

    let service = Service::default();
    let url = service.start().await;
    let others = async {
        while MAPS.layers().pause_left().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await; // the first caller has not been answered yet
        }
        println!("the first one is asked to wait: {}", MAPS.layers());
        join_all((1..CALLERS).map(|_| locate(&client, &url))).await
    };
    let (first, others) = join(locate(&client, &url), others).await;
    assert!(first.is_ok() && others.iter().all(Result::is_ok), "{first:?} {others:?}");
    let (refused, last) = service.with(|requests| {
        let began = requests.refused_first.expect("the first request");
        (requests.refused, *requests.answered.last().expect("there were answers") - began)
    });
    println!("with pushback: {refused} of {CALLERS} callers asked an overloaded server");
    assert!(refused == 1 && refused <= alone, "nobody asks before the pause is over");
    println!("the last of them is served after {} ms", last.as_millis());
    assert!(last >= PAUSE + RATE.interval() * (CALLERS - 1), "no faster than the rate, no burst");
    assert_eq!((RATE.waiting(), MAPS.layers().pause_left()), (0, None));

    // The server could ask for longer than a caller has time.
    RATE.hold(Duration::from_mins(1));
    let began = Instant::now();
    let refused =
        locate_soon(&client, &url).await.expect_err("its deadline is before the end of the pause");
    println!("whose deadline is too short: {refused}, after {} ms", began.elapsed().as_millis());
    let Some(Rejection::RateLimited { retry_in }) = rejection(&refused) else {
        panic!("{refused:?}")
    };
    assert!(retry_in <= Duration::from_mins(1) && RATE.refusals() == 1);
}
