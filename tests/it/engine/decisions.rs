//! `engine::decide`: what ends a call and in which order, and how long the next wait is.

use crate::support::arbitrary;

use std::cell::RefCell;
use std::time::Duration;

use persevere::driver::Driver;
use persevere::engine::{Decision, Failure, GiveUp, History, decide};
use persevere::{Attempt, Class, Event, EventKind, Jitter, Policy, Verdict, retry};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const SECOND: Duration = Duration::from_secs(1);

/// 3 retries, 5 s doubling, at most 300 s.
const STEADY: Policy = Policy::CONSERVATIVE;

fn after(retries: u32) -> History {
    History::new(retries, (retries > 0).then_some(SECOND))
}

fn decision(failure: &Failure<'_>, history: &History) -> Decision {
    decide(failure, history, &mut SmallRng::seed_from_u64(7))
}

/// Many waits after the same failure.
fn waits(failure: &Failure<'_>, history: &History) -> Vec<Duration> {
    let mut rng = SmallRng::seed_from_u64(7);
    let wait = |_| match decide(failure, history, &mut rng) {
        Decision::Retry(delay) => delay,
        Decision::GiveUp(reason) => panic!("gave up: {reason:?}"),
    };
    (0..1_000).map(wait).collect()
}

/// Whether the waits lie in `from..=to` and come within a twentieth of both ends.
fn assert_spread(waits: &[Duration], from: Duration, to: Duration) {
    let margin = to.abs_diff(from) / 20;
    let least = *waits.iter().min().unwrap();
    let most = *waits.iter().max().unwrap();
    assert!((from..=from + margin).contains(&least), "least {least:?}, expected {from:?}");
    assert!(most <= to && most + margin >= to, "most {most:?}, expected {to:?}");
}

#[test]
fn retries_end_at_max_retries() {
    for verdict in [Verdict::TRANSIENT, Verdict::THROTTLED] {
        let failure = Failure::new(&STEADY, verdict);
        for (retries, seconds) in [(0, 5), (1, 10), (2, 20)] {
            let expected = Decision::Retry(Duration::from_secs(seconds));
            assert_eq!(decision(&failure, &after(retries)), expected);
        }
        for retries in [3, 4, u32::MAX] {
            let expected = Decision::GiveUp(GiveUp::Exhausted);
            assert_eq!(decision(&failure, &after(retries)), expected);
        }
    }
    let once = STEADY.with_max_retries(0);
    let failure = Failure::new(&once, Verdict::TRANSIENT);
    assert_eq!(decision(&failure, &History::NEW), Decision::GiveUp(GiveUp::Exhausted));
}

#[test]
fn a_permanent_failure_ends_the_call_before_all_else() {
    for verdict in [Verdict::PERMANENT, Verdict::PERMANENT.with_retry_after(SECOND)] {
        let failure = Failure::new(&STEADY, verdict).throttled(&STEADY);
        for retries in [0, 2, 3, u32::MAX] {
            let expected = Decision::GiveUp(GiveUp::Permanent);
            assert_eq!(decision(&failure, &after(retries)), expected);
        }
    }
}

#[test]
fn throttled_failures_have_their_own_schedule_but_not_their_own_count() {
    let gentle = Policy::CONSERVATIVE.with_base_delay(60 * SECOND).with_max_retries(1);
    let throttled = Failure::new(&STEADY, Verdict::THROTTLED).throttled(&gentle);
    assert_eq!(decision(&throttled, &after(0)), Decision::Retry(60 * SECOND));
    assert_eq!(decision(&throttled, &after(2)), Decision::Retry(240 * SECOND));
    assert_eq!(decision(&throttled, &after(3)), Decision::GiveUp(GiveUp::Exhausted));

    let transient = Failure::new(&STEADY, Verdict::TRANSIENT).throttled(&gentle);
    assert_eq!(decision(&transient, &after(2)), Decision::Retry(20 * SECOND));

    // Both caps hold, that of the call's own policy and that of the throttled schedule: over the
    // schedule's own waits, and over what is asked for.
    let short = gentle.with_max_delay(7 * SECOND);
    for (policy, throttled) in [(STEADY, short), (STEADY.with_max_delay(7 * SECOND), gentle)] {
        let after_asking = |seconds| {
            let verdict = Verdict::THROTTLED.with_retry_after(Duration::from_secs(seconds));
            decision(&Failure::new(&policy, verdict).throttled(&throttled), &after(0))
        };
        assert_eq!(after_asking(0), Decision::Retry(7 * SECOND));
        assert_eq!(after_asking(7), Decision::Retry(7 * SECOND));
        assert_eq!(after_asking(8), Decision::GiveUp(GiveUp::RetryAfterTooLong));
    }
}

#[test]
fn retry_after_is_a_floor() {
    let wait = |seconds| {
        let verdict = Verdict::TRANSIENT.with_retry_after(Duration::from_secs(seconds));
        decision(&Failure::new(&STEADY, verdict), &History::NEW)
    };
    assert_eq!(wait(0), Decision::Retry(5 * SECOND));
    assert_eq!(wait(4), Decision::Retry(5 * SECOND));
    assert_eq!(wait(6), Decision::Retry(6 * SECOND));
    assert_eq!(wait(300), Decision::Retry(300 * SECOND));
    // Never longer than promised, never earlier than asked.
    assert_eq!(wait(301), Decision::GiveUp(GiveUp::RetryAfterTooLong));
    assert_eq!(wait(u64::MAX), Decision::GiveUp(GiveUp::RetryAfterTooLong));
}

#[test]
fn what_ends_a_call_anyway_comes_before_a_retry_after_that_is_too_long() {
    let asking = |verdict: Verdict| verdict.with_retry_after(1_000 * SECOND);
    let permanent = Failure::new(&STEADY, asking(Verdict::PERMANENT));
    assert_eq!(decision(&permanent, &History::NEW), Decision::GiveUp(GiveUp::Permanent));
    let busy = Failure::new(&STEADY, asking(Verdict::TRANSIENT));
    let spent = History::new(3, None);
    assert_eq!(decision(&busy, &spent), Decision::GiveUp(GiveUp::Exhausted));
    let late = busy.remaining(1_000 * SECOND);
    assert_eq!(decision(&late, &History::NEW), Decision::GiveUp(GiveUp::DeadlineExceeded));
    let in_time = busy.remaining(1_001 * SECOND);
    assert_eq!(decision(&in_time, &History::NEW), Decision::GiveUp(GiveUp::RetryAfterTooLong));
}

/// Callers that were asked to wait 10 seconds must not return in the same instant, nor too early.
#[test]
fn retry_after_is_jittered_upward() {
    let verdict = Verdict::THROTTLED.with_retry_after(10 * SECOND);
    for (jitter, most) in [
        (Jitter::Proportional(0.25), Duration::from_millis(12_500)),
        (Jitter::Full, 15 * SECOND),
        (Jitter::Equal, Duration::from_millis(12_500)),
        (Jitter::Decorrelated, 20 * SECOND), // as wide as from 5 s to 15 s
    ] {
        let policy = STEADY.with_jitter(jitter);
        let waits = waits(&Failure::new(&policy, verdict), &History::NEW);
        assert_spread(&waits, 10 * SECOND, most);
    }
    // A hint within the jitter's own range moves its lower end only as far as it must.
    let policy = STEADY.with_jitter(Jitter::Proportional(0.25));
    let hinted = Verdict::THROTTLED.with_retry_after(SECOND);
    let waits = waits(&Failure::new(&policy, hinted), &History::NEW);
    assert_spread(&waits, 5 * SECOND, Duration::from_millis(6_250));
}

#[test]
fn retry_after_near_the_cap_is_spread_up_to_it() {
    let policy = STEADY.with_jitter(Jitter::Proportional(0.25));
    let verdict = Verdict::THROTTLED.with_retry_after(280 * SECOND);
    let waits = waits(&Failure::new(&policy, verdict), &History::NEW);
    assert_spread(&waits, 280 * SECOND, 300 * SECOND);
}

#[test]
fn decorrelated_jitter_goes_on_from_the_wait_before() {
    let policy = STEADY.with_jitter(Jitter::Decorrelated);
    let failure = Failure::new(&policy, Verdict::TRANSIENT);
    assert_spread(&waits(&failure, &History::NEW), 5 * SECOND, 15 * SECOND);
    let history = History::new(1, Some(50 * SECOND));
    assert_spread(&waits(&failure, &history), 5 * SECOND, 150 * SECOND);
    // A wait of 300 years has more nanoseconds than 63 bits hold.
    let history = History::new(1, Some(Duration::from_secs(10_000_000_000)));
    assert!(waits(&failure, &history).iter().all(|wait| *wait == 300 * SECOND));
}

/// How the call under `ask` ended, and the waits it made.
fn steered(error: Verdict, ask: impl Fn(&Attempt)) -> (EventKind, Vec<Duration>) {
    thread_local! {
        static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
    }
    fn recorder(delay: Duration) {
        WAITS.with_borrow_mut(|waits| waits.push(delay));
    }

    #[retry(
        policy = STEADY,
        when = |error: &Verdict| *error,
        context = attempt,
        on_give_up = |event: &Event<'_>| *end = Some(event.kind()),
        sleep = recorder
    )]
    fn call(
        error: Verdict,
        ask: impl Fn(&Attempt),
        end: &mut Option<EventKind>,
    ) -> Result<(), Verdict> {
        ask(attempt);
        Err(error)
    }

    let mut end = None;
    assert_eq!(call(error, ask, &mut end), Err(error));
    (end.expect("the call gave up"), WAITS.take())
}

#[test]
fn what_the_body_asks_for_comes_between() {
    let permanent = EventKind::GiveUp(GiveUp::Permanent);
    let exhausted = EventKind::GiveUp(GiveUp::Exhausted);
    let requested = EventKind::GiveUp(GiveUp::Requested);

    assert_eq!(steered(Verdict::PERMANENT, |_| ()), (permanent, vec![]));
    // A wish to retry wins over a permanent verdict, but not over `max_retries` or the cap.
    assert_eq!(
        steered(Verdict::PERMANENT, |attempt| attempt.retry_in(SECOND)),
        (exhausted, vec![SECOND; 3])
    );
    assert_eq!(
        steered(Verdict::TRANSIENT, |attempt| attempt.retry_in(Duration::MAX)),
        (exhausted, vec![300 * SECOND; 3])
    );
    let quick = STEADY.with_base_delay(SECOND).with_max_retries(100);
    assert_eq!(
        steered(Verdict::PERMANENT, |attempt| attempt.retry_with(quick)),
        (exhausted, vec![SECOND, 2 * SECOND, 4 * SECOND])
    );
    // Giving up wins over everything.
    let both = |attempt: &Attempt| {
        attempt.retry_in(SECOND);
        attempt.give_up();
    };
    assert_eq!(steered(Verdict::TRANSIENT, both), (requested, vec![]));
    assert_eq!(steered(Verdict::PERMANENT, both), (requested, vec![]));
}

#[test]
fn a_failure_is_steered_by_what_its_attempt_was_asked_for() {
    let call = Driver::named("steered", STEADY).begin();
    call.attempt().retry_in(7 * SECOND);
    let steering = call.attempt().steering();
    let failure = Failure::new(&STEADY, Verdict::PERMANENT);
    assert_eq!(decision(&failure, &History::NEW), Decision::GiveUp(GiveUp::Permanent));
    let steered = failure.steered(&steering);
    assert_eq!(decision(&steered, &History::NEW), Decision::Retry(7 * SECOND));
}

#[test]
fn a_reason_is_displayed_as_its_word() {
    assert_eq!(format!("{:>10}", GiveUp::Exhausted), " exhausted");
}

/// The wait's bounds in nanoseconds, written from the rule alone, for waits far from overflow.
fn bounds(policy: &Policy, history: &History, floor: Duration) -> (f64, f64) {
    let nanos = |duration: Duration| duration.as_secs_f64() * 1e9;
    let max = nanos(policy.max_delay());
    let base = nanos(policy.base_delay());
    let floor = nanos(floor);
    let own = (base * policy.exponential_base().powf(f64::from(history.retries))).min(max);
    let (from, to) = match policy.jitter() {
        Jitter::None => (own, own),
        Jitter::Full => (0.0, own),
        Jitter::Equal => (own / 2.0, own),
        Jitter::Decorrelated => {
            (base, (3.0 * history.previous_delay.map_or(base, nanos)).max(base))
        }
        Jitter::Proportional(share) => {
            let from = own.min(max / (1.0 + share)).max(floor);
            (from, from * (1.0 + share))
        }
        other => panic!("a model is missing: {other:?}"),
    };
    let shift = (floor - from).max(0.0);
    ((from + shift).min(max), (to + shift).min(max))
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let class =
        prop_oneof![Just(Verdict::PERMANENT), Just(Verdict::TRANSIENT), Just(Verdict::THROTTLED),];
    (class, proptest::option::of(arbitrary::duration())).prop_map(|(verdict, hint)| match hint {
        Some(hint) => verdict.with_retry_after(hint),
        None => verdict,
    })
}

fn history() -> impl Strategy<Value = History> {
    (arbitrary::retry_index(), proptest::option::of(arbitrary::duration()))
        .prop_map(|(retries, previous_delay)| History::new(retries, previous_delay))
}

/// A policy whose waits are all below a day.
fn everyday_policy() -> impl Strategy<Value = Policy> {
    let millis = |most: u64| (0..most).prop_map(Duration::from_millis);
    (0..12_u32, millis(10_000), millis(86_400_000), 1.0..3.0, arbitrary::jitter())
        .prop_map(arbitrary::policy_of)
}

proptest! {
    #[test]
    fn the_decision_is_that_of_the_model(
        policy in everyday_policy(),
        gentle in proptest::option::of(everyday_policy()),
        class in prop_oneof![
            Just(Verdict::PERMANENT), Just(Verdict::TRANSIENT), Just(Verdict::THROTTLED),
        ],
        hint in proptest::option::of((0..400_000_u64).prop_map(Duration::from_millis)),
        retries in 0..13_u32,
        previous in (0..100_000_u64).prop_map(Duration::from_millis),
        seed: u64,
    ) {
        let verdict = hint.map_or(class, |hint| class.with_retry_after(hint));
        let history = History::new(retries, (retries > 0).then_some(previous));
        let failure = Failure::new(&policy, verdict);
        let failure = gentle.as_ref().map_or(failure, |gentle| failure.throttled(gentle));
        let decision = decide(&failure, &history, &mut SmallRng::seed_from_u64(seed));

        if verdict.class() == Class::Permanent {
            prop_assert_eq!(decision, Decision::GiveUp(GiveUp::Permanent));
        } else if retries >= policy.max_retries() {
            prop_assert_eq!(decision, Decision::GiveUp(GiveUp::Exhausted));
        } else {
            let schedule = match (verdict.class(), &gentle) {
                (Class::Throttled, Some(gentle)) => gentle,
                _ => &policy,
            };
            let max = schedule.max_delay().min(policy.max_delay());
            if hint.is_some_and(|hint| hint > max) {
                prop_assert_eq!(decision, Decision::GiveUp(GiveUp::RetryAfterTooLong));
                return Ok(());
            }
            let schedule = &schedule.with_max_delay(max);
            let (from, to) = bounds(schedule, &history, hint.unwrap_or_default());
            let Decision::Retry(delay) = decision else {
                return Err(TestCaseError::fail(format!("gave up: {decision:?}")));
            };
            let delay = delay.as_secs_f64() * 1e9;
            // Each bound is rounded to the nanosecond, and once more on its way through seconds.
            prop_assert!((from - 2.0..=to + 2.0).contains(&delay), "{delay} not {from}..={to}");
        }
    }

    #[test]
    fn no_input_panics_or_passes_cap_and_floor(
        policy in arbitrary::policy(),
        gentle in arbitrary::policy(),
        verdict in verdict(),
        history in history(),
        seed: u64,
    ) {
        let failure = Failure::new(&policy, verdict).throttled(&gentle);
        let decision = decide(&failure, &history, &mut SmallRng::seed_from_u64(seed));
        let throttled = verdict.class() == Class::Throttled;
        let schedule = if throttled { gentle } else { policy };
        let max = schedule.max_delay().min(policy.max_delay());
        let asked = verdict.retry_after().unwrap_or_default();
        match decision {
            Decision::Retry(delay) => {
                prop_assert!(verdict.is_retryable());
                let is_allowed = history.retries < policy.max_retries() || policy.is_unlimited();
                prop_assert!(is_allowed);
                prop_assert!(delay >= asked && delay <= max);
            }
            Decision::GiveUp(GiveUp::Permanent) => prop_assert!(!verdict.is_retryable()),
            Decision::GiveUp(GiveUp::RetryAfterTooLong) => prop_assert!(asked > max),
            Decision::GiveUp(reason) => {
                prop_assert_eq!(reason, GiveUp::Exhausted);
                prop_assert!(history.retries >= policy.max_retries());
            }
        }
    }
}
