//! Races without a classified error, a budget or a `Result`.
#![deny(unused_must_use)]

use std::time::Duration;

use persevere::Hedge;

static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));

#[derive(Debug)]
struct Unclassified;

async fn fetch() -> Result<u8, Unclassified> {
    Ok(1)
}

async fn unclassified() {
    HEDGE.run(fetch).await.unwrap();
}

async fn neither_yes_nor_no() {
    HEDGE.race(fetch, |_| None, || true).await.unwrap();
}

async fn no_budget() {
    HEDGE.race(fetch, |_| None, 7).await.unwrap();
}

async fn not_an_outcome() {
    HEDGE.run(async || 7).await;
}

fn main() {}
