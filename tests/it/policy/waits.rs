//! How long the waits are, to the millisecond, on a paused clock or as a recorder notes them.

use crate::support::scripted;

use std::cell::RefCell;
use std::sync::Mutex;
use std::time::Duration;

use futures::FutureExt as _;
use persevere::{Classify, Jitter, Policy, Verdict, retry};
use scripted::Script;
use tokio::time::Instant;

/// A failure with a given verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Judged(Verdict);

impl Classify for Judged {
    fn classify(&self) -> Verdict {
        self.0
    }
}

const TRANSIENT: Judged = Judged(Verdict::TRANSIENT);
const THROTTLED: Judged = Judged(Verdict::THROTTLED);
const PERMANENT: Judged = Judged(Verdict::PERMANENT);

const fn after(verdict: Verdict, seconds: u64) -> Judged {
    Judged(verdict.with_retry_after(Duration::from_secs(seconds)))
}

/// A script that notes when it ran.
struct Clocked<E> {
    script: Script<E>,
    starts: Mutex<Vec<Instant>>,
}

impl<E> Clocked<E> {
    fn of(failures: impl IntoIterator<Item = E>) -> Self {
        Self { script: Script::of(failures), starts: Mutex::default() }
    }

    fn run(&self) -> Result<u32, E> {
        self.starts.lock().unwrap().push(Instant::now());
        self.script.run()
    }

    /// The milliseconds between one run and the next.
    fn waits(&self) -> Vec<u128> {
        let starts = self.starts.lock().unwrap();
        assert_eq!(starts.len(), self.script.runs() as usize);
        starts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect()
    }
}

/// The waits of a call that fails so.
async fn waits<T>(
    call: impl AsyncFn(&Clocked<Judged>) -> Result<u32, T>,
    failures: impl IntoIterator<Item = Judged>,
) -> Vec<u128> {
    let clocked = Clocked::of(failures);
    let _ = call(&clocked).await;
    clocked.waits()
}

#[retry(policy = "conservative")]
async fn conservative(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn the_schedule_is_kept_to_the_millisecond() {
    let clocked = Clocked::of([TRANSIENT; 9]);
    assert_eq!(conservative(&clocked).await, Err(TRANSIENT));
    assert_eq!(clocked.waits(), [5_000, 10_000, 20_000]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_a_floor_under_the_delay_and_max_delay_is_above_both() {
    let failures = [
        after(Verdict::TRANSIENT, 7),
        after(Verdict::THROTTLED, 3),
        after(Verdict::TRANSIENT, 300),
    ];
    assert_eq!(waits(conservative, failures).await, [7_000, 10_000, 300_000]);
    assert_eq!(waits(conservative, [after(Verdict::TRANSIENT, 301)]).await, [0; 0]);
    assert_eq!(waits(conservative, [after(Verdict::THROTTLED, 0)]).await, [5_000]);
}

#[retry]
async fn jittered(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_jittered_upward_only() {
    for _ in 0..50 {
        let waits = waits(jittered, [after(Verdict::TRANSIENT, 60)]).await;
        assert!(matches!(waits[..], [60_000..=75_000]), "{waits:?}");
    }
}

#[retry(policy = "conservative", on = _)]
async fn on_all(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn under_on_the_error_still_says_how_long_to_wait_but_not_whether() {
    let failures = [PERMANENT, after(Verdict::PERMANENT, 60), after(Verdict::THROTTLED, 70)];
    assert_eq!(waits(on_all, failures).await, [5_000, 60_000, 70_000]);
}

/// At 7, 21 and 63 seconds; one retry of its own, which must not count.
const GENTLE: Policy = Policy::CONSERVATIVE
    .with_base_delay(Duration::from_secs(7))
    .with_exponential_base(3.0)
    .with_max_retries(1);

#[retry(policy = "conservative", throttled = GENTLE)]
async fn throttled(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[retry(policy = "conservative", throttled = GENTLE, on = _)]
async fn throttled_on_all(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[retry(policy = "conservative", throttled = GENTLE, when = |number| {
    Verdict::THROTTLED.with_retry_after(Duration::from_secs(*number))
})]
async fn throttled_when(clocked: &Clocked<u64>) -> Result<u32, u64> {
    clocked.run()
}

#[retry(policy = "conservative", throttled = GENTLE, when = |_| true)]
async fn throttled_when_hinted(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn throttled_failures_wait_by_their_own_schedule_at_the_same_index() {
    let mixed = [THROTTLED, TRANSIENT, THROTTLED, THROTTLED];
    assert_eq!(waits(throttled, mixed).await, [7_000, 10_000, 63_000]);
    let mixed = [TRANSIENT, THROTTLED, PERMANENT];
    assert_eq!(waits(throttled, mixed).await, [5_000, 21_000]);
    assert_eq!(waits(throttled, [after(Verdict::THROTTLED, 8); 9]).await, [8_000, 21_000, 63_000]);
}

#[tokio::test(start_paused = true)]
async fn under_on_and_when_throttling_comes_from_the_error_or_the_verdict() {
    let mixed = [THROTTLED, PERMANENT, THROTTLED];
    assert_eq!(waits(throttled_on_all, mixed).await, [7_000, 10_000, 63_000]);
    assert_eq!(waits(throttled_when_hinted, mixed).await, [7_000, 10_000, 63_000]);
    let clocked = Clocked::of([0, 30, 60]);
    assert_eq!(throttled_when(&clocked).await, Ok(4));
    assert_eq!(clocked.waits(), [7_000, 30_000, 63_000]);
}

#[retry(policy = "conservative", when = |_| Verdict::TRANSIENT.with_retry_after(Duration::from_secs(6)))]
async fn when_over_the_hint(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn the_retry_after_of_when_goes_before_that_of_the_error() {
    assert_eq!(waits(when_over_the_hint, [after(Verdict::TRANSIENT, 60)]).await, [6_000]);
}

const RETRIES: u32 = 2;
const BASE: Duration = Duration::from_millis(1_500);
const FACTOR: f64 = 4.0;
const SPREAD: Jitter = Jitter::None;

#[retry(
    max_retries = 4,
    base_delay = 3,
    max_delay = "20s",
    exponential_base = 1.5,
    jitter = "none"
)]
async fn literals(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[retry(
    max_retries = RETRIES,
    base_delay = BASE,
    max_delay = Duration::from_secs(5),
    exponential_base = FACTOR,
    jitter = SPREAD
)]
async fn constants(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

#[retry(policy = GENTLE, max_retries = 2)]
async fn over_own_policy(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
    clocked.run()
}

struct Settings {
    retries: u32,
    factor: f64,
    spread: f64,
    policy: Policy,
}

#[retry(
    policy = settings.policy,
    max_retries = settings.retries + 1,
    base_delay = base * 2,
    max_delay = base * 100,
    exponential_base = settings.factor,
    jitter = Jitter::Proportional(settings.spread)
)]
async fn computed(
    clocked: &Clocked<Judged>,
    settings: &Settings,
    base: Duration,
) -> Result<u32, Judged> {
    clocked.run()
}

#[tokio::test(start_paused = true)]
async fn overrides_as_literals_and_constants() {
    assert_eq!(waits(literals, [TRANSIENT; 9]).await, [3_000, 4_500, 6_750, 10_125]);
    assert_eq!(waits(constants, [TRANSIENT; 9]).await, [1_500, 5_000]);
    assert_eq!(waits(over_own_policy, [TRANSIENT; 9]).await, [7_000, 21_000]);
}

#[tokio::test(start_paused = true)]
async fn overrides_computed_from_the_arguments() {
    let settings = Settings { retries: 2, factor: 10.0, spread: 0.0, policy: GENTLE };
    let call = async |clocked: &Clocked<Judged>| {
        computed(clocked, &settings, Duration::from_millis(500)).await
    };
    assert_eq!(waits(call, [TRANSIENT; 9]).await, [1_000, 10_000, 50_000]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_factor_or_jitter_computed_at_run_time_leaves_the_policys_own() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 0.999] {
        let spread = if (0.0..=1.0).contains(&bad) { 1.001 } else { bad };
        let settings = Settings { retries: 2, factor: bad, spread, policy: GENTLE };
        let call = async |clocked: &Clocked<Judged>| {
            computed(clocked, &settings, Duration::from_millis(500)).await
        };
        assert_eq!(waits(call, [TRANSIENT; 9]).await, [1_000, 3_000, 9_000], "{bad}");
    }
}

macro_rules! waits_of {
    ($($name:ident: $delay:expr => $millis:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            #[retry(policy = "conservative", max_retries = 1, base_delay = $delay)]
            async fn call(clocked: &Clocked<Judged>) -> Result<u32, Judged> {
                clocked.run()
            }
            assert_eq!(waits(call, [TRANSIENT]).await, [$millis]);
        }
    )*};
}

waits_of! {
    milliseconds: "250ms" => 250;
    seconds_in_text: "2s" => 2_000;
    minutes_and_seconds: "1m30s" => 90_000;
    minutes: "5min" => 300_000;
    bare_number: 2 => 2_000;
    bare_fraction: 0.5 => 500;
    expression: Duration::from_millis(1_234) + BASE => 2_734;
    inexact_constructor: Duration::from_secs_f64(0.25) => 250;
    zero: 0 => 0;
}

thread_local! {
    /// What the two functions below were asked to wait; each test has its own thread.
    static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn record(delay: Duration) {
    SLEPT.with_borrow_mut(|slept| slept.push(delay));
}

/// The timer of another runtime.
async fn other_timer(delay: Duration) {
    std::future::ready(()).await;
    record(delay);
}

fn slept() -> Vec<u128> {
    SLEPT.take().iter().map(Duration::as_millis).collect()
}

#[retry(policy = "conservative", sleep = other_timer)]
async fn on_another_runtime(script: &Script<Judged>) -> Result<u32, Judged> {
    script.run()
}

#[retry(policy = "conservative", sleep = record)]
fn blocking(script: &Script<Judged>) -> Result<u32, Judged> {
    script.run()
}

#[retry(policy = "conservative", sleep = |delay| log.borrow_mut().push(delay))]
fn blocking_with_closure(
    script: &Script<Judged>,
    log: &RefCell<Vec<Duration>>,
) -> Result<u32, Judged> {
    script.run()
}

#[test]
fn a_sleep_of_ones_own_is_asked_for_every_wait() {
    let failures = [after(Verdict::TRANSIENT, 8), TRANSIENT, TRANSIENT];
    let outcome = on_another_runtime(&Script::of(failures)).now_or_never();
    assert_eq!(outcome, Some(Ok(4)));
    assert_eq!(slept(), [8_000, 10_000, 20_000]);
    assert_eq!(blocking(&Script::of(failures)), Ok(4));
    assert_eq!(slept(), [8_000, 10_000, 20_000]);
    let log = RefCell::default();
    assert_eq!(blocking_with_closure(&Script::of([TRANSIENT]), &log), Ok(2));
    assert_eq!(log.take(), [Duration::from_secs(5)]);
}
