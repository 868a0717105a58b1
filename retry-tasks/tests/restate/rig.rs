//! A server, a worker in this process, and a task that does what its arguments say.

use std::sync::Mutex;
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_core::{Bulkhead, CircuitBreaker};
use persevere_tasks::engine::{Key, KeyUntil};
use persevere_tasks::restate::{Queue, Worker};
use persevere_tasks::{Ended, QueueError, Task};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::services::restate::Restate;

/// However slow the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A wait that no test makes.
pub(crate) const WAIT: Duration = Duration::from_secs(25);

/// What an attempt does: a letter for each, the last one for all that follow.
///
/// `o` succeeds, `f` fails, `w` fails and asks for a retry after [`WAIT`], `c` after centuries, `s` fails after a second, `x` fails for good, `p` panics, `h` hangs, and a
/// digit takes that many tenths of a second before it succeeds.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Act {
    pub(crate) letters: String,
}

pub(crate) fn act(letters: &str) -> Act {
    Act { letters: letters.to_owned() }
}

/// What tasks note.
pub(crate) struct Stage {
    /// When each attempt began, and its number.
    pub(crate) begun: Mutex<Vec<(Instant, u32)>>,
    /// Attempts that were dropped before their end.
    pub(crate) dropped: Mutex<u32>,
    pub(crate) now: Mutex<usize>,
    pub(crate) most: Mutex<usize>,
}

impl Stage {
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            begun: Mutex::default(),
            dropped: Mutex::default(),
            now: Mutex::default(),
            most: Mutex::default(),
        }))
    }

    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.begun.lock().unwrap().iter().map(|&(_, number)| number).collect()
    }

    pub(crate) fn starts(&self) -> usize {
        self.begun.lock().unwrap().len()
    }
}

struct OnStage(&'static Stage, bool);

impl OnStage {
    fn enter(stage: &'static Stage, number: u32) -> Self {
        stage.begun.lock().unwrap().push((Instant::now(), number));
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

pub(crate) const BASE: Duration = Duration::from_millis(200);

#[task(
    args = Act,
    name = "act",
    formerly = ["perform"],
    max_retries = 3,
    base_delay = BASE,
    jitter = "none",
    on = error if error != "for good"
)]
async fn act_out(stage: &&'static Stage, attempt: &Attempt, act: Act) -> Result<u32, String> {
    let number = attempt.number();
    let mut on_stage = OnStage::enter(stage, number);
    let letters = act.letters.as_bytes();
    let letter = letters[(number as usize - 1).min(letters.len() - 1)];
    if let Some(tenths) = char::from(letter).to_digit(10) {
        sleep(Duration::from_millis(100) * tenths).await;
    } else if letter == b's' {
        sleep(Duration::from_secs(1)).await;
    } else if letter == b'h' {
        std::future::pending::<()>().await;
    }
    on_stage.1 = true;
    match letter {
        b'w' | b'c' => {
            attempt.retry_in(if letter == b'w' { WAIT } else { Duration::MAX });
            Err(format!("failure {number}"))
        }
        b'f' | b's' => Err(format!("failure {number}")),
        b'x' => Err("for good".to_owned()),
        b'p' => panic!("trap door {number}"),
        _ => Ok(number),
    }
}

pub(crate) static BULKHEAD: Bulkhead = Bulkhead::new(1);
pub(crate) static BREAKER: CircuitBreaker = CircuitBreaker::new();

/// A task that shares what it calls.
#[task(breaker = BREAKER, bulkhead = BULKHEAD, on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
pub(crate) async fn share(attempt: &Attempt) -> Result<u32, String> {
    Ok(attempt.number())
}

/// A task that notes how far it has come, and what is to follow it.
#[task(base_delay = BASE, jitter = "none", on = _)]
pub(crate) async fn lead(
    stage: &&'static Stage,
    attempt: &Attempt,
    follower: Option<String>,
) -> Result<u32, String> {
    let delivery = attempt.delivery();
    let come = delivery.last_checkpoint::<u32>().unwrap_or(0);
    delivery.checkpoint(&(come + 10)).await.map_err(|error| error.to_string())?;
    match &follower {
        Some(letters) if letters == "keyed" => {
            delivery.then(Alone { until: true });
        }
        Some(letters) => {
            delivery.then(act(letters)).delay(BASE);
        }
        None => {}
    }
    assert_eq!(stage.starts(), 0, "nothing follows a failure");
    if come < 20 { Err(format!("{come} so far")) } else { Ok(come) }
}

/// A task of which there is to be one of a key.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Alone {
    pub(crate) until: bool,
}

impl Task for Alone {
    type Output = u32;
    const NAME: &'static str = "act";

    fn unique(&self) -> Option<Key> {
        let until = if self.until { KeyUntil::Ended } else { KeyUntil::Started };
        Some(Key { text: "the only one".to_owned(), until })
    }
}

/// A server, and a worker in this process.
pub(crate) struct Rig {
    pub(crate) restate: Restate,
    pub(crate) queue: Queue,
    pub(crate) stage: &'static Stage,
    pub(crate) worker: Serving,
}

/// A worker that serves until it is shut down.
pub(crate) struct Serving {
    shutdown: oneshot::Sender<()>,
    end: JoinHandle<Result<Ended, QueueError>>,
    pub(crate) address: String,
}

impl Serving {
    /// Serves at `address`, or at one that is free.
    pub(crate) async fn start(worker: Worker<&'static Stage>, address: Option<&str>) -> Self {
        let address = address.map(|address| address.trim_start_matches("http://").to_owned());
        let address =
            address.unwrap_or_else(|| format!("127.0.0.1:{}", crate::services::free_port()));
        let listener = TcpListener::bind(&address).await.expect("a port that is free");
        let (shutdown, down) = oneshot::channel();
        let end = tokio::spawn(worker.serve(listener, down));
        Self { shutdown, end, address: format!("http://{address}") }
    }

    pub(crate) async fn shut_down(self) -> Ended {
        self.shutdown.send(()).expect("a worker that serves");
        self.end.await.expect("no panic").expect("tasks that can be served")
    }
}

pub(crate) fn worker(stage: &'static Stage) -> Worker<&'static Stage> {
    Worker::new(stage).task::<Act>().task::<Lead>().task::<Share>()
}

impl Rig {
    /// Restate suspends what does nothing for 100 ms.
    pub(crate) async fn start() -> Self {
        let stage = Stage::new();
        Self::with(stage, worker(stage)).await
    }

    pub(crate) async fn with(stage: &'static Stage, worker: Worker<&'static Stage>) -> Self {
        let restate = Restate::start(Duration::from_millis(100));
        let queue = connect(&restate).await;
        let worker = Serving::start(worker, None).await;
        queue.register(&worker.address).await.expect("a worker that answers");
        Self { restate, queue, stage, worker }
    }
}

pub(crate) async fn connect(restate: &Restate) -> Queue {
    Queue::connect(restate.ingress(), restate.admin()).await.expect("a server")
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
