//! Streams that reconnect.
#![deny(warnings, clippy::pedantic)]

use std::io;
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use persevere::Policy;
use persevere::overrides::carry;
use persevere::stream::Reconnect;
use persevere::testing::{self, Recorder};
use tokio::time::Instant;

use super::table;

const PATIENT: Policy = Policy::RECONNECT.with_base_delay(Duration::from_secs(1));

/// What the first connections give, each of which stands; when they are made.
async fn received(chaos: &str, items: usize) -> (Vec<u32>, Vec<Duration>) {
    let (from, made) = (Instant::now(), Mutex::new(Vec::new()));
    let numbers = Reconnect::new(PATIENT).name("numbers").connect(async |last: Option<&u32>| {
        made.lock().unwrap().push(from.elapsed());
        let next = last.map_or(0, |last| last + 1);
        let broken = stream::once(async { Err(io::ErrorKind::ConnectionReset.into()) });
        Ok::<_, io::Error>(stream::iter([Ok::<_, io::Error>(next)]).chain(broken))
    });
    let items = table(chaos)
        .scope(async { pin!(numbers).take(items).map(Result::unwrap).collect().await })
        .await;
    (items, made.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_a_connection_that_ends_without_an_item() {
    let recorder = Recorder::new();
    let switch = testing::no_waiting().without_jitter().recording(&recorder);
    let (items, made) =
        testing::scope(switch, carry(received("numbers=chaos:2*return(503)", 2))).await;
    assert_eq!((items, made.len()), (vec![0, 1], 2));
    let lines: Vec<_> = recorder.events().iter().map(|event| event.line.clone()).collect();
    assert_eq!(lines.len(), 3, "{lines:?}"); // two of chaos, and one of the connection that broke
    assert!(lines[..2].iter().all(|line| line.ends_with("[chaos]")), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_the_connection() {
    let (items, made) = received("numbers=chaos:1*sleep(7s)", 1).await;
    assert_eq!((items, made), (vec![0], vec![Duration::from_secs(7)]));
    let (items, made) = received("others=chaos:return", 1).await;
    assert_eq!((items, made), (vec![0], vec![Duration::ZERO]));
}
