//! Every event of a call in which chaos has acted says so, and no other.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::sync::Mutex;
use std::time::Duration;

use persevere::testing::{self, Recorder};
use persevere::{Event, Policy, Rejection, retry};

use super::table;
use crate::support::recorded::Recording;

thread_local! {
    static HEARD: RefCell<Vec<(u32, bool)>> = const { RefCell::new(Vec::new()) };
}

fn hear(event: &Event<'_>) {
    HEARD.with_borrow_mut(|heard| heard.push((event.attempt(), event.has_chaos())));
}

#[retry(base_delay = 0, max_retries = 2, on_retry = hear, on_success = hear, on_give_up = hear)]
async fn fetch(real: &Mutex<u32>) -> Result<u32, Rejection> {
    let mut real = real.lock().unwrap();
    if *real == 0 {
        return Ok(7);
    }
    *real -= 1;
    Err(Rejection::TimedOut)
}

#[tokio::test(start_paused = true)]
async fn hooks_log_and_recorders_see_it() {
    let recording = Recording::start();
    let recorder = Recorder::new();
    testing::scope(
        testing::no_waiting().recording(&recorder),
        table("*::fetch=chaos:1*off->1*return(503)").scope(async {
            // Fails by itself, is then failed, and recovers.
            assert_eq!(fetch(&Mutex::new(1)).await, Ok(7));
            assert_eq!(fetch(&Mutex::new(1)).await, Ok(7));
        }),
    )
    .await;
    let heard = HEARD.take();
    assert_eq!(heard, [(1, false), (2, true), (3, true), (1, false), (2, false)]);
    let lines: Vec<String> = recorder.events().iter().map(|event| event.line.clone()).collect();
    assert_eq!(
        lines,
        [
            "fetch: attempt 1 of 3 failed: the attempt timed out; retrying in 0 s",
            "fetch: attempt 2 of 3 failed: the fault `503` was put in by chaos; retrying in 0 s [chaos]",
            "fetch: attempt 3 of 3 succeeded after 0 s of waiting [chaos]",
            "fetch: attempt 1 of 3 failed: the attempt timed out; retrying in 0 s",
            "fetch: attempt 2 of 3 succeeded after 0 s of waiting",
        ]
    );
    let marked: Vec<Option<String>> =
        recording.events().iter().map(|event| event.fields.get("chaos").cloned()).collect();
    let yes = Some("true".to_owned());
    assert_eq!(marked, [None, yes.clone(), yes, None, None]);
}

#[tokio::test(start_paused = true)]
async fn a_delay_marks_what_follows_as_well() {
    let recorder = Recorder::new();
    let call = Policy::DEFAULT
        .with_max_retries(0)
        .retry(async || Err::<u32, _>(Rejection::TimedOut))
        .timeout(Duration::from_secs(1));
    let outcome = testing::scope(
        testing::no_waiting().recording(&recorder),
        table("*=chaos:sleep(10ms)").scope(call.into_future()),
    )
    .await;
    assert!(outcome.is_err());
    assert!(recorder.events()[0].line.ends_with("[chaos]"), "{:?}", recorder.events());
}

#[tokio::test(start_paused = true)]
async fn a_seed_draws_the_same_attempts_again() {
    let run = async |seed| {
        let recorder = Recorder::new();
        testing::scope(
            testing::no_waiting().seeded(seed).recording(&recorder),
            table("*::fetch=chaos:40%return(timeout)").scope(async {
                for _ in 0..20 {
                    let _ = fetch(&Mutex::new(0)).await;
                }
            }),
        )
        .await;
        recorder.events().iter().map(|event| event.line.clone()).collect::<Vec<String>>()
    };
    let first = run(7).await;
    assert!(first.len() > 5, "{first:?}");
    assert_eq!(run(7).await, first);
    assert_ne!(run(8).await, first);
}
