//! Changes policies from outside while the program runs, by a file, then by the environment:
//! `cargo run --all-features --example overrides`.
//!
//! The clock is tokio's paused one, so that minutes of waiting take no time.

use std::cell::Cell;
use std::error::Error;
use std::time::Duration;

use persevere::overrides::{Overrides, overrides};
use persevere::retry;
use serde::Deserialize;
use tokio::time::Instant;

/// A search index that is down.
#[derive(Default)]
struct Index {
    calls: Cell<u32>,
}

impl Index {
    /// Its author's policy: 5 retries, 2 s doubling.
    #[retry(on = _, name = "search::query", jitter = "none")]
    async fn query(&self) -> Result<u32, &'static str> {
        self.calls.set(self.calls.get() + 1);
        Err("the index is down")
    }
}

/// Makes a query; returns the number of calls, and of seconds.
async fn ask(index: &Index, when: &str) -> (u32, u64) {
    let began = Instant::now();
    index.calls.set(0);
    assert!(index.query().await.is_err());
    let (calls, seconds) = (index.calls.get(), began.elapsed().as_secs());
    println!("{when:<26} {calls} calls in {seconds} s");
    (calls, seconds)
}

/// The application's own configuration, with a part for retries.
#[derive(Deserialize)]
struct Config {
    retry: Overrides,
}

const FILE: &str = r#"
    [retry]
    "search::*" = { max_retries = 2, base_delay = "500ms" }
    "payments::*" = "aggressive"
"#;

/// An operator's value of `PERSEVERE`, which `Overrides::from_env` would read.
const ENVIRONMENT: &str = "search::query=conservative;max_retries:1, serach::*=max_retries:0";

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let index = Index::default();
    assert_eq!(ask(&index, "as it is written").await, (6, 62));

    // At start-up: the file.
    let file = toml::from_str::<Config>(FILE)?.retry;
    overrides().install(file.clone());
    assert_eq!(ask(&index, "by the file").await, (3, 1)); // 0.5 s and 1 s

    // In an outage: the environment's table wins over the file's.
    overrides().install(file.overlaid(ENVIRONMENT.parse()?));
    println!("\nin force: {}", overrides().table());
    assert_eq!(ask(&index, "by the environment").await, (2, 5));

    // What is in force, and where it comes from.
    let explained = overrides().explain("search::query");
    println!("\n{explained}");
    let retries = &explained.settings()[0];
    assert_eq!((retries.name(), retries.value()), ("max_retries", "1"));

    // For one tenant, over all of that.
    let patient: Overrides = "*=max_retries:3".parse()?;
    assert_eq!(patient.scope(ask(&index, "for one tenant")).await, (4, 35));

    // A misspelt name shows once something has failed.
    let unmatched = overrides().unmatched();
    println!();
    for pattern in &unmatched {
        println!("{pattern}");
    }
    let nearest: Vec<_> = unmatched.iter().map(|it| (it.pattern(), it.nearest())).collect();
    // `payments::*` is spelt right, but nothing has failed there yet.
    assert_eq!(nearest, [("payments::*", None), ("serach::*", Some("search::*"))]);

    // An entry that ends by itself.
    let for_a_minute: Overrides = "search::*=off;until:+1m".parse()?;
    overrides().install(overrides().table().overlaid(for_a_minute));
    assert_eq!(ask(&index, "for a minute").await, (1, 0));
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(ask(&index, "after it").await, (2, 5));

    // A bad table is rejected, and the old one stays in force.
    let refused = "search::query=max_retrys:1".parse::<Overrides>().unwrap_err();
    println!("\nrefused: {refused}\n");
    assert_eq!(ask(&index, "as before").await, (2, 5));

    overrides().clear();
    assert_eq!(ask(&index, "as it is written, again").await, (6, 62));
    Ok(())
}
