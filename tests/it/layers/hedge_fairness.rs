//! Attempts that use up all that a task may do in one turn, on tokio: the others have their turns.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::{Hedge, Verdict};
use tokio::sync::mpsc;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, advance, sleep};

/// Ends with its number, or with `None` if it was polled so often that it starves the others.
type Attempt<'a> = Pin<Box<dyn Future<Output = Option<u32>> + 'a>>;

/// Always has something to do, and is never done: it uses up the budget in each of its turns.
fn busy<'a>() -> Attempt<'a> {
    Box::pin(async {
        for _ in 0..1_000_000 {
            consume_budget().await;
        }
        None
    })
}

/// Takes 300 messages that are there, more than in one turn.
fn receives<'a>(number: u32) -> Attempt<'a> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    (0..300).for_each(|message| sender.send(message).expect("it is open"));
    Box::pin(async move {
        for message in 0..300 {
            assert_eq!(receiver.recv().await, Some(message));
        }
        Some(number)
    })
}

/// What comes of `attempts`, started together.
async fn raced(attempts: Vec<Attempt<'_>>) -> Option<u32> {
    let hedge = Hedge::after(Duration::ZERO).with_max(9);
    let mut attempts = attempts.into_iter();
    let left = Rc::new(Cell::new(attempts.len() - 1));
    let budget = || {
        left.set(left.get().checked_sub(1)?);
        Some(())
    };
    hedge.race(|| attempts.next().expect("as many as are allowed"), |_| None, budget).await
}

#[tokio::test(start_paused = true)]
async fn a_busy_attempt_starves_no_other() {
    assert_eq!(raced(vec![busy(), receives(2)]).await, Some(2));
    assert_eq!(raced(vec![receives(1), busy()]).await, Some(1));
    assert_eq!(raced(vec![busy(), busy(), receives(3)]).await, Some(3));
    assert_eq!(raced(vec![busy(), receives(2), busy()]).await, Some(2));
    assert_eq!(raced(vec![receives(1), busy(), busy(), busy()]).await, Some(1));
}

/// Lets the clock go on though a task is always ready.
fn time_goes_on() -> tokio::task::JoinHandle<()> {
    tokio::spawn(async {
        loop {
            advance(Duration::from_millis(1)).await;
        }
    })
}

#[tokio::test(start_paused = true)]
async fn nor_the_alarm() {
    let clock = time_goes_on();
    let hedge = Hedge::after(Duration::from_millis(200));
    let begun = Instant::now();
    let started = Cell::new(0);
    let attempt = || {
        started.update(|started| started + 1);
        if started.get() == 1 { busy() } else { receives(2) }
    };
    assert_eq!(hedge.race(attempt, |_| None::<Verdict>, Unlimited).await, Some(2));
    let late = begun.elapsed().as_millis();
    assert!((200..300).contains(&late), "{late} ms");
    clock.abort();
}

#[tokio::test(start_paused = true)]
async fn nor_a_timer_within_another_attempt() {
    let clock = time_goes_on();
    let sleeps = Box::pin(async {
        sleep(Duration::from_millis(50)).await;
        Some(2)
    });
    assert_eq!(raced(vec![busy(), sleeps, busy()]).await, Some(2));
    clock.abort();
}
