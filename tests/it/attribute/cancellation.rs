//! Calls that end early: futures dropped in an attempt or in a wait.

use crate::support::scripted;

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::retry;
use scripted::Script;

const HOUR: Duration = Duration::from_hours(1);

/// Polls by hand, with a waker that wakes nobody.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What happened, in order.
type Log = RefCell<Vec<&'static str>>;

/// Holds `argument` throughout, `local` in an attempt; succeeds at its third run if not cut off.
#[retry(
    policy = "conservative",
    on = _,
    on_retry = |_| log.borrow_mut().push("retry"),
    on_give_up = |_| log.borrow_mut().push("give up")
)]
async fn held(
    script: &Script<()>,
    argument: Arc<()>,
    local: &Arc<()>,
    log: &Log,
) -> Result<u32, ()> {
    let held = (Arc::clone(local), &argument);
    log.borrow_mut().push("begin");
    tokio::time::sleep(Duration::from_secs(1)).await;
    log.borrow_mut().push("end");
    drop(held);
    script.run()
}

#[tokio::test(start_paused = true)]
async fn dropped_in_an_attempt() {
    let (script, argument, local, log) =
        (Script::of([(); 2]), Arc::new(()), Arc::new(()), Log::default());
    let mut call = Box::pin(held(&script, Arc::clone(&argument), &local, &log));
    assert_eq!(poll(call.as_mut()), Poll::Pending);
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (2, 2));
    drop(call);
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (1, 1));
    tokio::time::sleep(HOUR).await;
    assert_eq!((log.take(), script.runs()), (vec!["begin"], 0));
}

#[tokio::test(start_paused = true)]
async fn dropped_in_a_wait() {
    let (script, argument, local, log) =
        (Script::of([(); 2]), Arc::new(()), Arc::new(()), Log::default());
    let mut call = Box::pin(held(&script, Arc::clone(&argument), &local, &log));
    assert_eq!(poll(call.as_mut()), Poll::Pending);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(poll(call.as_mut()), Poll::Pending);
    assert_eq!(log.take(), ["begin", "end", "retry"]);
    // The attempt is over and holds nothing, the call still has its argument.
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (2, 1));
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(poll(call.as_mut()), Poll::Pending);
    drop(call);
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (1, 1));
    tokio::time::sleep(HOUR).await;
    assert_eq!((log.take(), script.runs()), (vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn dropped_in_an_attempt_after_a_wait() {
    let (script, argument, local, log) =
        (Script::of([(); 2]), Arc::new(()), Arc::new(()), Log::default());
    let mut call = Box::pin(held(&script, Arc::clone(&argument), &local, &log));
    for seconds in [1, 5] {
        assert_eq!(poll(call.as_mut()), Poll::Pending);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    assert_eq!(poll(call.as_mut()), Poll::Pending);
    assert_eq!(log.take(), ["begin", "end", "retry", "begin"]);
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (2, 2));
    drop(call);
    assert_eq!((Arc::strong_count(&argument), Arc::strong_count(&local)), (1, 1));
    tokio::time::sleep(HOUR).await;
    assert_eq!((log.take(), script.runs()), (vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn never_polled() {
    let (script, argument, local, log) =
        (Script::of([(); 2]), Arc::new(()), Arc::new(()), Log::default());
    let call = held(&script, Arc::clone(&argument), &local, &log);
    assert_eq!(Arc::strong_count(&argument), 2);
    drop(call);
    assert_eq!(Arc::strong_count(&argument), 1);
    assert_eq!(log.take(), [""; 0]);
}

/// Notes its attempts' numbers.
#[retry(policy = "conservative", on = _, context = attempt)]
async fn numbered(script: &Script<()>, numbers: &RefCell<Vec<u32>>) -> Result<u32, ()> {
    numbers.borrow_mut().push(attempt.number());
    script.run()
}

#[tokio::test(start_paused = true)]
async fn a_call_after_a_dropped_one_starts_afresh() {
    let (script, numbers) = (Script::of([(); 4]), RefCell::default());
    {
        let mut dropped = pin!(numbered(&script, &numbers));
        assert_eq!(poll(dropped.as_mut()), Poll::Pending);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(poll(dropped.as_mut()), Poll::Pending);
    }
    assert_eq!(numbers.take(), [1, 2]);
    let begun = tokio::time::Instant::now();
    assert_eq!(numbered(&script, &numbers).await, Ok(5));
    assert_eq!(numbers.take(), [1, 2, 3]);
    assert_eq!(begun.elapsed(), Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn cut_off_by_a_timeout_around_the_call() {
    let (script, numbers) = (Script::of([(); 9]), RefCell::default());
    let cut = tokio::time::timeout(Duration::from_secs(7), numbered(&script, &numbers)).await;
    assert!(cut.is_err());
    tokio::time::sleep(HOUR).await;
    assert_eq!(numbers.take(), [1, 2]);
}

#[retry(policy = "conservative", on = _)]
async fn shared(script: Arc<Script<()>>) -> Result<u32, ()> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn an_aborted_task_gives_back_its_arguments() {
    let script = Arc::new(Script::of([(); 9]));
    let task = tokio::spawn(shared(Arc::clone(&script)));
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!((script.runs(), Arc::strong_count(&script)), (2, 2));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    tokio::time::sleep(HOUR).await;
    assert_eq!((script.runs(), Arc::strong_count(&script)), (2, 1));
}
