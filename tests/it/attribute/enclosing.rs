//! A deadline also holds for the annotated functions that are called within it, and only there.
#![deny(warnings, clippy::pedantic)]

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{EventKind, Rejection, retry};
use tokio::time::{Instant, sleep, timeout};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy,
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

type Left = Result<Option<Duration>, Error>;

#[retry(on = _, context = attempt)]
async fn unbounded() -> Left {
    Ok(attempt.remaining())
}

#[retry(on = _, context = attempt, deadline = limit)]
async fn bounded(limit: Duration) -> Left {
    Ok(attempt.remaining())
}

#[retry(on = _, context = attempt)]
fn unbounded_blocking() -> Left {
    Ok(attempt.remaining())
}

/// What is left in an `inner` call that begins 4 s after an outer one with a deadline of 30 s.
async fn after_4_s_of_30<F: Future<Output = Left>>(inner: impl FnOnce() -> F + Clone) -> Left {
    #[retry(on = _, deadline = "30s", clone(inner))]
    async fn outer<F: Future<Output = Left>>(inner: impl FnOnce() -> F + Clone) -> Left {
        sleep(seconds(4)).await;
        inner().await
    }
    outer(inner).await
}

#[tokio::test(start_paused = true)]
async fn an_attempt_sees_the_nearer_deadline() {
    #[retry(on = _, deadline = "9s")]
    async fn middle() -> Left {
        sleep(seconds(1)).await;
        unbounded().await
    }

    assert_eq!(unbounded().await, Ok(None));
    assert_eq!(bounded(seconds(30)).await, Ok(Some(seconds(30))));
    assert_eq!(
        bounded(Duration::MAX).await,
        Ok(None),
        "a deadline beyond the clock's range is ignored"
    );
    assert_eq!(after_4_s_of_30(unbounded).await, Ok(Some(seconds(26))));
    assert_eq!(after_4_s_of_30(|| bounded(seconds(7))).await, Ok(Some(seconds(7))));
    assert_eq!(after_4_s_of_30(|| bounded(seconds(60))).await, Ok(Some(seconds(26))));
    assert_eq!(after_4_s_of_30(|| bounded(Duration::MAX)).await, Ok(Some(seconds(26))));
    assert_eq!(after_4_s_of_30(|| async { unbounded_blocking() }).await, Ok(Some(seconds(26))));
    // Three deep, with the nearest in the middle.
    assert_eq!(after_4_s_of_30(middle).await, Ok(Some(seconds(8))));
    assert_eq!(unbounded().await, Ok(None), "it is gone when the call has ended");
}

#[tokio::test(start_paused = true)]
async fn a_call_within_begins_no_wait_that_crosses_the_deadline() {
    #[retry(
        on = _,
        policy = "conservative",
        on_give_up = |event| reported.push((event.kind(), event.attempt()))
    )]
    async fn inner(reported: &mut Vec<(EventKind, u32)>) -> Result<(), Error> {
        Err(Error::Busy)
    }
    #[retry(
        on = _,
        policy = "conservative",
        deadline = limit,
        on_give_up = |event| reported.push((event.kind(), event.attempt()))
    )]
    async fn outer(reported: &mut Vec<(EventKind, u32)>, limit: Duration) -> Result<(), Error> {
        inner(reported).await
    }
    const LATE: EventKind = EventKind::GiveUp(GiveUp::DeadlineExceeded);
    // The inner waits are 5, 10 and 20 s.
    let run = async |limit| {
        let (started, mut reported) = (Instant::now(), Vec::new());
        assert_eq!(outer(&mut reported, limit).await, Err(Error::Busy));
        (started.elapsed(), reported)
    };
    assert_eq!(run(seconds(4)).await, (seconds(0), vec![(LATE, 1), (LATE, 1)]));
    assert_eq!(run(seconds(14)).await, (seconds(10), vec![(LATE, 2), (LATE, 1), (LATE, 2)]));
    let exhausted = EventKind::GiveUp(GiveUp::Exhausted);
    assert_eq!(run(seconds(39)).await, (seconds(35), vec![(exhausted, 4), (LATE, 1)]));

    let (started, mut reported) = (Instant::now(), Vec::new());
    assert_eq!(inner(&mut reported).await, Err(Error::Busy));
    assert_eq!((started.elapsed(), reported), (seconds(35), vec![(exhausted, 4)]), "by itself");
}

#[tokio::test(start_paused = true)]
async fn other_calls_on_the_same_thread_are_not_bound() {
    #[retry(on = _, deadline = "30s")]
    async fn slow() -> Left {
        sleep(seconds(3)).await;
        let within = unbounded().await;
        sleep(seconds(3)).await;
        within
    }
    let sibling = async {
        sleep(seconds(1)).await;
        let first = unbounded().await;
        sleep(seconds(4)).await;
        (first, unbounded().await)
    };
    let spawned = tokio::spawn(async {
        sleep(seconds(2)).await;
        unbounded().await
    });
    let (within, beside, spawned) = tokio::join!(slow(), sibling, spawned);
    assert_eq!(within, Ok(Some(seconds(27))));
    assert_eq!(beside, (Ok(None), Ok(None)));
    assert_eq!(spawned.unwrap(), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_task_spawned_within_is_a_call_of_its_own() {
    #[retry(on = _, deadline = "30s")]
    async fn spawns() -> Left {
        tokio::spawn(unbounded()).await.map_err(|_| Error::Busy)?
    }
    assert_eq!(spawns().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_no_deadline() {
    #[retry(on = _, deadline = "30s")]
    async fn hangs() -> Left {
        assert_eq!(unbounded().await, Ok(Some(seconds(30))));
        pending().await
    }
    assert!(timeout(seconds(5), hangs()).await.is_err());
    assert_eq!(unbounded().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_panic_leaves_no_deadline() {
    #[retry(on = _, deadline = "30s")]
    async fn panics(early: bool) -> Left {
        assert!(!early, "before an await");
        sleep(seconds(1)).await;
        panic!("after one");
    }
    for early in [true, false] {
        let task = tokio::spawn(panics(early)).await;
        assert!(task.unwrap_err().is_panic());
        assert_eq!(unbounded().await, Ok(None));
    }
}

#[test]
fn blocking_calls_keep_and_leave_a_deadline_too() {
    #[retry(on = _, deadline = "1h", base_delay = 0)]
    fn outer(body: fn() -> Left) -> Left {
        body()
    }
    fn inner() -> Left {
        #[retry(on = _, context = attempt, deadline = "2h", base_delay = 0)]
        fn inner() -> Left {
            Ok(attempt.remaining())
        }
        inner()
    }
    fn panics() -> Left {
        panic!("within the deadline")
    }
    let hour = Duration::from_hours(1);
    assert_eq!(unbounded_blocking(), Ok(None));
    for body in [unbounded_blocking, inner] {
        let left = outer(body).unwrap().unwrap();
        assert!(left > Duration::ZERO && left <= hour, "{left:?}");
        assert_eq!(unbounded_blocking(), Ok(None));
    }
    assert!(catch_unwind(AssertUnwindSafe(|| outer(panics))).is_err());
    assert_eq!(unbounded_blocking(), Ok(None));
    assert_eq!(outer(|| Err(Error::Busy)), Err(Error::Busy));
    assert_eq!(unbounded_blocking(), Ok(None));
}
