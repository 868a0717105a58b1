//! Annotated functions, closures and layers on smol, without tokio. Run by `tests/runtimes.rs`; a
//! program and not a test, since tests are built with all features, and then wait on tokio.

use std::cell::Cell;
use std::time::{Duration, Instant};

use persevere::{Bulkhead, Hedge, Jitter, Policy, Rejection, retry};
use smol::future::{FutureExt as _, pending};

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

fn main() {
    smol::block_on(async {
        waits_between_attempts().await;
        a_timeout_cuts_an_attempt().await;
        a_deadline_cuts_the_call().await;
        a_closure_waits_too().await;
        layers_wait_too().await;
        what_is_spawned_may_move_between_threads().await;
        a_zero_delay_gives_way().await;
    });
    println!("all is well on smol");
}

async fn waits_between_attempts() {
    #[retry(policy = QUICK, on = Error::Busy)]
    async fn third_time(attempts: &mut u32) -> Result<u32, Error> {
        *attempts += 1;
        if *attempts < 3 { Err(Error::Busy) } else { Ok(*attempts) }
    }

    let began = Instant::now();
    assert_eq!(third_time(&mut 0).await, Ok(3));
    assert!(began.elapsed() >= 3 * WAIT, "2 ms and 4 ms");
}

async fn a_timeout_cuts_an_attempt() {
    #[retry(policy = QUICK, max_retries = 1, timeout = "3ms", on = _)]
    async fn never(attempts: &mut u32) -> Result<(), Error> {
        *attempts += 1;
        pending().await
    }

    let mut attempts = 0;
    assert_eq!(never(&mut attempts).await, Err(Error::Rejected(Rejection::TimedOut)));
    assert_eq!(attempts, 2);
}

async fn a_deadline_cuts_the_call() {
    #[retry(policy = QUICK, deadline = "3ms", on = _)]
    async fn never() -> Result<(), Error> {
        pending().await
    }

    assert_eq!(never().await, Err(Error::Rejected(Rejection::DeadlineExceeded)));
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

async fn what_is_spawned_may_move_between_threads() {
    #[retry(policy = QUICK, on = Error::Busy)]
    async fn third_time(attempts: &mut u32) -> Result<u32, Error> {
        *attempts += 1;
        smol::future::yield_now().await;
        if *attempts < 3 { Err(Error::Busy) } else { Ok(*attempts) }
    }

    assert_eq!(smol::spawn(async { third_time(&mut 0).await }).await, Ok(3));
}

async fn a_zero_delay_gives_way() {
    #[retry(policy = QUICK, base_delay = 0, max_retries = 4_294_967_295, on = _)]
    async fn never() -> Result<(), Error> {
        Err(Error::Busy)
    }

    let other = async {
        smol::future::yield_now().await;
        Ok(())
    };
    assert_eq!(never().or(other).await, Ok(()), "one that retries for ever starves no other");
}
