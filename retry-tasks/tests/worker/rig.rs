//! A task that does what its arguments say, and notes when it does it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use persevere_core::driver::Driver;
use persevere_core::{Attempt, Jitter, Policy, Verdict};
use persevere_tasks::{Failure, Queue, Run, Task, Worker};
use tokio::time::{Instant, sleep};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// What an attempt does: a letter for each, the last one for all that follow.
///
/// `o` succeeds, `f` fails, `x` fails for good, `p` panics, `q` asks for a retry in 100 ms, `h` hangs,
/// and a digit is the number of seconds that it takes to succeed.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Act {
    pub(crate) letters: String,
}

pub(crate) fn act(letters: &str) -> Act {
    Act { letters: letters.to_owned() }
}

/// What tasks note: when an attempt began, of which task, and whether its body was dropped.
pub(crate) struct Stage {
    pub(crate) opened: Instant,
    pub(crate) begun: Mutex<Vec<(u64, u32)>>,
    pub(crate) now: Mutex<usize>,
    pub(crate) most: Mutex<usize>,
    pub(crate) dropped: Mutex<u32>,
    pub(crate) traceparents: Mutex<Vec<Option<String>>>,
}

impl Stage {
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            opened: Instant::now(),
            begun: Mutex::default(),
            now: Mutex::default(),
            most: Mutex::default(),
            dropped: Mutex::default(),
            traceparents: Mutex::default(),
        }))
    }

    /// When each attempt began, in tenths of a second, with its number.
    pub(crate) fn begun(&self) -> Vec<(u64, u32)> {
        self.begun.lock().unwrap().clone()
    }

    pub(crate) fn starts(&self) -> usize {
        self.begun.lock().unwrap().len()
    }
}

/// Says when a body is dropped before its end.
struct OnStage(&'static Stage, bool);

impl OnStage {
    fn enter(stage: &'static Stage, number: u32) -> Self {
        let tenths = u64::try_from(stage.opened.elapsed().as_millis() / 100).unwrap();
        stage.begun.lock().unwrap().push((tenths, number));
        let mut now = stage.now.lock().unwrap();
        *now += 1;
        let mut most = stage.most.lock().unwrap();
        *most = (*most).max(*now);
        Self(stage, false)
    }
}

impl Drop for OnStage {
    fn drop(&mut self) {
        *self.0.now.lock().unwrap() -= 1;
        if !self.1 && !std::thread::panicking() {
            *self.0.dropped.lock().unwrap() += 1;
        }
    }
}

impl Task for Act {
    type Output = u32;
    const NAME: &'static str = "act";
}

pub(crate) const STEADY: Policy = Policy::DEFAULT
    .with_jitter(Jitter::None)
    .with_base_delay(SECOND)
    .with_max_retries(5)
    .with_max_delay(Duration::from_secs(8));

impl Run<&'static Stage> for Act {
    fn driver() -> Driver {
        Driver::named("act", STEADY)
    }

    fn timeout() -> Option<Duration> {
        Some(Duration::from_mins(10))
    }

    async fn run(
        self,
        stage: &Arc<&'static Stage>,
        attempt: &Arc<Attempt>,
    ) -> Result<u32, Failure> {
        let number = attempt.number();
        let traceparent = attempt.delivery().traceparent().map(str::to_owned);
        stage.traceparents.lock().unwrap().push(traceparent);
        let mut on_stage = OnStage::enter(stage, number);
        let letters = self.letters.as_bytes();
        let letter = letters[(number as usize - 1).min(letters.len() - 1)];
        if let Some(seconds) = char::from(letter).to_digit(10) {
            sleep(Duration::from_secs(seconds.into())).await;
        } else if letter == b'h' {
            std::future::pending::<()>().await;
        }
        on_stage.1 = true;
        match letter {
            b'f' => Err(Failure::new(Verdict::TRANSIENT, format!("failure {number}"))),
            b'q' => {
                attempt.retry_in(Duration::from_millis(100));
                Err(Failure::new(Verdict::TRANSIENT, format!("failure {number}")))
            }
            b'x' => Err(Failure::new(Verdict::PERMANENT, "for good")),
            b'p' => panic!("trap door {number}"),
            _ => Ok(number),
        }
    }
}

pub(crate) fn worker(queue: &Queue, stage: &'static Stage) -> Worker<&'static Stage> {
    Worker::new(queue, stage).task::<Act>().lease(SECOND, 3)
}

/// Waits for a fact.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..100_000 {
        if is_so().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never became so");
}
