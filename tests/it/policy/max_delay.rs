//! `max_delay` limits every wait of a call, and a failure that asks for a longer wait ends the call: in
//! every form, whatever the source of the wait.
#![deny(warnings, clippy::pedantic)]

use crate::support::overriding;
use crate::support::paused;

use std::time::Duration;

use overriding::Overriding;
use persevere::engine::GiveUp;
use persevere::{
    Attempt, Class, Classify, Event, EventKind, Jitter, Policy, Verdict, retry, testing,
};
use tokio::time::Instant;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const TOO_LONG: EventKind = EventKind::GiveUp(GiveUp::RetryAfterTooLong);
const EXHAUSTED: EventKind = EventKind::GiveUp(GiveUp::Exhausted);
/// 3 s, 9 s, 27 s, and so on.
const GENTLE: Policy = Policy::DEFAULT
    .with_base_delay(seconds(3))
    .with_exponential_base(3.0)
    .with_jitter(Jitter::None);

/// 429 Too Many Requests, with or without `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("429")]
struct Limited(Option<u64>);

impl Classify for Limited {
    fn classify(&self) -> Verdict {
        match self.0 {
            Some(after) => Verdict::THROTTLED.with_retry_after(seconds(after)),
            None => Verdict::THROTTLED,
        }
    }
}

/// The waits of a call and how it gave up.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    waits: Vec<u64>,
    end: Option<EventKind>,
}

impl Seen {
    fn hear(&mut self, event: &Event<'_>) {
        match event.delay() {
            Some(delay) => self.waits.push(delay.as_secs()),
            None => self.end = Some(event.kind()),
        }
    }
}

fn seen<const N: usize>(waits: [u64; N], end: EventKind) -> Seen {
    Seen { waits: waits.to_vec(), end: Some(end) }
}

/// What every form is to do with a `max_delay` of 10 s and the schedule `GENTLE`.
fn assert_bounded(call: impl Fn(Limited) -> Seen) {
    assert_eq!(call(Limited(None)), seen([3, 9, 10, 10], EXHAUSTED));
    assert_eq!(call(Limited(Some(10))), seen([10; 4], EXHAUSTED));
    assert_eq!(call(Limited(Some(11))), seen([], TOO_LONG));
    assert_eq!(call(Limited(Some(200))), seen([], TOO_LONG));
    assert_eq!(call(Limited(Some(u64::MAX))), seen([], TOO_LONG));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    paused::runtime().block_on(future)
}

#[test]
fn functions() {
    #[retry(
        max_retries = 4,
        max_delay = "10s",
        throttled = GENTLE,
        on_retry = |event| seen.hear(event),
        on_give_up = |event| seen.hear(event)
    )]
    async fn ask(error: Limited, seen: &mut Seen) -> Result<(), Limited> {
        Err(error)
    }

    #[retry(
        max_retries = 4,
        max_delay = "10s",
        throttled = GENTLE,
        on_retry = |event| seen.hear(event),
        on_give_up = |event| seen.hear(event),
        sleep = |_| ()
    )]
    fn ask_blocking(error: Limited, seen: &mut Seen) -> Result<(), Limited> {
        Err(error)
    }

    assert_bounded(|error| {
        let mut seen = Seen::default();
        assert_eq!(block_on(ask(error, &mut seen)), Err(error));
        seen
    });
    assert_bounded(|error| {
        let mut seen = Seen::default();
        assert_eq!(ask_blocking(error, &mut seen), Err(error));
        seen
    });
}

const BOUNDED: Policy = Policy::DEFAULT.with_max_retries(4).with_max_delay(seconds(10));

#[test]
fn closures() {
    assert_bounded(|error| {
        let mut seen = Seen::default();
        let call = BOUNDED.retry(async || Err::<(), _>(error)).throttled(GENTLE);
        let call = call.on_retry(|event| seen.waits.push(event.delay().unwrap().as_secs()));
        let mut end = None;
        let outcome = block_on(call.on_give_up(|event| end = Some(event.kind())).into_future());
        assert_eq!(outcome, Err(error));
        Seen { end, ..seen }
    });
    assert_bounded(|error| {
        let (mut waits, mut end) = (Vec::new(), None);
        let outcome = BOUNDED
            .retry_blocking(|| Err::<(), _>(error))
            .throttled(GENTLE)
            .on_give_up(|event| end = Some(event.kind()))
            .sleep(|wait| waits.push(wait.as_secs()))
            .call();
        assert_eq!(outcome, Err(error));
        Seen { waits, end }
    });
}

#[test]
fn an_override_and_a_test_switch() {
    #[retry(
        max_retries = 4,
        throttled = GENTLE,
        on_retry = |event| seen.hear(event),
        on_give_up = |event| seen.hear(event),
        sleep = |_| ()
    )]
    fn overridden(error: Limited, seen: &mut Seen) -> Result<(), Limited> {
        Err(error)
    }

    let call = |error| {
        let mut seen = Seen::default();
        assert_eq!(overridden(error, &mut seen), Err(error));
        seen
    };
    let held = Overriding::with("");
    let _jitter = testing::without_jitter().on_this_thread();
    assert_eq!(call(Limited(Some(200))), seen([200; 4], EXHAUSTED));
    held.install("*::overridden=max_delay:10s");
    assert_bounded(call);
    let _switch = testing::no_waiting().on_this_thread();
    assert_bounded(call);
}

#[test]
fn the_smaller_of_two_bounds_counts() {
    let short = GENTLE.with_max_delay(seconds(10));
    let call = |error: Limited, steer: fn(&Attempt, Policy)| {
        let (mut waits, mut end) = (Vec::new(), None);
        let outcome = Policy::DEFAULT
            .with_max_retries(4)
            .retry_blocking_with_context(|attempt| {
                steer(&attempt, short);
                Err::<(), _>(error)
            })
            .throttled(short)
            .on_give_up(|event| end = Some(event.kind()))
            .sleep(|wait| waits.push(wait.as_secs()))
            .call();
        assert_eq!(outcome, Err(error));
        Seen { waits, end }
    };
    assert_bounded(|error| call(error, |_, _| ()));
    assert_bounded(|error| call(error, Attempt::retry_with));
}

#[test]
fn what_the_body_asks_for_is_capped_and_goes_before_what_the_error_asks_for() {
    let call = |wait: u64, deadline: u64| {
        let (mut waits, mut end) = (Vec::new(), None);
        let outcome = BOUNDED
            .with_max_retries(1)
            .retry_blocking_with_context(|attempt| {
                attempt.retry_in(seconds(wait));
                Err::<(), _>(Limited(Some(200)))
            })
            .deadline(seconds(deadline))
            .on_give_up(|event| end = Some(event.kind()))
            .sleep(|wait| waits.push(wait.as_secs()))
            .call();
        assert!(outcome.is_err());
        Seen { waits, end }
    };
    assert_eq!(call(2, 3_600), seen([2], EXHAUSTED));
    assert_eq!(call(60, 3_600), seen([10], EXHAUSTED));
    // Also at a deadline that leaves no time for what the error asks for.
    assert_eq!(call(2, 50), seen([2], EXHAUSTED));
    let late = EventKind::GiveUp(GiveUp::DeadlineExceeded);
    assert_eq!(call(9, 5), seen([], late));
}

#[test]
fn the_line_says_why() {
    let mut reported = String::new();
    let outcome = BOUNDED
        .retry_blocking(|| Err::<(), _>(Limited(Some(11))))
        .name("ask")
        .on_give_up(|event| {
            reported = event.to_string();
            assert_eq!(event.verdict().map(|verdict| verdict.class()), Some(Class::Throttled));
        })
        .call();
    assert!(outcome.is_err());
    let line = "ask: attempt 1 of 5 failed: Limited(Some(11)); giving up, the wait that it asks for \
                is longer than `max_delay`";
    assert_eq!(reported, line);
    assert_eq!(GiveUp::RetryAfterTooLong.as_str(), "retry_after_too_long");
}

/// What the documentation says of a server that always answers `Retry-After: 300`.
#[test]
fn the_longest_that_a_caller_may_wait() {
    #[retry]
    async fn default() -> Result<(), Limited> {
        Err(Limited(Some(300)))
    }

    #[retry(policy = "aggressive")]
    async fn aggressive() -> Result<(), Limited> {
        Err(Limited(Some(300)))
    }

    #[retry(max_delay = "20s")]
    async fn bounded() -> Result<(), Limited> {
        Err(Limited(Some(300)))
    }

    let took = |call: std::pin::Pin<Box<dyn Future<Output = Result<(), Limited>>>>| {
        block_on(async {
            let began = Instant::now();
            assert!(call.await.is_err());
            began.elapsed()
        })
    };
    assert_eq!(took(Box::pin(default())), 5 * seconds(300));
    assert_eq!(took(Box::pin(aggressive())), 10 * seconds(300));
    assert_eq!(took(Box::pin(bounded())), Duration::ZERO);
    let mut waits = Vec::new();
    let outcome = Policy::DEFAULT
        .retry_blocking(|| Err::<(), _>(Limited(Some(300))))
        .deadline(seconds(60))
        .sleep(|wait| waits.push(wait))
        .call();
    assert!(outcome.is_err() && waits.is_empty());
}
