//! Callers in the queue of a bulkhead, beside those of tokio's semaphore.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use persevere::Bulkhead;
use tokio::sync::Semaphore;

use benches::table::figure;

use crate::{Line, counted, instructions};

const MOST: usize = 100_000;

pub(crate) fn lines() -> Vec<Line> {
    let each = |phase| move |it| instructions("queue", phase, it) / figure(it);
    vec![
        Line::up_to(
            MOST,
            "bulkhead_joins",
            "queued at a bulkhead: instructions to join",
            each("bulkhead joins"),
        ),
        Line::up_to(
            MOST,
            "bulkhead_admits",
            "queued at a bulkhead: instructions to be admitted and go",
            each("bulkhead admits"),
        ),
        Line::up_to(
            MOST,
            "semaphore_joins",
            "queued at `tokio`'s semaphore: instructions to join",
            each("semaphore joins"),
        ),
        Line::up_to(
            MOST,
            "semaphore_admits",
            "queued at `tokio`'s semaphore: instructions to be admitted and go",
            each("semaphore admits"),
        ),
    ]
}

pub(crate) fn run(phase: &str, callers: usize) {
    let runtime = benches::harness::paused_runtime();
    let _inside = runtime.enter(); // a queue with a limit of time has timers
    let counts_joins = phase.ends_with("joins");
    if phase.starts_with("bulkhead") {
        let bulkhead = Bulkhead::new(1).with_max_queue(callers);
        let first = bulkhead.try_acquire().expect("it is empty");
        let waiting = (0..callers).map(|_| bulkhead.acquire());
        queue(waiting, || drop(first), |permit| drop(permit.expect("admitted")), counts_joins);
    } else {
        let semaphore = Semaphore::new(1);
        let first = semaphore.try_acquire().expect("it is empty");
        let waiting = (0..callers).map(|_| semaphore.acquire());
        queue(waiting, || drop(first), |permit| drop(permit.expect("admitted")), counts_joins);
    }
}

/// Lets all of `waiting` join, ends the wait of the first, and lets each go on when it is admitted.
fn queue<F: Future>(
    waiting: impl Iterator<Item = F>,
    begin: impl FnOnce(),
    go: impl Fn(F::Output),
    counts_joins: bool,
) {
    let mut waiting: Vec<Pin<Box<F>>> = waiting.map(Box::pin).collect();
    let context = &mut Context::from_waker(Waker::noop());
    let mut join = || {
        for one in &mut waiting {
            assert!(one.as_mut().poll(context).is_pending());
        }
    };
    if counts_joins {
        return counted(&mut join);
    }
    join();
    begin();
    counted(&mut || {
        for one in &mut waiting {
            match one.as_mut().poll(context) {
                Poll::Ready(permit) => go(permit),
                Poll::Pending => panic!("the one before it has gone"),
            }
        }
    });
}
