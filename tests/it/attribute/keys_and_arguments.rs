//! Keys that use the arguments which an attempt uses up or changes, and values computed at run time.
#![allow(
    clippy::manual_async_fn,
    clippy::needless_pass_by_value,
    clippy::non_minimal_cfg,
    clippy::unused_async,
    reason = "the forms under test"
)]

use std::future::Future;
use std::time::Duration;

use persevere::{Jitter, Policy, retry};

#[derive(Clone)]
struct Job {
    name: String,
    runs: Vec<u32>,
}

impl Job {
    #[retry(
        on = _,
        clone(self),
        base_delay = Duration::ZERO * self.runs.len() as u32,
        id = self.name,
        on_retry = |event| log.push(format!("{}: {event}", self.name)),
        fallback = |()| Ok(self.name.clone())
    )]
    async fn consumed(self, log: &mut Vec<String>) -> Result<String, ()> {
        drop(self.name);
        Err(())
    }
}

#[derive(Clone, Copy)]
struct Count(u32);

impl Count {
    #[retry(on = _, max_retries = 2, base_delay = 0, on_retry = |_| log.push(self.0))]
    fn changed(mut self, log: &mut Vec<u32>) -> Result<u32, u32> {
        self.0 += 1;
        Err(self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn keys_see_the_self_that_each_attempt_gets_a_copy_of() {
    let mut log = Vec::new();
    let job = Job { name: "nightly".to_owned(), runs: vec![1] };
    assert_eq!(job.consumed(&mut log).await, Ok("nightly".to_owned()));
    assert_eq!(log.len(), 5);
    assert!(log[0].starts_with("nightly: consumed[nightly]: attempt 1 of 6"), "{}", log[0]);
    let mut seen = Vec::new();
    assert_eq!(Count(1).changed(&mut seen), Err(2));
    assert_eq!(seen, [1, 1]);
}

struct Loose(u32);

impl Loose {
    fn with_patience(&self, delay: Duration) -> Duration {
        delay * self.0
    }
}

static LOOSE: Loose = Loose(0);

/// Not constants, though they look like those that are.
#[retry(on = _, max_retries = 1, base_delay = LOOSE.with_patience(Duration::from_secs(1)), max_delay = Duration::max(Duration::ZERO, Duration::default()))]
fn computed(attempts: &mut u32) -> Result<(), ()> {
    *attempts += 1;
    Err(())
}

#[retry(on = _, max_retries = limit, policy = Policy::CONSERVATIVE.with_jitter(Jitter::None))]
fn before_the_block(limit: u32, attempts: &mut u32) -> impl Future<Output = Result<(), ()>> {
    async move {
        *attempts += 1;
        Err(())
    }
}

#[tokio::test(start_paused = true)]
async fn values_that_are_no_constants_are_computed() {
    let mut attempts = 0;
    assert_eq!(computed(&mut attempts), Err(()));
    assert_eq!(attempts, 2);
    assert_eq!(before_the_block(2, &mut attempts).await, Err(()));
    assert_eq!(attempts, 5);
}

#[retry(on = _)]
async fn conditional(
    #[cfg(any())] absent: String,
    #[cfg(all())] present: String,
    #[cfg(any())] mut changed: u32,
) -> Result<usize, ()> {
    #[cfg(any())]
    let present = {
        changed += 1;
        absent
    };
    Ok(present.len())
}

#[retry(on = _, base_delay = 0)]
fn linted(#[allow(unused_mut)] mut count: u32) -> Result<u32, ()> {
    Ok(count)
}

#[tokio::test]
async fn attributes_of_arguments_stay_theirs() {
    assert_eq!(conditional("four".to_owned()).await, Ok(4));
    assert_eq!(linted(7), Ok(7));
}
