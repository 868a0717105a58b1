//! A drill: breaks calls on purpose, and looks at what the program does about it:
//! `cargo run --all-features --example chaos`.
//!
//! The clock is tokio's paused one, so that waits take no time, and the shares are drawn by a seed.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::breaker::State;
use persevere::overrides::{Overrides, overrides};
use persevere::testing::{self, Recorder};
use persevere::{Budget, CircuitBreaker, Event, Policy, Upstream, observe, retry};

static RETRIES: Budget = Budget::ratio(0.5);
static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(20);
static PRICES: Upstream = Upstream::new("prices", &RETRIES)
    .with_policy(Policy::INTERACTIVE)
    .with_timeout(Duration::from_millis(800))
    .with_breaker(&CIRCUIT);

/// A price that is answered at once: nothing here ever fails by itself.
#[retry(upstream = PRICES, fallback = last_known)]
async fn price(sku: u32) -> Result<u32, io::Error> {
    Ok(100 + sku)
}

#[allow(clippy::unnecessary_wraps, reason = "a fallback returns what its function returns")]
fn last_known(_: io::Error) -> Result<u32, io::Error> {
    Ok(99)
}

/// The calls of a drill: how many got a fresh price, and what was recorded.
async fn drill(table: &str) -> (u32, Recorder) {
    let table: Overrides = table.parse().expect("a table of overrides");
    let recorder = Recorder::new();
    let calls = async {
        let mut fresh = 0;
        for sku in 1..=100 {
            fresh += u32::from(price(sku).await.is_ok_and(|price| price > 99));
        }
        fresh
    };
    let seeded = testing::seeded(7).recording(&recorder);
    let fresh = testing::scope(seeded, table.scope(calls)).await;
    println!("{fresh:>3} of 100 were fresh, the circuit is {:?}", CIRCUIT.state());
    (fresh, recorder)
}

/// What an operator is woken for.
static ALARMS: AtomicU32 = AtomicU32::new(0);

fn alarm(event: &Event<'_>) {
    if !event.has_chaos() {
        ALARMS.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    observe(&alarm);

    // A tenth of the attempts fail: the retries hide it.
    let (fresh, recorder) = drill("@prices=chaos:10%return(connection_reset)").await;
    assert_eq!(fresh, 100);
    println!("    such as {}", recorder.events()[0].line);
    assert!(recorder.events()[0].line.ends_with("[chaos]"));

    // Each attempt takes longer than its timeout: the circuit opens, and the fallback answers.
    let (fresh, _) = drill("@prices=chaos:sleep(2s)").await;
    assert_eq!(fresh, 0);
    assert!(matches!(CIRCUIT.state(), State::Open));

    // It is over: the circuit closes by itself.
    tokio::time::advance(Duration::from_mins(2)).await;
    let (fresh, _) = drill("@prices=chaos:off").await;
    assert_eq!((fresh, CIRCUIT.state()), (100, State::Closed));

    // In a running program a drill ends by itself, too, and says where it comes from.
    let table: Overrides =
        "@prices=chaos:20%3*return(timeout)->1%sleep(500ms);until:+10m".parse()?;
    overrides().install(table);
    let explained = overrides().explain("@prices");
    println!("\n{explained}");
    assert_eq!(explained.settings()[0].name(), "chaos");
    overrides().clear();

    // Nobody was woken by it.
    assert_eq!(ALARMS.load(Ordering::Relaxed), 0);
    Ok(())
}
