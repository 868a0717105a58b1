//! Annotated functions, closures and layers on wasm, as in a browser's page: they wait on
//! `setTimeout` and read the clock of JavaScript. `tests/runtimes.rs` runs them in Node.js.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use futures_lite::future::{or, pending, yield_now};
use persevere::{Bulkhead, Hedge, Jitter, Policy, Rejection, retry};
use wasm_bindgen::prelude::*;
use web_time::Instant;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);

    /// What `setTimeout` was asked to wait since the last call, in milliseconds.
    #[wasm_bindgen(js_name = takeWaits)]
    fn take_waits() -> Vec<u32>;
}

const WAIT: Duration = Duration::from_millis(2);
const QUICK: Policy = Policy::DEFAULT.with_base_delay(WAIT).with_jitter(Jitter::None);

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// What Node.js calls; a panic ends it.
#[wasm_bindgen]
pub async fn run() {
    std::panic::set_hook(Box::new(|panic| console_error(&panic.to_string())));
    waits_between_attempts().await;
    jitter_is_drawn().await;
    a_timeout_cuts_an_attempt().await;
    a_deadline_cuts_the_call().await;
    no_wait_begins_that_would_cross_the_deadline().await;
    a_closure_waits_too().await;
    layers_wait_too().await;
    a_zero_delay_gives_way().await;
}

/// Called by JavaScript itself: `#[retry]` above `#[wasm_bindgen]`.
///
/// # Errors
///
/// As long as it is busy.
#[retry(policy = QUICK, on = _)]
#[wasm_bindgen]
pub async fn third_time_for_javascript() -> Result<u32, JsValue> {
    thread_local! {
        static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
    }
    let attempt = ATTEMPTS.get() + 1;
    ATTEMPTS.set(attempt);
    if attempt < 3 { Err("busy".into()) } else { Ok(attempt) }
}

async fn waits_between_attempts() {
    #[retry(policy = QUICK, on = Error::Busy)]
    async fn third_time(attempts: &mut u32) -> Result<u32, Error> {
        *attempts += 1;
        if *attempts < 3 { Err(Error::Busy) } else { Ok(*attempts) }
    }

    take_waits();
    let began = Instant::now();
    assert_eq!(third_time(&mut 0).await, Ok(3));
    assert!(began.elapsed() >= 3 * WAIT, "2 ms and 4 ms");
    let waits = take_waits();
    assert!(waits[0] == 2 && waits.contains(&4), "{waits:?}");
}

async fn jitter_is_drawn() {
    const SPREAD: Policy = Policy::DEFAULT
        .with_base_delay(Duration::from_millis(10))
        .with_jitter(Jitter::Proportional(1.0));

    #[retry(policy = SPREAD, max_retries = 1, on = _)]
    async fn never() -> Result<(), Error> {
        Err(Error::Busy)
    }

    take_waits();
    let mut drawn = BTreeSet::new();
    for _ in 0..10 {
        assert_eq!(never().await, Err(Error::Busy));
        let wait = take_waits()[0];
        assert!((10..=20).contains(&wait), "{wait} ms");
        drawn.insert(wait);
    }
    assert!(drawn.len() > 1, "ten waits alike");
}

async fn a_timeout_cuts_an_attempt() {
    #[retry(policy = QUICK, max_retries = 1, timeout = "3ms", on = _)]
    async fn never(attempts: &mut u32) -> Result<(), Error> {
        *attempts += 1;
        pending().await
    }

    let mut attempts = 0;
    let began = Instant::now();
    assert_eq!(never(&mut attempts).await, Err(Error::Rejected(Rejection::TimedOut)));
    assert_eq!(attempts, 2);
    assert!(began.elapsed() >= Duration::from_millis(8), "3 ms, 2 ms, 3 ms");
}

async fn a_deadline_cuts_the_call() {
    #[retry(policy = QUICK, deadline = "3ms", on = _)]
    async fn never() -> Result<(), Error> {
        pending().await
    }

    let began = Instant::now();
    assert_eq!(never().await, Err(Error::Rejected(Rejection::DeadlineExceeded)));
    assert!(began.elapsed() >= Duration::from_millis(3));
}

async fn no_wait_begins_that_would_cross_the_deadline() {
    #[retry(deadline = "1m", context = attempt, on = _)]
    async fn never(attempts: &mut u32) -> Result<(), Error> {
        *attempts += 1;
        attempt.retry_in(Duration::from_secs(61));
        Err(Error::Busy)
    }

    let mut attempts = 0;
    assert_eq!(never(&mut attempts).await, Err(Error::Busy));
    assert_eq!(attempts, 1);
}

async fn a_closure_waits_too() {
    let attempts = Cell::new(0);
    let began = Instant::now();
    let third_time = async || {
        attempts.set(attempts.get() + 1);
        if attempts.get() < 3 { Err(Error::Busy) } else { Ok(()) }
    };
    assert_eq!(QUICK.retry(third_time).on(|error| *error == Error::Busy).await, Ok(()));
    assert_eq!(attempts.get(), 3);
    assert!(began.elapsed() >= 3 * WAIT);
}

async fn layers_wait_too() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(WAIT);
    static HEDGE: Hedge = Hedge::after(WAIT);

    let place = ONE.acquire().await;
    assert!(place.is_ok());
    assert_eq!(ONE.acquire().await.err(), Some(Rejection::BulkheadFull));

    let attempts = Cell::new(0);
    let second_answers = || {
        attempts.set(attempts.get() + 1);
        let is_first = attempts.get() == 1;
        async move { if is_first { pending().await } else { Ok::<_, Rejection>("the second") } }
    };
    assert_eq!(HEDGE.run(second_answers).await, Ok("the second"));
}

async fn a_zero_delay_gives_way() {
    #[retry(policy = QUICK, base_delay = 0, max_retries = 4_294_967_295, on = _)]
    async fn never() -> Result<(), Error> {
        Err(Error::Busy)
    }

    let other = async {
        yield_now().await;
        Ok(())
    };
    assert_eq!(or(never(), other).await, Ok(()), "one that retries for ever starves no other");
}
