//! [`Pacer`]: when the next turn is, and the queue for it.
//!
//! The algorithm is GCRA, the Generic Cell Rate Algorithm of ATM networks (ITU-T I.371): one number, the
//! moment at which all turns that were taken are paid off, says what is free now. `governor` has it, too,
//! and `tests/it/layers/rate_model.rs` holds both to the same verdicts. What `governor` has not is the
//! queue: its callers sleep and ask again, so that one who comes later may be first, and no caller is known
//! to it who could move up when another leaves. Nor can it be made in a `const`, or be told of a pause; and
//! its waits are those of `futures-timer`, which starts a thread and knows no paused clock.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use super::queue::{Queue, Waiting};
use super::spacing::Spacing;
use crate::primitives::sync::{AtomicU64, Mutex, MutexGuard};
use crate::time::tick::Tick;

/// Callers wait, or have a turn that they do not know of. Whoever has the queue's lock sets it before
/// changing the word, which then is changed under the lock alone.
const QUEUED: u64 = 1 << 63;

/// The word lies further ahead than turns can have moved it: the other side asked for a pause.
pub(super) const HELD: u64 = 1 << 62;

/// The last moment that a word holds, 73 years after the clock was first asked.
pub(super) const LAST: u64 = HELD - 1;

/// The first one, as far before.
const FIRST: u64 = (1 << 63) - (1 << 61);

/// The longest pause that counts. One wrong header must not shut a service out for days.
pub(super) const LONGEST_HOLD: Duration = Duration::from_secs(3_600);

/// How far apart the clocks of two threads may be: one that has read its own may be held up before it goes
/// on.
pub(super) const APART: Duration = Duration::from_secs(10);

/// Hands out turns, no more than `burst` at once and one for each interval.
pub(super) struct Pacer {
    /// Of the spacing. It changes under the queue's lock, while the word says that callers wait.
    interval: AtomicU64,
    tolerance: AtomicU64,
    /// The moment at which all turns have come back, in nanoseconds; and the flags, in its highest bits.
    word: AtomicU64,
    queue: Mutex<Queue>,
}

/// What a caller in the queue learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Its turn has come, and is taken.
    Taken,
    /// Its turn comes too late, after that time.
    TooLate(Duration),
    /// Nothing happens to it before that moment, unless it is woken.
    Until(Tick),
}

/// What a caller gets that asks for a turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Taken,
    TooLate(Duration),
    /// It waits, by that ticket.
    Queued(u64),
}

impl Pacer {
    pub(super) const fn new(interval: Duration, burst: u32) -> Self {
        let Spacing { interval, tolerance } = Spacing::new(interval, burst);
        Self {
            interval: AtomicU64::new(interval),
            tolerance: AtomicU64::new(tolerance),
            word: AtomicU64::new(0),
            queue: Mutex::new(Queue::EMPTY),
        }
    }

    #[inline]
    fn spacing(&self) -> Spacing {
        Spacing {
            interval: self.interval.load(Ordering::Relaxed),
            tolerance: self.tolerance.load(Ordering::Relaxed),
        }
    }

    /// Takes a turn that is free, and that nobody waits for.
    #[inline]
    pub(super) fn try_take(&self, now: Tick) -> bool {
        let now = moment(now);
        // Whoever sees a word sees the spacing that it was written by.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let spacing = self.spacing();
            let paid_off = spacing.paid_off(word, now);
            if word & QUEUED != 0 || spacing.turn(paid_off, 0) > now {
                return false;
            }
            let next = spacing.after_turn(paid_off, now);
            match self.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return true,
                Err(other) => word = other,
            }
        }
    }

    /// The number of turns that are free, and that nobody waits for.
    pub(super) fn free(&self, now: Tick) -> u64 {
        let now = moment(now);
        let word = self.word.load(Ordering::Acquire);
        let spacing = self.spacing();
        let ahead = spacing.paid_off(word, now).saturating_sub(now);
        if word & QUEUED != 0 || ahead > spacing.tolerance {
            return 0;
        }
        (spacing.tolerance - ahead) / spacing.interval.max(1) + 1
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Takes a turn if one is free; else joins the queue, if the turn comes until `latest`.
    pub(super) fn ask(&self, now: Tick, latest: Tick) -> Asked {
        let (now, latest) = (moment(now), moment(latest));
        self.change(now, |queue, paid_off, spacing| {
            let turn = spacing.turn(*paid_off, queue.len());
            if turn <= now {
                queue.take(*spacing, paid_off, now, None);
                return Asked::Taken;
            }
            if turn > latest {
                return Asked::TooLate(until(turn, now));
            }
            let ticket = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting.insert(ticket, Waiting { waker: None, latest });
            Asked::Queued(ticket)
        })
    }

    /// What the caller with that ticket learns now. `waker` wakes it when something changes for it.
    pub(super) fn look(&self, ticket: u64, now: Tick, waker: &Waker) -> Place {
        // Cloned before, and dropped after the lock is held: wakers may run anything.
        let mut waker = Some(waker.clone());
        let now = moment(now);
        self.change(now, |queue, paid_off, spacing| {
            if queue.due.remove(&ticket).is_some() {
                return Place::Taken;
            }
            let too_late = Place::TooLate(until(spacing.turn(*paid_off, queue.len()), now));
            let Some((&first, _)) = queue.waiting.first_key_value() else { return too_late };
            let Some(waiting) = queue.waiting.get_mut(&ticket) else { return too_late };
            std::mem::swap(&mut waiting.waker, &mut waker);
            // As if nobody between had left: whoever becomes the first in the queue is woken.
            let turn = spacing.turn(*paid_off, ticket.saturating_sub(first));
            let latest = waiting.latest;
            if now > latest || ticket == first && turn > latest {
                let waiting = queue.waiting.remove(&ticket);
                queue.woken.extend(waiting.and_then(|waiting| waiting.waker));
                return too_late;
            }
            Place::Until(Tick::from_bits(FIRST + turn.min(latest + 1)))
        })
    }

    /// The caller with that ticket leaves. The turn that it does not take is the next one's.
    pub(super) fn leave(&self, ticket: u64, now: Tick) {
        let left = self.change(moment(now), |queue, paid_off, spacing| {
            if let Some(due) = queue.due.remove(&ticket) {
                queue.give_back(*spacing, paid_off, |taken| taken == ticket);
                return Some(due);
            }
            queue.waiting.remove(&ticket)
        });
        drop(left); // its waker, which may run anything
    }

    /// No turn for `pause`; then one for each interval, without a burst. It shortens no earlier pause.
    /// Whoever waits, or has a turn that it does not know of, waits for longer, or is refused.
    pub(super) fn hold(&self, now: Tick, pause: Duration) {
        let end = moment(now.plus(pause.min(LONGEST_HOLD)));
        self.change(moment(now), |queue, paid_off, spacing| {
            let mut due = std::mem::take(&mut queue.due);
            queue.waiting.append(&mut due);
            *paid_off = (*paid_off).max(end.saturating_add(spacing.tolerance)).min(LAST);
            queue.refuse_those_too_late(*spacing, *paid_off);
        });
    }

    /// From now on, turns are that far apart, and that many may be taken at once. The turns that were taken
    /// are still taken, and a pause ends when it did. Whoever waits has its turn by the new spacing, or is
    /// refused.
    #[cfg_attr(
        not(feature = "overrides"),
        allow(dead_code, reason = "nothing is changed from outside")
    )]
    pub(super) fn respace(&self, now: Tick, interval: Duration, burst: u32) {
        let (now, to) = (moment(now), Spacing::new(interval, burst));
        if self.spacing() == to {
            return;
        }
        self.change(now, |queue, paid_off, spacing| {
            // They do not know of their turns, and are given them anew.
            let mut due = std::mem::take(&mut queue.due);
            queue.give_back(*spacing, paid_off, |taken| due.contains_key(&taken));
            queue.waiting.append(&mut due);
            *paid_off = spacing.respaced(*paid_off, now, to);
            queue.turns.clear();
            queue.before = *paid_off;
            *spacing = to;
            queue.refuse_those_too_late(to, *paid_off);
            let Queue { waiting, woken, .. } = queue;
            woken.extend(waiting.values_mut().filter_map(|waiting| waiting.waker.take()));
        });
    }

    /// Forgets the turns that were taken, and every pause.
    pub(super) fn reset(&self, now: Tick) {
        self.change(moment(now), |queue, paid_off, _| {
            queue.turns.clear();
            queue.before = 0;
            *paid_off = 0;
        });
    }

    /// Changes queue and word, under the lock; then wakes those for whom that changes something.
    fn change<T>(
        &self,
        now: u64,
        change: impl FnOnce(&mut Queue, &mut u64, &mut Spacing) -> T,
    ) -> T {
        let mut queue = self.lock();
        let first = queue.first();
        let mut spacing = self.spacing();
        let seize = |word| Some(word | QUEUED);
        let seized = self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, seize);
        let mut paid_off = spacing.paid_off(seized.unwrap_or_else(|word| word), now);
        queue.settle(spacing, &mut paid_off, now);
        let result = change(&mut queue, &mut paid_off, &mut spacing);
        queue.settle(spacing, &mut paid_off, now);
        let held = if paid_off > spacing.furthest(now) { HELD } else { 0 };
        let queued = if queue.waiting.is_empty() && queue.due.is_empty() { 0 } else { QUEUED };
        self.interval.store(spacing.interval, Ordering::Relaxed);
        self.tolerance.store(spacing.tolerance, Ordering::Relaxed);
        self.word.store(paid_off | held | queued, Ordering::Release);
        if queue.first() != first {
            // It alone knows exactly when its turn comes.
            let first = queue.waiting.values_mut().next();
            let waker = first.and_then(|first| first.waker.take());
            queue.woken.extend(waker);
        }
        let woken = std::mem::take(&mut queue.woken);
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// No user code runs under the lock, and nothing panics there.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn moment(tick: Tick) -> u64 {
    tick.bits().saturating_sub(FIRST).min(LAST)
}

fn until(moment: u64, now: u64) -> Duration {
    Duration::from_nanos(moment.saturating_sub(now))
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("interval", &Duration::from_nanos(self.spacing().interval))
            .field("waiting", &self.waiting())
            .finish()
    }
}
