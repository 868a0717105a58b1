//! A shop that calls services which fail in many ways, with most of what the attribute says of failures:
//! `cargo run --example shop`.
//!
//! The clock is tokio's paused one, so that minutes of waiting take no time; each line begins with its
//! time.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use persevere::{Classify, Event, Policy, Rejection, retry};
use tokio::time::{Instant, sleep};

/// The error of the shop's calls: each variant says whether it is retried.
#[derive(Debug, thiserror::Error, Classify)]
enum ShopError {
    #[error("the warehouse is busy")]
    #[retry(transient)]
    Busy,
    #[error("too many orders")]
    #[retry(throttled, after = free_in)]
    RateLimited { free_in: Duration },
    #[error("{0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
    #[error("the ledger answered with code {0}")]
    #[retry(when = |code| *code == 409)]
    Ledger(u16),
    #[error("no such article")]
    #[retry(permanent)]
    NoSuchArticle,
}

#[derive(Debug, PartialEq)]
enum Parcel {
    Packing,
    Sent { number: u32 },
}

/// A service that gives the answers of its script.
struct Service<T> {
    began: Instant,
    script: Mutex<VecDeque<T>>,
}

impl<T> Service<T> {
    fn answering(script: impl IntoIterator<Item = T>) -> Self {
        Self { began: Instant::now(), script: Mutex::new(script.into_iter().collect()) }
    }

    fn next(&self) -> Option<T> {
        self.script.lock().expect("nothing panics while it is locked").pop_front()
    }

    fn print(&self, line: impl std::fmt::Display) {
        println!("{:>8.1} s  {line}", self.began.elapsed().as_secs_f64());
    }

    /// An async hook: it could also send the line over a network.
    async fn report(&self, event: &Event<'_>) {
        tokio::task::yield_now().await;
        self.print(event);
    }
}

/// Defaults for the methods marked `#[retry]`.
#[retry(policy = "conservative", id = article, on_retry = async |event| self.report(event).await)]
impl Service<Result<u32, ShopError>> {
    /// A method's own keys win.
    #[retry(max_retries = 5, throttled = "aggressive", on_success = |event| self.print(event))]
    async fn order(&self, article: u32) -> Result<u32, ShopError> {
        self.next().unwrap_or(Ok(article))
    }

    #[retry(timeout = "2s", deadline = "15s")]
    async fn stock(&self, article: u32) -> Result<u32, ShopError> {
        sleep(Duration::from_mins(1)).await; // hangs
        Ok(article)
    }

    /// The list price, while the service is busy; a permanent failure goes to the caller.
    #[retry(unless = ShopError::Ledger(409), max_retries = 2, fallback = |_error| Ok(100 * article))]
    async fn price(&self, article: u32) -> Result<u32, ShopError> {
        self.next().unwrap_or(Err(ShopError::NoSuchArticle))
    }
}

impl Service<Parcel> {
    /// Polls until the parcel is sent: retries an `Ok` value.
    #[retry(on_ok = Parcel::Packing, base_delay = "30s", max_delay = "1m", on_retry = |event| self.print(event))]
    async fn parcel(&self) -> io::Result<Parcel> {
        Ok(self.next().unwrap_or(Parcel::Packing))
    }
}

impl Service<io::Error> {
    /// The error's type is hidden in `anyhow::Error`; it is found in the source chain.
    #[retry(on = [io::Error], on_retry = |event| self.print(event))]
    async fn receipt(&self) -> anyhow::Result<&'static str> {
        use anyhow::Context as _;
        match self.next() {
            Some(error) => Err(error).context("the printer does not answer"),
            None => Ok("printed"),
        }
    }
}

async fn run() {
    println!("An order: busy, then asked to wait 20 s, then taken");
    let free_in = Duration::from_secs(20);
    let service =
        Service::answering([Err(ShopError::Busy), Err(ShopError::RateLimited { free_in })]);
    assert!(matches!(service.order(7).await, Ok(7)));
    assert!(service.began.elapsed() >= Duration::from_secs(25));

    println!("\nThe stock: each attempt hangs and is cut after 2 s, the call ends before 15 s");
    let service = Service::answering([]);
    let outcome = service.stock(7).await;
    service.print(format_args!("{outcome:?}"));
    assert!(matches!(outcome, Err(ShopError::Rejected(Rejection::TimedOut))));
    assert!(service.began.elapsed() <= Duration::from_secs(15));

    println!("\nThe price: the fallback answers after the retries, but not for a conflict");
    let service = Service::answering([(); 3].map(|()| Err(ShopError::Busy)));
    let price = service.price(7).await;
    service.print(format_args!("{price:?}"));
    assert!(matches!(price, Ok(700)));
    let service = Service::answering([Err(ShopError::Ledger(409))]);
    let price = service.price(7).await;
    service.print(format_args!("{price:?}"));
    assert!(matches!(price, Err(ShopError::Ledger(409))));

    println!("\nThe parcel: polled until it is sent");
    let service =
        Service::answering([Parcel::Packing, Parcel::Packing, Parcel::Sent { number: 3 }]);
    let parcel = service.parcel().await.expect("it is sent");
    service.print(format_args!("{parcel:?}"));
    assert_eq!(parcel, Parcel::Sent { number: 3 });

    println!("\nThe receipt: an error hidden in `anyhow::Error`");
    let service = Service::answering([io::Error::from(io::ErrorKind::BrokenPipe)]);
    let receipt = service.receipt().await.expect("the printer answers at last");
    service.print(receipt);

    println!("\nA closure, where an attribute cannot stand");
    let service = Service::answering(["busy", "busy"]);
    let answer = Policy::AGGRESSIVE
        .retry(|| std::future::ready(service.next().map_or(Ok("open"), Err)))
        .on(|error| *error == "busy")
        .name("door")
        .on_retry(|event| service.print(event))
        .await;
    service.print(format_args!("{answer:?}"));
    assert_eq!(answer, Ok("open"));
}

fn main() -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?
        .block_on(run());
    Ok(())
}
