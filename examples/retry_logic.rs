//! Prints the rules: how long each policy waits, what each HTTP status means, the decision after a
//! failure, and its log message.
//!
//! `cargo run --example retry_logic`
//!
//! Nothing is configured and nothing waits: the clock of the last part is tokio's paused one.

use std::fmt::Display;
use std::io;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use persevere::engine::{Decision, Failure, GiveUp, History, decide};
use persevere::http::HttpError;
use persevere::{Class, Classify, Jitter, Policy, Verdict, explain, retry};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tracing::Level;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    schedules();
    statuses();
    decisions();
    messages().await;
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "=".repeat(text.len()));
}

/// Formats a wait as `2`, `2.25` or `2.531` seconds.
fn seconds(span: Duration) -> String {
    let text = format!("{:.3}", span.as_secs_f64());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The waits of each policy before each retry.
fn schedules() {
    heading("The waits of each policy");
    let policies = [
        ("\"default\"", Policy::DEFAULT),
        ("\"aggressive\"", Policy::AGGRESSIVE),
        ("\"conservative\"", Policy::CONSERVATIVE),
        ("\"default\", full jitter", Policy::DEFAULT.with_jitter(Jitter::Full)),
        ("\"default\", equal jitter", Policy::DEFAULT.with_jitter(Jitter::Equal)),
    ];
    for (name, policy) in policies {
        println!("\n{name}: {}", explain(&policy));
        for (retry_index, wait) in (0..).zip(policy.schedule()) {
            let jittered = policy.delay_range(retry_index);
            let spread = policy.jitter() != Jitter::None;
            assert!(jittered.contains(&wait) && spread == (jittered.start() < jittered.end()));
            assert!(*jittered.end() <= policy.max_delay());
        }
    }
    assert_eq!(Policy::DEFAULT.schedule().sum::<Duration>(), Duration::from_secs(62));
    assert_eq!(Policy::CONSERVATIVE.schedule().sum::<Duration>(), Duration::from_secs(35));
}

/// The verdict on each status.
fn statuses() {
    const THROTTLED: &str = "the caller is asked for less; its Retry-After counts";
    const INVITED: &str = "the server asks for the request once more";
    const SERVER: &str = "the server's trouble, which may pass";
    const REQUEST: &str = "the same request would be refused again";
    const NO_FAILURE: &str = "no error; were it given as one, nothing would be gained";
    heading("What an HTTP status says about trying again");
    println!("\n  {:<35}  {:<9}  because", "status", "verdict");
    for code in [
        200, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 421, 422, 423, 425, 428, 429,
        431, 451, 500, 501, 502, 503, 504, 507, 508, 511, 599,
    ] {
        let status = StatusCode::from_u16(code).expect("a status has three digits");
        let class = status.classify().class();
        let because = match class {
            Class::Throttled => THROTTLED,
            Class::Transient if status.is_server_error() => SERVER,
            Class::Transient => INVITED,
            Class::Permanent if status.is_client_error() => REQUEST,
            Class::Permanent => NO_FAILURE,
        };
        let retried = [408, 425, 429].contains(&code) || status.is_server_error();
        assert_eq!(status.classify().is_retryable(), retried, "{status}");
        println!("  {:<35}  {:<9}  {because}", status.to_string(), class.as_str());
    }
}

/// One row: a failure, its verdict, and the expected decision.
struct Case {
    failure: String,
    verdict: Verdict,
    attempt: u32,
    throttled: Option<Policy>,
    expected: Expected,
}

enum Expected {
    /// A wait within these bounds, in milliseconds.
    Wait(RangeInclusive<u64>),
    GiveUp(GiveUp),
}

fn case(failure: &(impl Classify + Display), attempt: u32, expected: Expected) -> Case {
    let verdict = failure.classify();
    Case { failure: failure.to_string(), verdict, attempt, throttled: None, expected }
}

fn status(code: u16, retry_after: Option<&'static str>) -> HttpError {
    let headers = retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value)));
    let status = StatusCode::from_u16(code).expect("a status has three digits");
    HttpError::new(status, &HeaderMap::from_iter(headers))
}

/// The engine's decisions under "default" after a failure at some attempt.
fn decisions() {
    use Expected::{GiveUp as End, Wait};
    heading("What is decided after a failure, under \"default\"");
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let cases = [
        case(&refused, 1, Wait(2_000..=2_500)),
        case(&refused, 2, Wait(4_000..=5_000)),
        case(&refused, 5, Wait(32_000..=40_000)),
        case(&refused, 6, End(GiveUp::Exhausted)),
        case(&denied, 1, End(GiveUp::Permanent)),
        case(&status(503, None), 1, Wait(2_000..=2_500)),
        case(&status(503, Some("60")), 1, Wait(60_000..=75_000)),
        case(&status(503, Some("300")), 1, Wait(300_000..=300_000)),
        case(&status(503, Some("301")), 1, End(GiveUp::RetryAfterTooLong)),
        case(&status(404, None), 1, End(GiveUp::Permanent)),
        case(&status(429, None), 3, Wait(8_000..=10_000)),
        Case {
            throttled: Some(Policy::AGGRESSIVE),
            ..case(&status(429, None), 3, Wait(2_250..=2_813))
        },
        Case {
            throttled: Some(Policy::AGGRESSIVE),
            ..case(&status(429, Some("10")), 3, Wait(10_000..=12_500))
        },
        case(&status(429, Some("10")), 6, End(GiveUp::Exhausted)),
    ];
    println!(
        "\n  {:<44}  {:<9}  {:>7}  {:<12}  decision",
        "failure", "verdict", "attempt", "throttled ="
    );
    let mut rng = SmallRng::seed_from_u64(7);
    for Case { failure, verdict, attempt, throttled, expected } in cases {
        let retries = attempt - 1;
        let previous_delay = retries.checked_sub(1).map(|index| Policy::DEFAULT.delay(index));
        let mut failed = Failure::new(&Policy::DEFAULT, verdict);
        if let Some(policy) = &throttled {
            failed = failed.throttled(policy);
        }
        let decision = decide(&failed, &History::new(retries, previous_delay), &mut rng);
        let text = match decision {
            Decision::Retry(wait) => format!("retry in {} s", seconds(wait)),
            Decision::GiveUp(GiveUp::Permanent) => "give up: permanent".to_owned(),
            Decision::GiveUp(GiveUp::Exhausted) => "give up: retries used up".to_owned(),
            Decision::GiveUp(GiveUp::RetryAfterTooLong) => "give up: more than 5 min".to_owned(),
            Decision::GiveUp(other) => format!("give up: {other:?}"),
        };
        println!(
            "  {failure:<44}  {:<9}  {attempt:>7}  {:<12}  {text}",
            verdict.class().as_str(),
            if throttled.is_some() { "\"aggressive\"" } else { "" },
        );
        match (decision, expected) {
            (Decision::Retry(wait), Expected::Wait(millis)) => {
                let (from, to) = (millis.start(), millis.end());
                let bounds = Duration::from_millis(*from)..=Duration::from_millis(*to);
                assert!(bounds.contains(&wait), "{wait:?} is not in {bounds:?}");
            }
            (Decision::GiveUp(reason), Expected::GiveUp(expected)) => assert_eq!(reason, expected),
            (decision, _) => panic!("{failure}: {decision:?}"),
        }
    }
}

/// Fails with each of `codes` in turn, then succeeds.
struct Service {
    codes: Vec<u16>,
}

impl Service {
    fn answering(codes: &[u16]) -> Self {
        Self { codes: codes.iter().rev().copied().collect() }
    }

    fn call(&mut self) -> Result<(), HttpError> {
        self.codes.pop().map_or(Ok(()), |code| Err(status(code, None)))
    }
}

#[retry(id = eval_id)]
async fn evaluate_code(eval_id: &str, service: &mut Service) -> Result<(), HttpError> {
    service.call()
}

#[retry(context = attempt)]
async fn claim_lease(service: &mut Service) -> Result<(), HttpError> {
    attempt.give_up();
    service.call()
}

/// One message of each kind, from functions that run here.
async fn messages() {
    heading("Events: a log message of each kind");
    println!();
    let logged = Levels::default();
    let _log =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(logged.clone()));

    let late = evaluate_code("eval-7", &mut Service::answering(&[503, 429])).await;
    assert!(late.is_ok());
    let exhausted = evaluate_code("eval-8", &mut Service::answering(&[500; 6])).await;
    assert_eq!(exhausted.err().and_then(|error| error.status()), StatusCode::from_u16(500).ok());
    let permanent = evaluate_code("eval-9", &mut Service::answering(&[422])).await;
    assert_eq!(permanent.err().and_then(|error| error.status()), StatusCode::from_u16(422).ok());
    let requested = claim_lease(&mut Service::answering(&[503])).await;
    assert!(requested.is_err());

    let logged = logged.levels();
    let count = |level| logged.iter().filter(|logged| **logged == level).count();
    assert_eq!(count(Level::WARN), 2 + 5, "a warning for each retry");
    assert_eq!(count(Level::ERROR), 1, "an error for the call that the policy ended");
    assert_eq!(count(Level::DEBUG), 2, "answers: nothing was retried");
    assert_eq!(count(Level::INFO), 1, "a note for the late success");
}

/// Prints each traced message, and keeps its level.
#[derive(Clone, Default)]
struct Levels(Arc<Mutex<Vec<Level>>>);

impl Levels {
    fn levels(&self) -> Vec<Level> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Levels {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let level = *event.metadata().level();
        println!("  {level:<5}  {}", message.0);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(level);
    }
}
