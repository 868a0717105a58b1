//! When a `fallback` is asked: where retrying or a refusal has ended the call, not for a permanent error. In
//! the attribute, blocking and async, and for closures.
#![deny(warnings, clippy::pedantic)]

use std::future::ready;
use std::time::Duration;

use persevere::{
    Attempt, Budget, Bulkhead, CircuitBreaker, Classify, Policy, Rejection, Verdict, retry,
};
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy,
    Broken,
    AsksFor(u64),
    /// Permanent, whatever it is made of.
    Rejected(Rejection),
}

use self::Error::{AsksFor, Broken, Busy, Rejected};

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match *self {
            Busy => Verdict::TRANSIENT,
            AsksFor(seconds) => Verdict::TRANSIENT.with_retry_after(Duration::from_secs(seconds)),
            Broken | Rejected(_) => Verdict::PERMANENT,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Rejected(rejection)
    }
}

type Outcome = Result<u32, Error>;

const ASKED: Outcome = Ok(99);
const ONCE: Policy = Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO);

#[allow(clippy::unnecessary_wraps, reason = "a fallback's result")]
fn asked<E>(_: E) -> Outcome {
    ASKED
}

mod by_the_error {
    use super::*;

    #[retry(policy = ONCE, fallback = asked)]
    fn blocking(error: Error) -> Outcome {
        Err(error)
    }

    #[retry(policy = ONCE, fallback = async |error| asked(error))]
    async fn awaited(error: Error) -> Outcome {
        ready(Err(error)).await
    }

    #[retry(policy = ONCE, on = Busy, fallback = asked)]
    fn listed(error: Error) -> Outcome {
        Err(error)
    }

    #[retry(policy = ONCE, on = _, unless = Busy, fallback = asked)]
    fn excluded(error: Error) -> Outcome {
        Err(error)
    }

    #[retry(policy = ONCE, when = |error: &Error| *error == Busy, fallback = asked)]
    fn when(error: Error) -> Outcome {
        Err(error)
    }

    #[retry(policy = ONCE, hedge = "1s", fallback = asked)]
    async fn hedged(error: Error) -> Outcome {
        ready(Err(error)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_one_goes_to_the_caller() {
        let longer_than_max_delay = AsksFor(10_000);
        for (error, outcome) in
            [(Busy, ASKED), (longer_than_max_delay, ASKED), (Broken, Err(Broken))]
        {
            assert_eq!(blocking(error), outcome);
            assert_eq!(awaited(error).await, outcome);
            assert_eq!(hedged(error).await, outcome);
            assert_eq!(ONCE.retry_blocking(|| Err(error)).fallback(asked).call(), outcome);
            assert_eq!(ONCE.retry(|| ready(Err(error))).fallback(asked).await, outcome);
        }
        assert_eq!([listed(Busy), listed(Broken)], [ASKED, Err(Broken)]);
        assert_eq!([excluded(Broken), excluded(Busy)], [ASKED, Err(Busy)]);
        assert_eq!([when(Busy), when(Broken)], [ASKED, Err(Broken)]);
    }
}

mod by_the_body {
    use super::*;

    #[retry(context = attempt, policy = ONCE, fallback = asked)]
    fn steered(error: Error, steer: fn(&Attempt)) -> Outcome {
        steer(attempt);
        Err(error)
    }

    fn closure(error: Error, steer: fn(&Attempt)) -> Outcome {
        let operation = |attempt: std::sync::Arc<Attempt>| {
            steer(&attempt);
            Err(error)
        };
        ONCE.retry_blocking_with_context(operation).fallback(asked).call()
    }

    #[test]
    fn giving_up_does_not_make_an_error_permanent() {
        for call in [steered, closure] {
            assert_eq!(call(Busy, Attempt::give_up), ASKED);
            assert_eq!(call(Broken, Attempt::give_up), Err(Broken));
            assert_eq!(call(Broken, |attempt| attempt.retry_in(Duration::ZERO)), ASKED);
        }
    }
}

mod by_limits_and_layers {
    use super::*;

    static SPENT: Budget = Budget::new().with_capacity(1); // too few for a retry
    static OPEN: CircuitBreaker = CircuitBreaker::new();
    static FULL: Bulkhead = Bulkhead::new(1);

    async fn hang() -> Outcome {
        sleep(Duration::from_mins(10)).await;
        Ok(1)
    }

    #[retry(timeout = "1s", fallback = asked)]
    async fn timed() -> Outcome {
        hang().await
    }

    #[retry(timeout = "1s", hedge = "500ms", fallback = asked)]
    async fn timed_race() -> Outcome {
        hang().await
    }

    #[retry(deadline = "10s", fallback = asked)]
    async fn due() -> Outcome {
        hang().await
    }

    #[retry(budget = SPENT, fallback = asked)]
    fn without_budget() -> Outcome {
        Err(Busy)
    }

    #[retry(breaker = OPEN, fallback = asked)]
    fn refused() -> Outcome {
        Ok(1)
    }

    #[retry(bulkhead = FULL, fallback = asked)]
    fn without_permit() -> Outcome {
        Ok(1)
    }

    #[tokio::test(start_paused = true)]
    async fn what_they_end_is_no_permanent_failure() {
        assert_eq!(timed().await, ASKED);
        assert_eq!(timed_race().await, ASKED);
        assert_eq!(due().await, ASKED);
        assert_eq!(without_budget(), ASKED);
        let call = ONCE.retry(hang);
        assert_eq!(call.timeout(Duration::from_secs(1)).fallback(asked).await, ASKED);
        let call = ONCE.retry(hang);
        assert_eq!(call.deadline(Duration::from_secs(1)).fallback(asked).await, ASKED);

        OPEN.force_open();
        let _permit = FULL.try_acquire();
        assert_eq!([refused(), without_permit()], [ASKED, ASKED]);
        let call = || ONCE.retry_blocking(|| Ok(1)).fallback(asked);
        assert_eq!([call().breaker(&OPEN).call(), call().bulkhead(&FULL).call()], [ASKED; 2]);
    }
}
