//! `context = …`: what a body learns of the attempt it is, and how it steers the next.

use crate::support::scripted;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use persevere::{Attempt, Classify, Policy, Verdict, retry};
use scripted::Script;

/// What one attempt knows of itself, spans in milliseconds.
#[derive(Debug, PartialEq)]
struct Note {
    number: u32,
    retries: u32,
    max_retries: u32,
    is_first: bool,
    is_last: bool,
    elapsed: u128,
    previous_delay: Option<u128>,
    remaining: Option<u128>,
}

impl From<&Attempt> for Note {
    fn from(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number(),
            retries: attempt.retries(),
            max_retries: attempt.max_retries(),
            is_first: attempt.is_first(),
            is_last: attempt.is_last(),
            elapsed: attempt.elapsed().as_millis(),
            previous_delay: attempt.previous_delay().map(|delay| delay.as_millis()),
            remaining: attempt.remaining().map(|left| left.as_millis()),
        }
    }
}

#[retry(policy = "conservative", on = _, context = attempt)]
async fn noted(script: &Script<()>, notes: &mut Vec<Note>) -> Result<u32, ()> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    notes.push(attempt.into());
    script.run()
}

#[tokio::test(start_paused = true)]
async fn an_attempt_knows_where_it_stands() {
    let note = |number, elapsed, previous_delay| Note {
        number,
        retries: number - 1,
        max_retries: 3,
        is_first: number == 1,
        is_last: number == 4,
        elapsed,
        previous_delay,
        remaining: None,
    };
    let mut notes = Vec::new();
    assert_eq!(noted(&Script::of([(); 9]), &mut notes).await, Err(()));
    let expected = [
        note(1, 100, None),
        note(2, 5_200, Some(5_000)),
        note(3, 15_300, Some(10_000)),
        note(4, 35_400, Some(20_000)),
    ];
    assert_eq!(notes, expected);
}

#[tokio::test(start_paused = true)]
async fn each_call_starts_afresh() {
    let (script, mut notes) = (Script::of([()]), Vec::new());
    assert_eq!(noted(&script, &mut notes).await, Ok(2));
    assert_eq!(noted(&script, &mut notes).await, Ok(3));
    let seen: Vec<_> =
        notes.iter().map(|note| (note.number, note.elapsed, note.previous_delay)).collect();
    assert_eq!(seen, [(1, 100, None), (2, 5_200, Some(5_000)), (1, 100, None)]);
}

#[retry(on = _, context = attempt, max_retries = retries, base_delay = 0)]
async fn allowed(retries: u32) -> Result<(), (u32, bool)> {
    Err((attempt.max_retries(), attempt.is_last()))
}

#[tokio::test]
async fn max_retries_computed_at_run_time() {
    assert_eq!(allowed(0).await, Err((0, true)));
    assert_eq!(allowed(2).await, Err((2, true)));
}

/// What a body asks for, and the verdict of its failure.
#[derive(Clone, Copy, Debug)]
struct Failed {
    verdict: Verdict,
    steer: fn(&Attempt),
}

impl Classify for Failed {
    fn classify(&self) -> Verdict {
        self.verdict
    }
}

/// Waits 10 s, 20 s and 30 s, the last being `max_delay`, unless the body sets the wait.
const OWN: Policy = Policy::CONSERVATIVE
    .with_base_delay(Duration::from_secs(10))
    .with_max_delay(Duration::from_secs(30));
/// Waits 1 s, 3 s, 9 s and so on; how often it would retry has no say.
const OTHER: Policy = Policy::CONSERVATIVE
    .with_base_delay(Duration::from_secs(1))
    .with_exponential_base(3.0)
    .with_max_retries(1);

/// Waits in milliseconds go to `waits`.
#[retry(policy = OWN, context = attempt)]
async fn steered(script: &Script<Failed>, waits: &mut Vec<u128>) -> Result<u32, Failed> {
    waits.extend(attempt.previous_delay().map(|delay| delay.as_millis()));
    script.run().inspect_err(|failed| (failed.steer)(attempt))
}

/// The waits of a call that fails so, and whether it succeeded in the end.
async fn waits(failures: impl IntoIterator<Item = Failed>) -> (Vec<u128>, bool) {
    let mut waits = Vec::new();
    let begun = tokio::time::Instant::now();
    let outcome = steered(&Script::of(failures), &mut waits).await;
    assert_eq!(begun.elapsed().as_millis(), waits.iter().sum::<u128>());
    (waits, outcome.is_ok())
}

fn transient(steer: fn(&Attempt)) -> Failed {
    Failed { verdict: Verdict::TRANSIENT, steer }
}

fn permanent(steer: fn(&Attempt)) -> Failed {
    Failed { verdict: Verdict::PERMANENT, steer }
}

#[tokio::test(start_paused = true)]
async fn retry_in_waits_exactly_that_long_once() {
    let quick = transient(|attempt| attempt.retry_in(Duration::from_millis(1_234)));
    let usual = transient(|_| {});
    assert_eq!(waits([quick]).await, (vec![1_234], true));
    assert_eq!(waits([quick, usual, quick]).await, (vec![1_234, 20_000, 1_234], true));
    let twice = transient(|attempt| {
        attempt.retry_in(Duration::from_secs(1));
        attempt.retry_in(Duration::from_secs(2));
    });
    assert_eq!(waits([twice]).await, (vec![2_000], true));
    let at_once = transient(|attempt| attempt.retry_in(Duration::ZERO));
    assert_eq!(waits([at_once]).await, (vec![0], true));
}

#[tokio::test(start_paused = true)]
async fn retry_in_is_capped_and_keeps_to_max_retries() {
    let far = transient(|attempt| attempt.retry_in(Duration::MAX));
    assert_eq!(waits([far; 9]).await, (vec![30_000; 3], false));
}

#[tokio::test(start_paused = true)]
async fn retry_in_goes_before_the_errors_own_hint() {
    let hinted = Failed {
        verdict: Verdict::THROTTLED.with_retry_after(Duration::from_secs(25)),
        steer: |attempt| attempt.retry_in(Duration::from_secs(2)),
    };
    let unsteered = Failed { steer: |_| {}, ..hinted };
    assert_eq!(waits([hinted, unsteered]).await, (vec![2_000, 25_000], true));
}

#[tokio::test(start_paused = true)]
async fn asking_for_a_retry_wins_over_a_permanent_verdict() {
    let quick = permanent(|attempt| attempt.retry_in(Duration::from_secs(1)));
    let other = permanent(|attempt| attempt.retry_with(OTHER));
    assert_eq!(waits([quick, other]).await, (vec![1_000, 3_000], true));
    assert_eq!(waits([quick, permanent(|_| {})]).await, (vec![1_000], false));
}

#[tokio::test(start_paused = true)]
async fn retry_with_takes_the_other_schedule_at_the_same_index_once() {
    let other = transient(|attempt| attempt.retry_with(OTHER));
    let usual = transient(|_| {});
    assert_eq!(waits([other; 9]).await, (vec![1_000, 3_000, 9_000], false));
    assert_eq!(waits([usual, other, usual]).await, (vec![10_000, 3_000, 30_000], true));
    let capped = transient(|attempt| {
        attempt.retry_with(OTHER.with_max_delay(Duration::from_secs(2)));
        attempt.retry_in(Duration::from_secs(25));
    });
    assert_eq!(waits([capped]).await, (vec![2_000], true));
}

#[tokio::test(start_paused = true)]
async fn give_up_wins() {
    let before = transient(|attempt| {
        attempt.give_up();
        attempt.retry_in(Duration::from_secs(1));
        attempt.retry_with(OTHER);
    });
    let after = transient(|attempt| {
        attempt.retry_in(Duration::from_secs(1));
        attempt.retry_with(OTHER);
        attempt.give_up();
    });
    assert_eq!(waits([before]).await, (vec![], false));
    assert_eq!(waits([transient(|_| {}), after]).await, (vec![10_000], false));
}

#[retry(on = _, context = attempt)]
async fn steers_a_success(script: &Script<()>) -> Result<u32, ()> {
    attempt.retry_in(Duration::from_secs(1));
    let run = script.run()?;
    attempt.give_up();
    Ok(run)
}

#[tokio::test(start_paused = true)]
async fn a_success_ignores_what_was_asked() {
    let script = Script::of([()]);
    assert_eq!(steers_a_success(&script).await, Ok(2));
    assert_eq!(script.runs(), 2);
}

#[retry(policy = "conservative", on = Some(()), context = attempt)]
async fn held_across_an_await(script: &Script<Option<()>>) -> Result<u32, Option<()>> {
    let numbered = attempt;
    tokio::task::yield_now().await;
    if numbered.is_first() {
        numbered.retry_in(Duration::from_secs(1));
    }
    script.run()
}

#[tokio::test(start_paused = true)]
async fn the_future_that_holds_an_attempt_is_send() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let script = Script::of([None, Some(())]);
    assert_eq!(is_send(held_across_an_await(&script)).await, Ok(3));
}

thread_local! {
    static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn record(delay: Duration) {
    SLEPT.with_borrow_mut(|slept| slept.push(delay));
}

#[retry(policy = "conservative", on = _, context = attempt, sleep = record)]
fn blocking(script: &Script<()>, notes: &mut Vec<Note>) -> Result<u32, ()> {
    notes.push(attempt.into());
    attempt.retry_in(Duration::from_millis(u64::from(attempt.number())));
    script.run()
}

#[tokio::test(start_paused = true)]
async fn blocking_functions() {
    let mut notes = Vec::new();
    assert_eq!(blocking(&Script::of([(); 9]), &mut notes), Err(()));
    assert_eq!(SLEPT.take(), [1, 2, 3].map(Duration::from_millis));
    let seen: Vec<_> =
        notes.iter().map(|note| (note.number, note.is_last, note.previous_delay)).collect();
    assert_eq!(
        seen,
        [(1, false, None), (2, false, Some(1)), (3, false, Some(2)), (4, true, Some(3))]
    );
    // The recorder takes no time, and the clock stands still.
    assert!(notes.iter().all(|note| note.elapsed == 0));
}

struct Client {
    script: Script<()>,
    numbers: Vec<u32>,
}

impl Client {
    fn new() -> Self {
        Self { script: Script::of([(); 2]), numbers: Vec::new() }
    }

    #[retry(on = _, context = attempt)]
    async fn shared(&self) -> Result<u32, ()> {
        self.script.run().map(|run| run * 10 + attempt.number())
    }

    #[retry(on = _, context = attempt)]
    async fn unique(&mut self) -> Result<u32, ()> {
        self.numbers.push(attempt.number());
        self.script.run()
    }

    #[retry(on = _, context = attempt, base_delay = 0)]
    fn blocking(&mut self) -> Result<u32, ()> {
        self.numbers.push(attempt.number());
        self.script.run()
    }

    #[retry(on = _, context = attempt)]
    fn returns_boxed(&self) -> Pin<Box<dyn Future<Output = Result<u32, ()>> + Send + '_>> {
        Box::pin(async move { self.script.run().map(|run| run * 10 + attempt.number()) })
    }
}

#[async_trait::async_trait]
trait Store {
    async fn load(&mut self, key: String) -> Result<usize, ()>;

    #[retry(on = _, context = attempt)]
    async fn by_default(&self, script: &Script<()>) -> Result<u32, ()> {
        script.run().map(|run| run * 10 + attempt.number())
    }
}

#[async_trait::async_trait]
impl Store for Client {
    #[retry(on = _, context = attempt)]
    async fn load(&mut self, key: String) -> Result<usize, ()> {
        self.numbers.push(attempt.number());
        self.script.run()?;
        Ok(key.len())
    }
}

#[tokio::test(start_paused = true)]
async fn methods() {
    assert_eq!(Client::new().shared().await, Ok(33));
    assert_eq!(Client::new().returns_boxed().await, Ok(33));
    assert_eq!(Client::new().by_default(&Script::of([()])).await, Ok(22));
    let mut client = Client::new();
    assert_eq!(client.unique().await, Ok(3));
    client.script = Script::of([()]);
    assert_eq!(client.blocking(), Ok(2));
    client.script = Script::of([()]);
    assert_eq!(client.load("key".to_owned()).await, Ok(3));
    assert_eq!(client.numbers, [1, 2, 3, 1, 2, 1, 2]);
}
