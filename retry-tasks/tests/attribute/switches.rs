//! The test kit, policies from outside, and retries within retries.

use persevere::overrides::overrides;
use persevere::tasks::{Queue, WaitError};
use persevere::{Attempt, EventKind, retry, sites, task, testing};

use crate::{SECOND, run};

#[task(on = _, max_retries = 4, base_delay = "5min")]
async fn patient(attempt: &Attempt) -> Result<u32, String> {
    if attempt.number() < 4 { Err("early".to_owned()) } else { Ok(attempt.number()) }
}

#[tokio::test]
async fn a_tests_switches_hold_for_tasks() {
    let queue = Queue::in_memory();
    let recorder = testing::Recorder::new();
    let scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
    let handle = queue.enqueue(Patient {}).await.unwrap();
    run::<Patient, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 4);
    recorder.assert("4 attempts, waited 5 min then 5 min then 5 min, succeeded");
    drop(scope);
    let _scope = testing::off().on_this_thread();
    let handle = queue.enqueue(Patient {}).await.unwrap();
    run::<Patient, _>(&queue, ()).await;
    assert!(handle.wait(SECOND).await.is_err());
    let site = sites().find(|site| site.name().ends_with("switches::patient")).unwrap();
    assert_eq!((site.late_successes(), site.give_ups()), (1, 1));
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
async fn ask() -> Result<u32, String> {
    Err("nobody".to_owned())
}

#[task(on = _, max_retries = 2, base_delay = 0)]
async fn ask_twice() -> Result<u32, String> {
    ask().await
}

#[task(on = _, max_retries = 2, base_delay = 0)]
fn ask_on_a_thread() -> Result<u32, String> {
    #[retry(on = _, max_retries = 1, base_delay = 0)]
    fn ask() -> Result<u32, String> {
        Err("nobody".to_owned())
    }
    ask()
}

#[tokio::test]
async fn retries_within_a_task_are_noticed_also_on_another_thread() {
    let queue = Queue::in_memory();
    let nested = |recorder: &testing::Recorder| {
        let events = recorder.events();
        let nested = events.iter().filter_map(|event| match event.kind {
            EventKind::Nested { attempts, .. } => Some(attempts),
            _ => None,
        });
        nested.collect::<Vec<_>>()
    };
    let recorder = testing::Recorder::new();
    let scope = testing::recording(&recorder).on_this_thread();
    queue.enqueue(AskTwice {}).await.unwrap();
    run::<AskTwice, _>(&queue, ()).await;
    assert_eq!(nested(&recorder), [6]);
    drop(scope);
    let recorder = testing::Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    queue.enqueue(AskOnAThread {}).await.unwrap();
    run::<AskOnAThread, _>(&queue, ()).await;
    assert_eq!(nested(&recorder), [6]);
}

#[task(on = _, policy = "aggressive")]
async fn changed() -> Result<(), String> {
    Err("busy".to_owned())
}

#[tokio::test(start_paused = true)]
async fn policies_from_outside_hold_by_the_functions_name() {
    let queue = Queue::in_memory();
    overrides().install("attribute::switches::changed=max_retries:2".parse().unwrap());
    let handle = queue.enqueue(Changed {}).await.unwrap();
    run::<Changed, _>(&queue, ()).await;
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!(dead.failures, 3);
}
