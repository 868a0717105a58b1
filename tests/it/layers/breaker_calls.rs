//! `CircuitBreaker`: calls whose outcomes say how they went, and calls on two threads.

use crate::support::circuits;

use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use circuits::{FAILURE, OK, SECOND, acquire, calls, opened, small};
use futures::FutureExt as _;
use persevere::breaker::State;
use persevere::{CircuitBreaker, Classify as _, Rejection, Verdict};

#[test]
fn outcomes_say_how_a_call_went() {
    let breaker = small();
    let fails = || breaker.call_blocking(|| Err::<(), _>(Failure::Io(io::ErrorKind::TimedOut)));
    assert_eq!(fails(), Err(Failure::Io(io::ErrorKind::TimedOut)));
    let missing = breaker.call_blocking(|| Err::<(), _>(Failure::Io(io::ErrorKind::NotFound)));
    assert_eq!(missing, Err(Failure::Io(io::ErrorKind::NotFound)));
    assert!(fails().is_err());
    assert_eq!(breaker.tally().to_string(), "3 calls, 2 failed, 0 slow");
    assert!(fails().is_err());
    let rejection = fails().expect_err("it is open");
    assert!(
        matches!(rejection, Failure::Rejected(Rejection::CircuitOpen { retry_in }) if retry_in > 4 * SECOND)
    );
    let refused = breaker.call_blocking(|| -> Result<u8, Failure> { panic!("it must not run") });
    assert!(refused.is_err());
    let verdict = Rejection::CircuitOpen { retry_in: SECOND }.classify();
    assert_eq!(verdict, Verdict::PERMANENT.with_retry_after(SECOND));
}

#[derive(Debug, PartialEq)]
enum Failure {
    Io(io::ErrorKind),
    Rejected(Rejection),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl persevere::Classify for Failure {
    fn classify(&self) -> Verdict {
        match self {
            Self::Io(kind) => kind.classify(),
            Self::Rejected(rejection) => rejection.classify(),
        }
    }
}

fn assert_send(_: impl Send) {}

#[test]
fn futures_are_called_through_it_too() {
    static BREAKER: CircuitBreaker = small();
    let ready = BREAKER.call(async { Ok::<_, Failure>(42) });
    assert_eq!(ready.now_or_never(), Some(Ok(42)));
    let dropped = BREAKER.call(pending::<Result<(), Failure>>());
    assert_eq!(dropped.now_or_never(), None);
    assert_eq!(BREAKER.tally().to_string(), "1 call, 0 failed, 0 slow");
    BREAKER.force_open();
    let refused = BREAKER.call(async { panic!("it must not run") });
    let outcome: Option<Result<(), Failure>> = refused.now_or_never();
    assert!(matches!(outcome, Some(Err(Failure::Rejected(_)))));
    assert_send(BREAKER.call(async { Ok::<_, Failure>(42) }));
}

#[test]
fn a_panic_counts_as_neither_success_nor_failure() {
    let now = Instant::now();
    let breaker = opened(small(), now);
    let later = now + 5 * SECOND;
    let panicking = || {
        let _permit = acquire(&breaker, later);
        panic!("in the call");
    };
    assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
    calls(&breaker, &[OK; 2], later);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn two_threads_never_have_more_probes_under_way_than_allowed() {
    static UNDER_WAY: AtomicU32 = AtomicU32::new(0);
    let now = Instant::now();
    let later = now + 5 * SECOND;
    let breaker = opened(small().with_probes(3), now);
    // Every probe is dropped, so that the circuit stays half-open.
    let work = || {
        let mut admitted = 0;
        for _ in 0..20_000 {
            let Ok(permit) = breaker.at(later).try_acquire() else { continue };
            let under_way = UNDER_WAY.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(under_way <= 3, "{under_way} probes are under way");
            admitted += 1;
            let second = breaker.at(later).try_acquire().ok();
            UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
            drop((permit, second));
        }
        admitted
    };
    let admitted: u32 = thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(admitted > 0);
    calls(&breaker, &[OK; 3], later);
    assert_eq!(breaker.state(), State::Closed, "all permits have come back");
}

#[test]
fn two_threads_lose_no_call() {
    let now = Instant::now();
    for breaker in [
        CircuitBreaker::new().with_count_window(1_000),
        CircuitBreaker::new().with_time_window(10 * SECOND),
    ] {
        let breaker = breaker.with_failure_rate(1.0);
        let work = || {
            for _ in 0..100 {
                calls(&breaker, &[OK, FAILURE, OK, OK, FAILURE], now);
            }
        };
        thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        let tally = "1000 calls, 400 failed, 0 slow";
        assert_eq!(
            (breaker.at(now).tally().to_string().as_str(), breaker.state()),
            (tally, State::Closed)
        );
    }
}
