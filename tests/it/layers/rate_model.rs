//! `Rate` beside two models: `governor`, for callers that do not wait; and for those that do, the list of
//! all attempts so far.

use std::collections::HashMap;
use std::num::NonZero;
use std::task::Poll;
use std::time::Duration;

use crate::support::queue::poll;
use governor::clock::{Clock as _, FakeRelativeClock};
use governor::{Quota, RateLimiter};
use persevere::{Rate, Rejection};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use std::pin::Pin;
use tokio::time::{Instant, advance};

const MS: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn its_verdicts_are_those_of_governor() {
    for seed in 0..200 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let interval = Duration::from_nanos(rng.random_range(1..200_000_000));
        let burst = rng.random_range(1..6);
        let rate = Rate::every(interval).with_burst(burst);
        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(interval).expect("it is not zero");
        let quota = quota.allow_burst(NonZero::new(burst).expect("it is not zero"));
        let governor = RateLimiter::direct_with_clock(quota, clock.clone());
        // Only now, since a limiter of `governor` counts from when it is made.
        for step in 0..200 {
            let passed = interval.mul_f64(rng.random_range(0.0..1.5));
            clock.advance(passed);
            advance(passed).await;
            let theirs = governor.check().map_err(|not_yet| not_yet.wait_time_from(clock.now()));
            let ours = rate.try_acquire().map_err(|refused| match refused {
                Rejection::RateLimited { retry_in } => retry_in,
                other => panic!("{other:?}"),
            });
            assert_eq!(ours, theirs, "seed {seed}, step {step}");
        }
    }
}

/// The attempts that were let through, and those that wait, first come first.
#[derive(Default)]
struct Model {
    interval: Duration,
    burst: u32,
    let_through: Vec<Instant>,
    waiting: Vec<u32>,
    /// Until when each of them waits at most.
    latest: HashMap<u32, Instant>,
    /// Whether any of those that were looked at waits on.
    waiting_on: bool,
}

impl Model {
    /// When one more may go, after all those that wait: each attempt pays with an interval, from when the one
    /// before it is paid off, and as much as a burst may be owed.
    fn turn_of_next(&self, now: Instant) -> Instant {
        let pay = |paid_off: Option<Instant>, at: Instant| {
            Some(paid_off.map_or(at, |paid_off| paid_off.max(at)) + self.interval)
        };
        let Some(paid_off) = self.let_through.iter().copied().fold(None, pay) else { return now };
        let ahead = u32::try_from(self.waiting.len()).expect("there are few");
        let owed = self.interval * (self.burst - 1);
        (paid_off + self.interval * ahead).checked_sub(owed).map_or(now, |turn| turn.max(now))
    }

    /// Lets through whose turn has come, and returns their names.
    fn settle(&mut self, now: Instant) -> Vec<u32> {
        let mut gone = Vec::new();
        while !self.waiting.is_empty() {
            let first = self.waiting.remove(0);
            let others = std::mem::take(&mut self.waiting);
            let is_due = self.turn_of_next(now) <= now;
            self.waiting = others;
            if !is_due {
                self.waiting.insert(0, first);
                break;
            }
            self.let_through.push(now);
            gone.push(first);
        }
        gone
    }

    /// No more than a burst, and one for each interval, in any span that begins and ends with an attempt.
    fn assert_bound(&self) {
        for (first, from) in self.let_through.iter().enumerate() {
            for (last, to) in self.let_through.iter().enumerate().skip(first) {
                let intervals = (*to - *from).as_nanos() / self.interval.as_nanos();
                let most = u128::from(self.burst) + intervals;
                let count = (last - first + 1) as u128;
                assert!(count <= most, "{count} attempts in {:?}, {most} may be", *to - *from);
            }
        }
    }
}

type Acquiring<'r> = Pin<Box<dyn Future<Output = Result<(), Rejection>> + 'r>>;

async fn run(seed: u64) -> usize {
    let mut rng = SmallRng::seed_from_u64(seed);
    let interval = MS * rng.random_range(1..40);
    let burst = rng.random_range(1..5);
    let max_wait = interval * rng.random_range(1..6);
    let rate = Rate::every(interval).with_burst(burst).with_max_wait(max_wait);
    let mut model = Model { interval, burst, ..Model::default() };
    let mut callers: Vec<(u32, Acquiring<'_>)> = Vec::new();
    let mut refused = 0;
    for name in 0..120 {
        advance(MS * rng.random_range(0..30)).await;
        let now = Instant::now();
        // Some leave, before anybody has looked what the time is.
        while !callers.is_empty() && rng.random_bool(0.3) {
            let (left, acquiring) = callers.remove(rng.random_range(0..callers.len()));
            drop(acquiring);
            model.waiting.retain(|name| *name != left);
        }
        let gone = model.settle(now);
        // A caller may come before the others have looked, too: it overtakes nobody.
        let comes_first = rng.random_bool(0.5);
        let mut acquiring: Acquiring<'_> = Box::pin(rate.acquire());
        let early = comes_first.then(|| (poll(acquiring.as_mut()), model.turn_of_next(now) - now));
        for name in gone {
            let index = callers.iter().position(|(other, _)| *other == name).expect("it waits");
            let (_, mut acquiring) = callers.remove(index);
            assert_eq!(poll(acquiring.as_mut()), Poll::Ready(Ok(())), "seed {seed}: {name}");
        }
        // The others wait on, unless those before them were so late that it would be for too long.
        callers.retain_mut(|(name, acquiring)| {
            let first = model.waiting.remove(0);
            assert_eq!(first, *name, "seed {seed}: they are polled in their order");
            let others = std::mem::take(&mut model.waiting);
            let turn = model.turn_of_next(now);
            model.waiting = others;
            let is_first = !model.waiting_on;
            let polled = poll(acquiring.as_mut());
            let is_late = is_first && turn > model.latest[name] || now > model.latest[name];
            assert_eq!(polled.is_pending(), !is_late, "seed {seed}: {name} {polled:?}");
            assert!(!polled.is_ready() || matches!(polled, Poll::Ready(Err(_))), "{name} is early");
            refused += u64::from(is_late);
            model.waiting_on |= !is_late;
            if !is_late {
                model.waiting.push(first);
            }
            !is_late
        });
        model.waiting_on = false;
        let (polled, wait) =
            early.unwrap_or_else(|| (poll(acquiring.as_mut()), model.turn_of_next(now) - now));
        if wait.is_zero() {
            assert_eq!(polled, Poll::Ready(Ok(())), "seed {seed}: {name}");
            model.let_through.push(now);
        } else if wait <= max_wait {
            assert!(polled.is_pending(), "seed {seed}: {name} waits for {wait:?}");
            model.waiting.push(name);
            model.latest.insert(name, now + max_wait);
            callers.push((name, acquiring));
        } else {
            let late = Rejection::RateLimited { retry_in: wait };
            assert_eq!(polled, Poll::Ready(Err(late)), "seed {seed}: {name}");
            refused += 1;
        }
        assert_eq!(rate.waiting(), model.waiting.len());
    }
    model.assert_bound();
    assert_eq!(rate.refusals(), refused);
    drop(callers);
    assert_eq!(rate.waiting(), 0);
    model.let_through.len()
}

#[tokio::test(start_paused = true)]
async fn whatever_callers_do_it_lets_through_what_the_list_of_attempts_allows() {
    let mut let_through = 0;
    for seed in 0..300 {
        let_through += run(seed).await;
    }
    assert!(let_through > 10_000, "{let_through} of 36,000");
}

/// Callers that are polled late, or in any order: no turn is lost, and none is given twice.
#[tokio::test(start_paused = true)]
async fn those_that_are_polled_late_keep_their_turns_and_those_that_leave_give_them_away() {
    for seed in 0..300 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let interval = MS * rng.random_range(1..20);
        let burst = rng.random_range(1..4);
        let rate = Rate::every(interval).with_burst(burst).with_max_wait(Duration::from_mins(1));
        let mut callers: Vec<(u32, Acquiring<'_>)> = Vec::new();
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        let began = Instant::now();
        for name in 0..60 {
            advance(MS * rng.random_range(0..20)).await;
            let mut acquiring: Acquiring<'_> = Box::pin(rate.acquire());
            match poll(acquiring.as_mut()) {
                Poll::Ready(got) => gone.push((name, got.map(|()| Instant::now()))),
                Poll::Pending => callers.push((name, acquiring)),
            }
            if !callers.is_empty() && rng.random_bool(0.5) {
                let (name, mut acquiring) = callers.remove(rng.random_range(0..callers.len()));
                match poll(acquiring.as_mut()) {
                    Poll::Ready(got) => gone.push((name, got.map(|()| Instant::now()))),
                    Poll::Pending if rng.random_bool(0.5) => left.push(name),
                    Poll::Pending => callers.push((name, acquiring)),
                }
            }
        }
        callers.sort_by_key(|(name, _)| *name);
        for (name, acquiring) in callers {
            gone.push((name, acquiring.await.map(|()| Instant::now())));
        }
        assert_eq!(gone.len() + left.len(), 60, "seed {seed}");
        assert!(gone.iter().all(|(_, got)| got.is_ok()), "seed {seed}");
        let intervals = (began.elapsed().as_nanos() / interval.as_nanos()) as usize;
        assert!(gone.len() <= burst as usize + intervals, "seed {seed}");
        assert_eq!(rate.waiting(), 0);
        advance(interval * burst).await;
        assert_eq!(rate.available(), burst, "seed {seed}: nothing is left behind");
    }
}
