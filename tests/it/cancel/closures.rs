//! Retried closures.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::io;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Cancel, CircuitBreaker, EventKind, Policy, Rejection, rejection};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_at_once() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();

    let (cancel, attempts, began) = (Cancel::new(), Cell::new(0), Instant::now());
    let kinds = RefCell::new(Vec::new());
    let attempt = async || {
        attempts.set(attempts.get() + 1);
        Err::<u32, _>(reset())
    };
    let plain = Policy::CONSERVATIVE.retry(attempt).fallback(|_| Ok(1)).into_future();
    let guarded = Policy::CONSERVATIVE
        .retry(attempt)
        .breaker(&BREAKER)
        .deadline(60 * SECOND)
        .on_give_up(|event| kinds.borrow_mut().push(event.kind()))
        .into_future();
    let by_another = Policy::CONSERVATIVE.retry(attempt).sleep(sleep).into_future();
    let word = async {
        sleep(SECOND).await;
        cancel.cancel();
    };
    let calls = async { tokio::join!(plain, guarded, by_another) };
    let ((plain, guarded, by_another), ()) = tokio::join!(cancel.scope(calls), word);
    assert_eq!(plain.unwrap(), 1);
    assert_eq!(guarded.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(by_another.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!((attempts.get(), began.elapsed()), (3, SECOND));
    assert_eq!(kinds.into_inner(), [EventKind::GiveUp(GiveUp::Cancelled)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_has_not_begun_is_refused_where_it_can_be() {
    let cancel = Cancel::new();
    cancel.cancel();
    let call = Policy::DEFAULT.retry(async || Ok::<_, io::Error>(1)).timeout(SECOND).into_future();
    let refused = cancel.scope(call).await.unwrap_err();
    assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
}

#[test]
fn a_blocking_one_makes_no_further_attempt() {
    let cancel = Cancel::new();
    let attempts = Cell::new(0);
    let outcome: Result<(), _> = cancel.scope_blocking(|| {
        Policy::DEFAULT
            .retry_blocking(|| {
                attempts.set(attempts.get() + 1);
                cancel.cancel();
                Err(reset())
            })
            .call()
    });
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(attempts.get(), 1);
}
