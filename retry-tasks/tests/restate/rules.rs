//! The rules of retries are the same as everywhere.

use persevere::overrides::overrides;
use persevere::{Attempt, Budget, sites, task, testing};
use persevere_core::engine::GiveUp;
use persevere_tasks::WaitError;
use persevere_tasks::restate::Worker;

use crate::rig::{PATIENCE, Rig, Stage};

static BUDGET: Budget = Budget::new();

#[task(on = _, max_retries = 4, base_delay = "5min", budget = BUDGET)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn patient(attempt: &Attempt, failures: u32) -> Result<u32, String> {
    if attempt.number() <= failures { Err("early".to_owned()) } else { Ok(attempt.number()) }
}

#[tokio::test]
async fn switches_of_tests_budgets_sites_and_recorders_hold() {
    let stage = Stage::new();
    let rig = Rig::with(stage, Worker::new(stage).task::<Patient>()).await;
    let recorder = testing::Recorder::new();
    let _scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
    let handle = rig.queue.enqueue(Patient { failures: 3 }).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 4);
    recorder.assert("4 attempts, waited 5 min then 5 min then 5 min, succeeded");
    assert_eq!(BUDGET.available().to_string(), "490 of 500 tokens", "the last one was given back");

    let handle = rig.queue.enqueue(Patient { failures: 9 }).await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("it only fails") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::Exhausted, 5));
    let site = sites().find(|site| site.name().ends_with("rules::patient")).unwrap();
    assert_eq!((site.late_successes(), site.give_ups(), site.retries()), (1, 1, 7));
    assert_eq!(BUDGET.available().to_string(), "470 of 500 tokens");
}

#[task(on = _, policy = "aggressive")]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn changed(secret: String) -> Result<(), String> {
    Err(format!("{} letters", secret.len()))
}

#[tokio::test]
async fn policies_from_outside_hold_and_no_text_shows_an_argument() {
    overrides().install("restate::rules::changed=max_retries:1".parse().unwrap());
    let stage = Stage::new();
    let rig = Rig::with(stage, Worker::new(stage).task::<Changed>()).await;
    let enqueue = rig.queue.enqueue(Changed { secret: "4111".to_owned() });
    let shown = format!("{:?} {enqueue:?}", rig.queue);
    let handle = enqueue.await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("it only fails") };
    assert_eq!((dead.failures, dead.error.as_str()), (2, "4 letters"));
    assert_eq!(dead.args, serde_json::json!({ "secret": "4111" }));
    let shown = format!("{shown} {handle:?} {dead:?} {}", WaitError::Dead(dead.clone()));
    assert!(shown.contains("127.0.0.1") && !shown.contains("4111"), "{shown}");
}
