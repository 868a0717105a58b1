//! Tasks on an upstream: what they have of it, what they say themselves, and what others see.

use std::sync::LazyLock;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::tasks::{Queue, Status, WaitError, Worker};
use persevere::upstream::Counts;
use persevere::{
    Attempt, Budget, Bulkhead, CircuitBreaker, Classify, Policy, Rate, Upstream, Verdict, retry,
    task, testing,
};
use tokio::time::{Instant, sleep};

use crate::{SECOND, run};

const STEADY: Policy = Policy::DEFAULT
    .with_base_delay(SECOND)
    .with_exponential_base(1.0)
    .with_jitter(persevere::Jitter::None);

static RETRIES: Budget = Budget::new();
static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
static PLACES: Bulkhead = Bulkhead::new(1);
static COUNTS: Counts = Counts::new();
static BANK: Upstream = Upstream::new("bank", &RETRIES)
    .with_policy(STEADY.with_max_retries(3))
    .with_timeout(Duration::from_secs(2))
    .with_breaker(&CIRCUIT)
    .with_bulkhead(&PLACES)
    .with_counts(&COUNTS);

/// A call within the attempt, on the same upstream.
#[retry(upstream = BANK, on = _, max_retries = 0)]
async fn look_up(account: u32) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    assert_eq!(PLACES.available(), 0, "it shares the task's permit");
    Ok(account)
}

#[task(upstream = BANK, on = _)]
async fn charge(attempt: &Attempt, failures: u32) -> Result<u32, String> {
    let account = look_up(7).await.map_err(|error| error.to_string())?;
    assert_eq!(account, 7);
    if attempt.number() > failures {
        return Ok(attempt.number());
    }
    if failures == 9 { std::future::pending().await } else { Err("busy".to_owned()) }
}

#[task(upstream = BANK, on = _, breaker = false, timeout = "5s", policy = "none", name = "health")]
async fn ask_for_health() -> Result<u32, String> {
    sleep(Duration::from_secs(4)).await;
    Ok(1)
}

// One test, since the layers are statics.
#[tokio::test(start_paused = true)]
async fn a_task_has_what_its_upstream_says_unless_it_says_another_thing() {
    let queue = Queue::in_memory();
    let recorder = testing::Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    let handle = queue.enqueue(Charge { failures: 2 }).await.unwrap();
    run::<Charge, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 3);
    recorder.assert("3 attempts, waited 1 s then 1 s, succeeded");
    // The task's call, and a look-up in each of its attempts.
    assert_eq!((COUNTS.calls(), COUNTS.retries()), (1 + 3, 2));
    assert_eq!(CIRCUIT.tally().to_string(), "6 calls, 2 failed, 0 slow");
    assert_eq!(PLACES.available(), 1);

    // Its timeout, policy and budget.
    let tokens = RETRIES.available();
    let (handle, began) = (queue.enqueue(Charge { failures: 9 }).await.unwrap(), Instant::now());
    run::<Charge, _>(&queue, ()).await;
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::Exhausted, 4));
    assert!(began.elapsed() >= Duration::from_secs(4 * 2 + 3), "{:?}", began.elapsed());
    assert_ne!(RETRIES.available(), tokens, "three retries that failed");

    // While its circuit is open, the task is not leased; another that drops the breaker is.
    CIRCUIT.force_open();
    let charge = queue.enqueue(Charge { failures: 0 }).await.unwrap();
    let health = queue.enqueue(AskForHealth {}).await.unwrap();
    let worker = Worker::new(&queue, ()).task::<Charge>().task::<AskForHealth>();
    worker.run_until(sleep(30 * SECOND)).await.unwrap();
    assert!(matches!(charge.status().await, Ok(Status::Waiting { .. })));
    assert_eq!(health.wait(SECOND).await.unwrap(), 1, "its timeout is 5 s");
    CIRCUIT.reset();

    assert_eq!((PLACES.available(), PLACES.waiting()), (1, 0));
}

static RATE: Rate = Rate::per_second(2).with_max_wait(Duration::from_secs(3));
static MAPS: Upstream =
    Upstream::new("maps", &Budget::UNLIMITED).with_policy(STEADY).with_rate(&RATE).with_pushback();

#[derive(Debug)]
struct Limited;

impl std::fmt::Display for Limited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("slow down")
    }
}

impl Classify for Limited {
    fn classify(&self) -> Verdict {
        Verdict::THROTTLED.with_retry_after(Duration::from_secs(30))
    }
}

#[task(upstream = MAPS)]
async fn draw(began: &Instant, attempt: &Attempt, is_limited: bool) -> Result<u64, Limited> {
    if is_limited && attempt.is_first() { Err(Limited) } else { Ok(began.elapsed().as_secs()) }
}

#[tokio::test(start_paused = true)]
async fn attempts_take_the_turns_of_a_rate_and_keep_the_pause_that_one_was_asked_for() {
    let queue = Queue::in_memory();
    RATE.reset();
    let began = Instant::now();
    let tasks = (0..20).map(|_| Draw { is_limited: false });
    let handles = queue.enqueue_all(tasks).await.unwrap();
    run::<Draw, _>(&queue, began).await;
    assert!(
        began.elapsed() >= Duration::from_millis(9_500),
        "20 turns, two a second: {:?}",
        began.elapsed()
    );
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    let mut ended = Vec::new();
    for handle in &handles {
        ended.push(handle.wait(SECOND).await.unwrap());
    }
    // No second has more than two of them, and one for the moment at its begin.
    assert!(
        (0..40).all(|second| ended.iter().filter(|it| **it == second).count() <= 3),
        "{ended:?}"
    );

    // A pause that one is asked for holds the others, and the retry as well.
    let began = Instant::now();
    let limited = queue.enqueue(Draw { is_limited: true }).await.unwrap();
    Worker::new(&queue, began).task::<Draw>().run_until(sleep(SECOND)).await.unwrap();
    let other = queue.enqueue(Draw { is_limited: false }).await.unwrap();
    run::<Draw, _>(&queue, began).await;
    assert!(other.wait(SECOND).await.unwrap() >= 30);
    assert!(limited.wait(SECOND).await.unwrap() >= 30);
    assert_eq!(RATE.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_ends_leaves_no_turn_behind() {
    static SLOW: Rate = Rate::per_minute(6).with_max_wait(Duration::from_mins(1));
    static SCANS: Upstream = Upstream::new("scans", &Budget::UNLIMITED).with_rate(&SLOW);

    #[task(upstream = SCANS, on = _)]
    async fn scan() -> Result<(), String> {
        Ok(())
    }

    let queue = Queue::in_memory();
    let handles = queue.enqueue_all((0..4).map(|_| Scan {})).await.unwrap();
    let worker = Worker::new(&queue, ()).task::<Scan>();
    let shutdown = worker.run_until(sleep(15 * SECOND)).await.unwrap();
    assert_eq!((SLOW.waiting(), shutdown.abandoned), (0, 0));
    let mut done = 0;
    for handle in &handles {
        done += u32::from(matches!(handle.status().await, Ok(Status::Done)));
    }
    assert_eq!(done, 2, "one at once, one after ten seconds");
    run::<Scan, _>(&queue, ()).await;
    for handle in &handles {
        handle.wait(SECOND).await.unwrap();
    }
}

static LIBRARY: LazyLock<Upstream> = LazyLock::new(|| {
    let calls = CircuitBreaker::new();
    Upstream::owning("library", Budget::new()).with_policy(Policy::NONE).breaker(calls)
});

#[task(upstream = LIBRARY, on = _)]
fn read(page: u32) -> Result<u32, String> {
    if page > 0 { Ok(page) } else { Err("there is no such page".to_owned()) }
}

#[tokio::test]
async fn a_blocking_task_may_be_on_an_upstream_that_cuts_nothing() {
    let queue = Queue::in_memory();
    let pages = queue.enqueue_all([Read { page: 1 }, Read { page: 0 }]).await.unwrap();
    run::<Read, _>(&queue, ()).await;
    assert_eq!(pages[0].wait(SECOND).await.unwrap(), 1);
    let Err(WaitError::Dead(dead)) = pages[1].wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::Exhausted, 1));
    let layers = LIBRARY.layers();
    assert_eq!(
        layers.breaker.map(|it| it.tally().to_string()).as_deref(),
        Some("2 calls, 1 failed, 0 slow")
    );
    assert_eq!(layers.counts.map(Counts::calls), Some(2));
}
