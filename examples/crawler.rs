//! A circuit for each host: a crawler asks three real servers, one of which is down, and keeps asking the
//! others: `cargo run --example crawler`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use http::StatusCode;
use persevere::breaker::State;
use persevere::http::{HttpError, ResponseExt as _};
use persevere::{Budget, Bulkhead, CircuitBreaker, Jitter, Keyed, Policy, Upstream, retry};
use reqwest::{Client, Url};
use tokio::net::TcpListener;

/// One upstream for each host. The window is one of time, so that a host that is not asked any more is as new
/// again after a minute, and can be forgotten.
static HOSTS: Keyed<Upstream> = Keyed::new(1024, || {
    let breaker = CircuitBreaker::new()
        .with_time_window(Duration::from_mins(1))
        .with_minimum_calls(5)
        .with_open_jitter(Jitter::None);
    Upstream::owning("hosts", Budget::new())
        .breaker(breaker)
        .bulkhead(Bulkhead::adaptive(2..=16).with_max_queue(1_000))
        .with_policy(Policy::INTERACTIVE.with_base_delay(Duration::from_millis(1)))
        .with_timeout(Duration::from_secs(5))
});

#[retry(upstream = HOSTS.of(url.authority()))]
async fn fetch(client: &Client, url: &Url) -> Result<String, HttpError> {
    Ok(client.get(url.clone()).send().await?.error_for_retry()?.text().await?)
}

/// A server that gives each page with that status.
struct Server {
    url: Url,
    requests: Arc<AtomicU32>,
}

impl Server {
    async fn start(status: StatusCode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let requests = Arc::<AtomicU32>::default();
        let counted = Arc::clone(&requests);
        let pages = Router::new().fallback(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { (status, "a page") }
        });
        tokio::spawn(async move { axum::serve(listener, pages).await });
        let url = format!("http://{address}").parse().expect("an address makes a URL");
        Self { url, requests }
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// The number of pages of each host.
const PAGES: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::builder().no_proxy().build().expect("a client without settings");
    let good = [Server::start(StatusCode::OK).await, Server::start(StatusCode::OK).await];
    let bad = Server::start(StatusCode::SERVICE_UNAVAILABLE).await;

    let crawl = |server: &Server| {
        let (client, url) = (client.clone(), server.url.clone());
        tokio::spawn(async move {
            let mut pages = 0;
            for number in 0..PAGES {
                let page = url.join(&format!("/{number}")).expect("a path");
                pages += usize::from(fetch(&client, &page).await.is_ok());
            }
            pages
        })
    };
    let crawls: Vec<_> = good.iter().chain([&bad]).map(crawl).collect();
    let mut pages = Vec::new();
    for crawl in crawls {
        pages.push(crawl.await.expect("a crawl does not panic"));
    }

    for host in HOSTS.keys() {
        let layers = HOSTS.of(&host);
        let breaker = layers.layers().breaker.expect("each has one");
        println!("{host}: the circuit is {}, {}", breaker.state(), breaker.tally());
    }
    println!("pages: {pages:?}; requests to the server that is down: {}", bad.requests());
    assert_eq!(pages, [PAGES, PAGES, 0], "the others lose nothing");
    assert!(bad.requests() < 10, "the one that is down is left alone: {}", bad.requests());
    let state = |server: &Server| {
        let host = HOSTS.of(server.url.authority());
        host.layers().breaker.map(CircuitBreaker::state)
    };
    assert_eq!(state(&bad), Some(State::Open));
    assert!(good.iter().all(|server| state(server) == Some(State::Closed)));
    let limit = |server: &Server| {
        HOSTS.of(server.url.authority()).layers().bulkhead.map_or(0, Bulkhead::limit)
    };
    println!(
        "limits: {} and {}, {} where it is down",
        limit(&good[0]),
        limit(&good[1]),
        limit(&bad)
    );
    assert!(limit(&bad) <= limit(&good[0]));
}
