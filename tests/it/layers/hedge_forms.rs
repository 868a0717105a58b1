//! `hedge` with return types, errors and callers of all kinds.
#![deny(warnings, clippy::pedantic)]

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::{Bulkhead, Rejection, retry};
use tokio::time::sleep;

/// Fails once, at once; hangs once; then answers.
#[derive(Default)]
struct Server(AtomicU32);

impl Server {
    async fn ask(&self) -> io::Result<u32> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Err(ErrorKind::TimedOut.into()),
            1 => std::future::pending().await,
            run => Ok(run),
        }
    }
}

#[retry(hedge(after = "200ms", max = 2))]
async fn opaque(server: &Server) -> io::Result<impl Display + use<>> {
    server.ask().await
}

#[retry(hedge(after = "200ms", max = 2), on = [io::Error], unless = [std::fmt::Error])]
async fn erased(server: &Server) -> anyhow::Result<u32> {
    Ok(server.ask().await?)
}

#[retry(hedge(after = "200ms", max = 2), on = _)]
async fn boxed(server: &Server) -> Result<u32, Box<dyn Error + Send + Sync>> {
    Ok(server.ask().await?)
}

#[retry(
    hedge(after = "200ms", max = 2),
    on = error if retried.contains(&error.kind()),
    when = |error| error.kind() != *refused
)]
async fn judged(server: &Server, retried: Vec<ErrorKind>, refused: &ErrorKind) -> io::Result<u32> {
    server.ask().await
}

#[retry(hedge = "200ms")]
async fn generic<T: Default + Send, E: From<Rejection> + persevere::Classify + Display + Send>(
    result: impl Fn() -> Result<T, E> + Sync,
) -> Result<T, E> {
    result()
}

#[retry(hedge = "200ms", max_retries = 1)]
fn down(from: u32) -> Pin<Box<dyn Future<Output = io::Result<u32>> + Send>> {
    Box::pin(async move { if from == 0 { Ok(0) } else { Ok(down(from - 1).await? + 1) } })
}

trait Store {
    #[retry(hedge = "200ms")]
    fn load(&self) -> impl Future<Output = io::Result<u32>> + Send
    where
        Self: Sync,
    {
        async move { self.read().await }
    }

    fn read(&self) -> impl Future<Output = io::Result<u32>> + Send;
}

impl Store for Server {
    async fn read(&self) -> io::Result<u32> {
        self.ask().await
    }
}

struct Shop(Server);

#[retry(hedge(after = "200ms", max = 2))]
impl Shop {
    #[retry]
    async fn order(&self) -> io::Result<u32> {
        self.0.ask().await
    }

    #[retry(hedge = "1s", timeout = "3s")]
    async fn stock(&self) -> Result<u32, Rejection> {
        self.0.ask().await.map_err(|_| Rejection::TimedOut)
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_is_returned_can_be_hedged() {
    let text = opaque(&Server::default()).await.map(|value| value.to_string());
    assert_eq!(text.ok().as_deref(), Some("2"));
    assert_eq!(erased(&Server::default()).await.ok(), Some(2));
    assert_eq!(boxed(&Server::default()).await.ok(), Some(2));
    let kinds = vec![ErrorKind::TimedOut];
    let refused = judged(&Server::default(), kinds.clone(), &ErrorKind::TimedOut).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
    let retried = judged(&Server::default(), kinds, &ErrorKind::NotFound).await;
    assert_eq!(retried.ok(), Some(2));
    assert_eq!(generic(|| Ok::<u32, Rejection>(7)).await, Ok(7));
    assert_eq!(down(5).await.ok(), Some(5));
    // The first fails, the second hangs, and no more may start.
    let server = Server::default();
    let loaded = tokio::time::timeout(Duration::from_secs(9), server.load()).await;
    assert!(loaded.is_err(), "one extra attempt is not enough");
    let shop = Shop(Server::default());
    assert_eq!(shop.order().await.ok(), Some(2));
    let shop = Shop(Server::default());
    assert_eq!(shop.stock().await, Ok(2)); // the hanging one is cut at 3 s
}

#[tokio::test(start_paused = true)]
async fn hedged_calls_run_in_tasks_of_their_own() {
    static PLACES: Bulkhead = Bulkhead::new(2).with_max_queue(9);

    #[retry(bulkhead = PLACES, hedge = "200ms", timeout = "1s", deadline = "1m")]
    async fn ask(number: u32) -> Result<u32, Rejection> {
        sleep(Duration::from_millis(300)).await;
        Ok(number)
    }

    let asked: Vec<_> = (0..6).map(|number| tokio::spawn(ask(number))).collect();
    for (number, answer) in (0..).zip(asked) {
        assert_eq!(answer.await.unwrap(), Ok(number));
    }
    assert_eq!(PLACES.available(), 2);
}
