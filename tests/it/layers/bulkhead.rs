//! `Bulkhead`: permits, the queue before them, and that none is ever lost.

use crate::support::queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use allocation_counter::measure;
use futures::FutureExt as _;
use persevere::{Bulkhead, Rejection};
use queue::{Acquiring, outcome, poll, queued};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

fn assert_full<T>(acquired: Result<T, Rejection>) {
    assert_eq!(acquired.err(), Some(Rejection::BulkheadFull));
}

#[test]
fn without_waiting_it_refuses_at_once() {
    let no_time = Bulkhead::new(1).with_max_wait(Duration::ZERO);
    let no_time_in_queue = Bulkhead::new(1).with_max_wait(Duration::ZERO).with_max_queue(9);
    let no_queue = Bulkhead::new(1).with_max_wait(HOUR).with_max_queue(0);
    for bulkhead in [Bulkhead::new(1), no_time, no_time_in_queue, no_queue] {
        let _permit = bulkhead.try_acquire().unwrap();
        // Outside any runtime: no timer is made.
        assert_eq!(
            outcome(poll(pin!(bulkhead.acquire()))),
            Poll::Ready(Err(Rejection::BulkheadFull))
        );
        assert_full(bulkhead.acquire_blocking());
        assert_full(bulkhead.try_acquire());
        assert_eq!((bulkhead.available(), bulkhead.waiting()), (0, 0));
    }
}

#[test]
fn free_permits_cost_neither_timer_nor_allocation() {
    static BULKHEAD: Bulkhead = Bulkhead::new(3).with_max_wait(HOUR).with_max_queue(1);
    let cost = measure(|| {
        // Outside any runtime, where a timer would panic.
        let first = pin!(BULKHEAD.acquire()).now_or_never().unwrap();
        let second = BULKHEAD.acquire_blocking();
        let third = BULKHEAD.try_acquire();
        assert!(first.is_ok() && second.is_ok() && third.is_ok());
        let called = pin!(BULKHEAD.call(async { Ok::<u8, Rejection>(1) }));
        drop(first);
        assert_eq!(called.now_or_never(), Some(Ok(1)));
    });
    assert_eq!((cost.count_total, BULKHEAD.available()), (0, 1 + 2));
}

#[tokio::test(start_paused = true)]
async fn first_come_first_served() {
    let bulkhead = Bulkhead::new(2).with_max_queue(9);
    let mut running = vec![bulkhead.try_acquire().unwrap(), bulkhead.try_acquire().unwrap()];
    let mut waiting: Vec<_> = (0..4).map(|_| queued(&bulkhead)).collect();
    while !waiting.is_empty() {
        drop(running.remove(0));
        // The permit is the first's already, before it is polled: nobody can overtake.
        assert_eq!((bulkhead.available(), bulkhead.waiting()), (0, waiting.len() - 1));
        assert_full(bulkhead.try_acquire());
        for behind in &mut waiting[1..] {
            assert!(poll(behind.as_mut()).is_pending());
        }
        let Poll::Ready(Ok(permit)) = poll(waiting.remove(0).as_mut()) else {
            panic!("the first in the queue has not got the permit")
        };
        running.push(permit);
    }
    drop(running);
    assert_eq!(bulkhead.available(), 2);
}

#[test]
fn only_the_call_that_gets_a_permit_is_woken() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let bulkhead = Bulkhead::new(1).with_max_queue(9);
    let permit = bulkhead.try_acquire().unwrap();
    let counts: [_; 3] = std::array::from_fn(|_| Arc::new(Count(AtomicUsize::new(0))));
    let woken = || counts.each_ref().map(|count| count.0.load(Ordering::Relaxed));
    let poll_by = |acquiring: &mut Acquiring<'_>, index: usize| {
        let waker = Arc::clone(&counts[index]).into();
        let polled = acquiring.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    };
    let (mut first, mut second) = (queued(&bulkhead), queued(&bulkhead));
    poll_by(&mut first, 0);
    poll_by(&mut second, 1);
    poll_by(&mut first, 2); // moved to another task: that one is woken
    drop(permit);
    assert_eq!(woken(), [0, 0, 1]);
    drop(first); // with the permit, unpolled: the second has it
    assert_eq!(woken(), [0, 1, 1]);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn the_queue_is_bounded() {
    let bulkhead = Bulkhead::new(1).with_max_queue(2);
    let permit = bulkhead.try_acquire().unwrap();
    let (mut first, second) = (queued(&bulkhead), queued(&bulkhead));
    let refused = outcome(poll(pin!(bulkhead.acquire())));
    assert_eq!(refused, Poll::Ready(Err(Rejection::BulkheadFull)));
    assert_full(bulkhead.acquire_blocking());
    drop(second); // leaves the queue
    assert_eq!(bulkhead.waiting(), 1);
    drop(permit); // the first waits no more
    let _others = [queued(&bulkhead), queued(&bulkhead)];
    assert!(poll(first.as_mut()).is_ready());
}

#[tokio::test(start_paused = true)]
async fn waits_no_longer_than_the_maximum() {
    let bulkhead = Bulkhead::new(1).with_max_wait(2 * SECOND);
    let permit = bulkhead.try_acquire().unwrap();
    let begun = Instant::now();
    assert_full(bulkhead.acquire().await);
    assert_eq!((begun.elapsed(), bulkhead.waiting()), (2 * SECOND, 0));

    let release = async {
        sleep(SECOND).await;
        drop(permit);
    };
    let (permit, ()) = tokio::join!(bulkhead.acquire(), release);
    assert!(permit.is_ok());
    assert_eq!((begun.elapsed(), bulkhead.available()), (3 * SECOND, 0));
    drop(permit);
    assert_eq!(bulkhead.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_permit_at_the_last_moment_is_taken() {
    let bulkhead = Bulkhead::new(1).with_max_wait(SECOND);
    let permit = bulkhead.try_acquire().unwrap();
    let mut waiting = queued(&bulkhead);
    sleep(2 * SECOND).await; // and is not polled meanwhile
    drop(permit);
    assert!(matches!(poll(waiting.as_mut()), Poll::Ready(Ok(_))));
    assert_eq!(bulkhead.available(), 1);
}

#[test]
fn another_timer_is_made_only_to_wait() {
    let bulkhead = Bulkhead::new(1).with_max_wait(7 * SECOND);
    let permit = bulkhead.acquire_by(|_| async { panic!("there is a permit") });
    let permit = permit.now_or_never().unwrap().unwrap();
    let waited = AtomicU32::new(0);
    let mut polls = 0;
    let refused = bulkhead.acquire_by(|wait| {
        waited.store(u32::try_from(wait.as_secs()).unwrap(), Ordering::Relaxed);
        std::future::poll_fn(move |_| {
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        })
    });
    let mut refused = pin!(refused);
    assert!(poll(refused.as_mut()).is_pending());
    assert_eq!((waited.load(Ordering::Relaxed), bulkhead.waiting()), (7, 1));
    assert_eq!(outcome(poll(refused)), Poll::Ready(Err(Rejection::BulkheadFull)));
    assert_eq!(bulkhead.waiting(), 0);
    drop(permit);
}

/// Two calls wait for one permit, the second's future is dropped after `polls` polls; each round,
/// a second goes by, and the running call ends in the second round.
async fn dropped_after(polls: usize) {
    let bulkhead = Bulkhead::new(1).with_max_wait(HOUR).with_max_queue(5);
    let body = async {
        yield_now().await;
        yield_now().await;
        Ok::<_, Rejection>(())
    };
    let mut permit = Some(bulkhead.try_acquire().unwrap());
    let mut call = Box::pin(bulkhead.call(body));
    for round in 0..polls {
        if round == 2 {
            permit = None;
        }
        assert!(poll(call.as_mut()).is_pending(), "round {round}");
        sleep(SECOND).await;
    }
    // Unpolled; in the queue twice; running twice.
    assert_eq!(bulkhead.waiting(), usize::from((1..=2).contains(&polls)), "{polls} polls");
    drop(call);
    assert_eq!(bulkhead.waiting(), 0, "{polls} polls");
    drop(permit);
    assert_eq!(bulkhead.available(), 1, "{polls} polls");
    // Nobody is left who could hand the permit on wrongly.
    assert_eq!(bulkhead.call(async { Ok::<_, Rejection>(()) }).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn dropped_at_every_poll() {
    for polls in 0..=4 {
        dropped_after(polls).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dropped_with_its_permit_unpolled_passes_it_on() {
    let bulkhead = Bulkhead::new(1).with_max_queue(5);
    let permit = bulkhead.try_acquire().unwrap();
    let (first, second) = (queued(&bulkhead), queued(&bulkhead));
    drop(permit);
    drop(first);
    assert_eq!((bulkhead.available(), bulkhead.waiting()), (0, 0)); // it is the second's
    drop(second);
    assert_eq!(bulkhead.available(), 1);
}

#[tokio::test]
async fn a_panic_gives_the_permit_back() {
    let bulkhead = Bulkhead::new(1);
    let blocking = || bulkhead.call_blocking(|| -> Result<(), Rejection> { panic!("blocking") });
    assert!(catch_unwind(AssertUnwindSafe(blocking)).is_err());
    assert_eq!(bulkhead.available(), 1);
    let call = bulkhead.call(async { Err::<(), _>(Rejection::TimedOut) });
    let call = call.map(|outcome| outcome.expect("it panics while the future is polled"));
    assert!(AssertUnwindSafe(call).catch_unwind().await.is_err());
    let within =
        bulkhead.call(async { Ok::<u8, Rejection>(yield_now().map(|()| panic!("async")).await) });
    assert!(AssertUnwindSafe(within).catch_unwind().await.is_err());
    assert_eq!(bulkhead.available(), 1);
}

#[tokio::test]
async fn what_a_body_returns_is_returned() {
    let bulkhead = Bulkhead::new(1);
    let failure = Rejection::DeadlineExceeded;
    assert_eq!(bulkhead.call(async { Err::<u8, _>(failure) }).await, Err(failure));
    assert_eq!(bulkhead.call_blocking(|| Ok::<_, Rejection>(3)), Ok(3));
    let permit = bulkhead.try_acquire();
    let mut ran = false;
    let body = async {
        ran = true;
        Ok::<_, Rejection>(())
    };
    assert_full(bulkhead.call(body).await);
    assert_full(bulkhead.call_blocking(|| Ok::<_, Rejection>(())));
    drop(permit);
    assert!(!ran);
}

#[test]
fn its_size_and_its_debug_output_show_where_it_stands() {
    let bulkhead = Bulkhead::new(3);
    let _permit = bulkhead.try_acquire();
    assert_eq!((bulkhead.max_concurrent(), bulkhead.available()), (3, 2));
    let text = format!("{bulkhead:?}");
    for part in ["Bulkhead", "free: 2", "waiting: 0", "max_concurrent: 3"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
