//! `Bulkhead` between threads, and between threads and tasks. Threads wait for each other, never for
//! a time.

use crate::support::queue;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use persevere::{Bulkhead, Rejection};
use queue::{poll, queued};

/// Yields until `count` callers are in the queue.
fn until_waiting(bulkhead: &Bulkhead, count: usize) {
    while bulkhead.waiting() < count {
        thread::yield_now();
    }
}

#[test]
fn a_thread_waits_for_a_permit_of_another() {
    let bulkhead = Bulkhead::new(1).with_max_queue(1);
    thread::scope(|scope| {
        let permit = bulkhead.acquire_blocking().unwrap();
        let (sent, received) = mpsc::channel();
        let bulkhead = &bulkhead;
        scope.spawn(move || {
            let permit = bulkhead.acquire_blocking();
            sent.send(permit.is_ok()).unwrap();
        });
        until_waiting(bulkhead, 1);
        assert!(received.try_recv().is_err());
        drop(permit);
        assert_eq!(received.recv(), Ok(true));
    });
    assert_eq!(bulkhead.available(), 1);
}

#[test]
fn a_thread_waits_no_longer_than_the_maximum() {
    // A nanosecond is over when the clock is read again: no matter how fast, none free in time.
    let bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_nanos(1));
    let _permit = bulkhead.try_acquire().unwrap();
    assert_eq!(bulkhead.acquire_blocking().err(), Some(Rejection::BulkheadFull));
    assert_eq!(bulkhead.waiting(), 0);
}

#[test]
fn threads_and_tasks_share_permits_and_queue() {
    static BULKHEAD: Bulkhead = Bulkhead::new(1).with_max_queue(9);
    let permit = BULKHEAD.try_acquire().unwrap();
    let mut task = queued(&BULKHEAD); // before the thread
    let (sent, received) = mpsc::channel();
    let thread = thread::spawn(move || {
        let permit = BULKHEAD.acquire_blocking().unwrap();
        sent.send(()).unwrap();
        permit
    });
    until_waiting(&BULKHEAD, 2);
    let mut behind = queued(&BULKHEAD); // and one after it
    drop(permit);
    let Poll::Ready(Ok(permit)) = poll(task.as_mut()) else { panic!("the task came first") };
    assert!(received.try_recv().is_err());
    drop(permit);
    received.recv().unwrap(); // the thread's turn
    assert!(poll(behind.as_mut()).is_pending());
    drop(thread.join().unwrap());
    assert!(poll(behind.as_mut()).is_ready());
    assert_eq!(BULKHEAD.available(), 1);
}

/// Between the test for a free permit and the queue, the last holder may return its permit: without a
/// second test, the next caller would wait beside a free one. Of these many rounds, some meet there
/// (and all orders in `retry-core/tests/interleavings`); the longest wait only ends a failed round.
#[test]
fn a_call_that_queues_while_a_permit_is_returned_is_not_forgotten() {
    const ROUNDS: usize = 50_000;
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_mins(1));
    static ROUND: AtomicUsize = AtomicUsize::new(0);
    let reach = |round| {
        for turn in 1_u32.. {
            if ROUND.load(Ordering::Acquire) >= round {
                break;
            }
            if turn.is_multiple_of(256) {
                thread::yield_now(); // there may be one processor
            }
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(move || {
            for round in 0..ROUNDS {
                reach(2 * round + 1); // the permit is taken
                if ONE.acquire_blocking().is_err() {
                    ROUND.store(usize::MAX, Ordering::Release); // the other thread is not to wait
                    panic!("forgotten in round {round}");
                }
                ROUND.fetch_add(1, Ordering::Release);
            }
        });
        for round in 0..ROUNDS {
            let permit = ONE.acquire_blocking();
            if ROUND.fetch_add(1, Ordering::Release) == usize::MAX {
                break;
            }
            // Earlier and later than the other one comes, by a little and by much.
            for _ in 0..(round % 32) << (round % 5) {
                std::hint::black_box(round);
            }
            drop(permit);
            reach(2 * round + 2); // the other one is through
        }
        other.join().unwrap();
    });
    assert_eq!((ONE.available(), ONE.waiting()), (1, 0));
}

/// In a task that has used up its turn: tokio's semaphore would not let its thread on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocking_function_in_a_spent_task_gets_its_permit() {
    static BULKHEAD: Bulkhead = Bulkhead::new(1).with_max_queue(1);
    let permit = BULKHEAD.try_acquire().unwrap();
    let task = tokio::spawn(async {
        while tokio::task::coop::has_budget_remaining() {
            tokio::task::coop::consume_budget().await;
        }
        BULKHEAD.acquire_blocking().is_ok()
    });
    until_waiting(&BULKHEAD, 1);
    drop(permit);
    assert!(task.await.unwrap());
}

#[test]
fn no_more_run_at_a_time_than_there_are_permits() {
    const THREADS: usize = 8;
    static BULKHEAD: Bulkhead = Bulkhead::new(3).with_max_queue(THREADS);
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    let body = || {
        let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
        thread::yield_now();
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        Ok::<usize, Rejection>(running)
    };
    let most = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let calls = || (0..500).map(|_| BULKHEAD.call_blocking(body).unwrap()).max();
                scope.spawn(calls)
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).max()
    });
    assert!(most.is_some_and(|most| (1..=3).contains(&most)), "{most:?}");
    assert_eq!((BULKHEAD.available(), BULKHEAD.waiting()), (3, 0));
}

#[test]
fn a_permit_may_move_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    static BULKHEAD: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(1));
    drop(is_send(BULKHEAD.acquire()));
    let permit = is_send(BULKHEAD.try_acquire().unwrap());
    thread::spawn(move || drop(permit)).join().unwrap();
    assert_eq!(BULKHEAD.available(), 1);
}
