//! `Hedge`: which attempts start when, which one wins, and what becomes of the others.

use crate::support::racers;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::{Hedge, Rejection, Verdict};
use racers::{GOOD, Outcome, PERMANENT, Racer, Racers, TRANSIENT, judge, milliseconds};
use tokio::time::{Instant, sleep};

/// Late after 200 ms.
const fn hedge() -> Hedge {
    Hedge::after(Duration::from_millis(200))
}

/// What comes out of a race, when it ends, and when attempts started.
async fn race(hedge: &Hedge, script: &[Racer]) -> (Outcome, u64, Vec<u64>) {
    let racers = Racers::of(script);
    let outcome = hedge.race(|| racers.start(), judge, Unlimited).await;
    assert_eq!(racers.alive(), 0, "all are dropped");
    (outcome, racers.elapsed(), racers.started())
}

#[tokio::test(start_paused = true)]
async fn a_quick_first_attempt_stays_alone() {
    let hedge = hedge();
    assert_eq!(race(&hedge, &[(0, GOOD)]).await, (Ok(1), 0, vec![0]));
    assert_eq!(race(&hedge, &[(199, GOOD)]).await, (Ok(1), 199, vec![0]));
    // Late and ready at the same moment is not late.
    assert_eq!(race(&hedge, &[(200, GOOD)]).await, (Ok(1), 200, vec![0]));
    assert_eq!((hedge.started(), hedge.won()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_late_first_attempt_is_overtaken() {
    let hedge = hedge();
    assert_eq!(race(&hedge, &[(900, GOOD), (50, GOOD)]).await, (Ok(2), 250, vec![0, 200]));
    assert_eq!((hedge.started(), hedge.won()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_late_first_attempt_may_still_win() {
    let hedge = hedge();
    assert_eq!(race(&hedge, &[(220, GOOD), (50, GOOD)]).await, (Ok(1), 220, vec![0, 200]));
    assert_eq!((hedge.started(), hedge.won()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn of_two_at_the_same_moment_the_older_wins() {
    assert_eq!(race(&hedge(), &[(250, GOOD), (50, GOOD)]).await.0, Ok(1));
    let script = [(900, GOOD), (250, GOOD), (50, GOOD)];
    assert_eq!(race(&hedge().with_max(2), &script).await, (Ok(2), 450, vec![0, 200, 400]));
}

#[tokio::test(start_paused = true)]
async fn each_starts_a_delay_after_the_one_before_up_to_the_maximum() {
    let script = [(9_000, GOOD); 4];
    let raced = race(&hedge().with_max(3), &script).await;
    assert_eq!(raced, (Ok(1), 9_000, vec![0, 200, 400, 600]));
    assert_eq!(race(&hedge(), &script).await, (Ok(1), 9_000, vec![0, 200]));
}

#[tokio::test(start_paused = true)]
async fn without_delay_all_start_together_unless_the_first_is_ready() {
    let at_once = Hedge::after(Duration::ZERO).with_max(2);
    let script = [(30, GOOD), (10, GOOD), (20, GOOD)];
    assert_eq!(race(&at_once, &script).await, (Ok(2), 10, vec![0, 0, 0]));
    assert_eq!(race(&at_once, &[(0, GOOD)]).await, (Ok(1), 0, vec![0]));
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_starts_the_next_at_once() {
    assert_eq!(race(&hedge(), &[(50, TRANSIENT), (10, GOOD)]).await, (Ok(2), 60, vec![0, 50]));
    // The delay counts from there.
    let script = [(50, TRANSIENT), (900, GOOD), (10, GOOD)];
    assert_eq!(race(&hedge().with_max(2), &script).await, (Ok(3), 260, vec![0, 50, 250]));
    // Also when others are in flight.
    let script = [(900, GOOD), (10, TRANSIENT), (20, GOOD)];
    assert_eq!(race(&hedge().with_max(2), &script).await, (Ok(3), 230, vec![0, 200, 210]));
    // And one for each: both are gone at 250.
    let script = [(250, TRANSIENT), (50, TRANSIENT), (20, TRANSIENT), (30, GOOD)];
    assert_eq!(race(&hedge().with_max(3), &script).await, (Ok(4), 280, vec![0, 200, 250, 250]));
    // Ready at their first polls.
    let script = [(0, TRANSIENT), (0, TRANSIENT), (0, GOOD)];
    assert_eq!(race(&hedge().with_max(2), &script).await, (Ok(3), 0, vec![0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_ends_the_race() {
    let failed = |number| Err((Verdict::PERMANENT, number));
    assert_eq!(race(&hedge(), &[(50, PERMANENT)]).await, (failed(1), 50, vec![0]));
    let script = [(900, GOOD), (50, PERMANENT)];
    assert_eq!(race(&hedge(), &script).await, (failed(2), 250, vec![0, 200]));
    let script = [(250, PERMANENT), (900, GOOD)];
    assert_eq!(race(&hedge(), &script).await, (failed(1), 250, vec![0, 200]));
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_as_long_as_one_is_in_flight() {
    let script = [(250, TRANSIENT), (300, GOOD)];
    assert_eq!(race(&hedge(), &script).await, (Ok(2), 500, vec![0, 200]));
    let script = [(300, GOOD), (50, TRANSIENT)];
    assert_eq!(race(&hedge(), &script).await, (Ok(1), 300, vec![0, 200]));
}

#[tokio::test(start_paused = true)]
async fn when_all_have_failed_the_last_failure_is_the_outcome() {
    let script = [(250, TRANSIENT), (300, TRANSIENT)];
    let raced = race(&hedge(), &script).await;
    assert_eq!(raced, (Err((Verdict::TRANSIENT, 2)), 500, vec![0, 200]));
}

#[tokio::test(start_paused = true)]
async fn unless_an_earlier_one_asks_for_more_restraint() {
    let after = |seconds| Verdict::TRANSIENT.with_retry_after(Duration::from_secs(seconds));
    let throttled_after = Verdict::THROTTLED.with_retry_after(Duration::from_secs(1));
    for (earlier, later, number) in [
        (Verdict::THROTTLED, Verdict::TRANSIENT, 1),
        (Verdict::TRANSIENT, Verdict::THROTTLED, 2),
        (Verdict::THROTTLED, Verdict::THROTTLED, 2),
        (after(2), after(1), 1),
        (after(1), after(2), 2),
        (after(1), Verdict::TRANSIENT, 1),
        (throttled_after, after(9), 1),
        (throttled_after, Verdict::THROTTLED, 1),
        (Verdict::THROTTLED, throttled_after, 2),
    ] {
        let raced = race(&hedge(), &[(250, Err(earlier)), (300, Err(later))]).await;
        let expected = if number == 1 { earlier } else { later };
        assert_eq!(raced, (Err((expected, number)), 500, vec![0, 200]));
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_less_gets_no_more() {
    let later = Verdict::TRANSIENT.with_retry_after(Duration::from_secs(9));
    for verdict in [Verdict::THROTTLED, later] {
        let raced = race(&hedge(), &[(50, Err(verdict)), (0, GOOD)]).await;
        assert_eq!(raced, (Err((verdict, 1)), 50, vec![0]));
        // What is in flight goes on.
        let script = [(900, GOOD), (50, Err(verdict)), (0, GOOD)];
        assert_eq!(race(&hedge().with_max(5), &script).await, (Ok(1), 900, vec![0, 200]));
    }
    let at_once = Verdict::TRANSIENT.with_retry_after(Duration::ZERO);
    let raced = race(&hedge(), &[(50, Err(at_once)), (0, GOOD)]).await;
    assert_eq!(raced, (Ok(2), 50, vec![0, 50]));
}

#[tokio::test(start_paused = true)]
async fn the_outcome_is_judged_once_each() {
    let racers = Racers::of(&[(250, TRANSIENT), (300, GOOD)]);
    let judged = RefCell::new(Vec::new());
    let judge = |outcome: &Outcome| {
        judged.borrow_mut().push(*outcome);
        judge(outcome)
    };
    assert_eq!(hedge().race(|| racers.start(), judge, Unlimited).await, Ok(2));
    assert_eq!(judged.take(), [Err((Verdict::TRANSIENT, 1)), Ok(2)]);
}

#[tokio::test(start_paused = true)]
async fn the_losers_are_dropped_when_the_race_ends_and_not_when_it_is_dropped() {
    for (first, winner) in [(900, 2), (220, 1)] {
        let racers = Racers::of(&[(first, GOOD), (50, GOOD)]);
        let hedge = hedge();
        let mut race = pin!(hedge.race(|| racers.start(), judge, Unlimited));
        assert_eq!(race.as_mut().await, Ok(winner));
        assert_eq!(racers.alive(), 0);
        let polled = race.poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending()); // it is over
        assert_eq!(racers.started().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_borrow_what_the_caller_has() {
    async fn look_up(names: &[String], of: usize) -> Result<&String, Rejection> {
        sleep(Duration::from_secs(1)).await;
        names.get(of).ok_or(Rejection::TimedOut)
    }
    let names = vec!["a".to_owned(), "b".to_owned()];
    let tries = Cell::new(0);
    let hedge = hedge();
    let found = hedge.run(|| async {
        tries.update(|tries| tries + 1);
        look_up(&names, 1).await
    });
    assert_eq!(found.await.map(String::as_str), Ok("b"));
    assert_eq!(tries.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn errors_say_themselves_what_kind_they_are() {
    use std::io::ErrorKind::{self, NotFound, TimedOut};

    async fn race(answers: [Result<u8, ErrorKind>; 2]) -> Result<u8, ErrorKind> {
        let next = RefCell::new(answers.into_iter());
        hedge().run(|| async { next.borrow_mut().next().expect("two attempts") }).await
    }
    assert_eq!(race([Err(TimedOut), Ok(2)]).await, Ok(2));
    assert_eq!(race([Err(NotFound), Ok(2)]).await, Err(NotFound));
    assert_eq!(race([Err(TimedOut), Err(TimedOut)]).await, Err(TimedOut));
}

#[test]
fn a_race_may_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    static HEDGE: Hedge = Hedge::after_quantile(0.95);
    let names = vec!["a".to_owned()];
    let names = &names;
    is_send(HEDGE.run(|| async {
        sleep(Duration::from_secs(1)).await;
        names.first().ok_or(Rejection::TimedOut)
    }));
}

#[tokio::test(start_paused = true)]
async fn it_is_polled_only_when_woken() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Arc::clone(&count).into();
    let hedge = hedge().with_max(2);
    let started = Cell::new(0);
    let mut race: Pin<Box<dyn Future<Output = Result<(), Rejection>> + '_>> =
        Box::pin(hedge.run(|| {
            started.update(|started| started + 1);
            pending()
        }));
    let begun = Instant::now();
    let mut woken_at = Vec::new();
    for _ in 0..3 {
        let polled = race.as_mut().poll(&mut Context::from_waker(&waker));
        assert_eq!(polled, Poll::Pending);
        let before = count.0.load(Ordering::Relaxed);
        for _ in 0..1_000 {
            tokio::time::advance(milliseconds(1)).await;
            if count.0.load(Ordering::Relaxed) > before {
                woken_at.push(begun.elapsed().as_millis());
                break;
            }
        }
    }
    // Twice by the alarm, and after the last start there is no alarm left.
    assert_eq!((woken_at, started.get()), (vec![200, 400], 3));
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
}
