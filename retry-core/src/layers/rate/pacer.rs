//! [`Pacer`]: when the next turn is, and the queue for it.
//!
//! The algorithm is GCRA, the Generic Cell Rate Algorithm of ATM networks (ITU-T I.371): one number, the
//! moment at which all turns that were taken are paid off, says what is free now. `governor` has it, too,
//! and `tests/it/layers/rate_model.rs` holds both to the same verdicts. What `governor` has not is the
//! queue: its callers sleep and ask again, so that one who comes later may be first, and no caller is known
//! to it who could move up when another leaves. Nor can it be made in a `const`, or be told of a pause; and
//! its waits are those of `futures-timer`, which starts a thread and knows no paused clock.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use crate::primitives::nanoseconds::Nanoseconds;
use crate::primitives::sync::{AtomicU64, Mutex, MutexGuard};
use crate::time::tick::Tick;

/// Callers wait, or have a turn that they do not know of. Whoever has the queue's lock sets it before
/// changing the word, which then is changed under the lock alone.
const QUEUED: u64 = 1 << 63;

/// The word lies further ahead than turns can have moved it: the other side asked for a pause.
const HELD: u64 = 1 << 62;

/// The last moment that a word holds, 73 years after the clock was first asked.
const LAST: u64 = HELD - 1;

/// The first one, as far before.
const FIRST: u64 = (1 << 63) - (1 << 61);

/// The longest pause that counts. One wrong header must not shut a service out for days.
pub(super) const LONGEST_HOLD: Duration = Duration::from_secs(3_600);

/// How far apart the clocks of two threads may be: one that has read its own may be held up before it goes
/// on.
const APART: Duration = Duration::from_secs(10);

/// How many turns are kept for a caller that has one, does not know of it, and may never be polled again.
const MOST_TURNS: usize = 256;

/// Hands out turns, no more than `burst` at once and one for each interval.
pub(super) struct Pacer {
    /// The time that a turn takes to come back, in nanoseconds.
    interval: u64,
    /// How far the word may lie ahead of the clock: all turns of a burst but one.
    tolerance: u64,
    /// The moment at which all turns have come back, in nanoseconds; and the flags, in its highest bits.
    word: AtomicU64,
    queue: Mutex<Queue>,
}

struct Queue {
    /// By ticket, the first in the queue first.
    waiting: BTreeMap<u64, Waiting>,
    /// Those whose turn has come, and who have not been polled since.
    due: BTreeMap<u64, Waiting>,
    /// The turns that were taken since the first of those, with their tickets: what the word would be, had
    /// one of them not been taken.
    turns: VecDeque<(Option<u64>, u64)>,
    /// The moment in the word before these.
    before: u64,
    next_ticket: u64,
    /// Whom to wake once the lock is not held any more.
    woken: Vec<Waker>,
}

struct Waiting {
    waker: Option<Waker>,
    /// The last moment at which its turn is of use.
    latest: u64,
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
        let interval = Nanoseconds::of(interval).count();
        let interval = if interval > LAST { LAST } else { interval };
        let tolerance = interval.saturating_mul(burst.saturating_sub(1) as u64);
        let queue = Queue {
            waiting: BTreeMap::new(),
            due: BTreeMap::new(),
            turns: VecDeque::new(),
            before: 0,
            next_ticket: 0,
            woken: Vec::new(),
        };
        Self {
            interval,
            tolerance: if tolerance > LAST { LAST } else { tolerance },
            word: AtomicU64::new(0),
            queue: Mutex::new(queue),
        }
    }

    pub(super) const fn interval(&self) -> Duration {
        Duration::from_nanos(self.interval)
    }

    /// The moment in a word. No turn puts it further ahead than a whole burst. If it is by far, the clock has
    /// gone back, as that of another test does, and the rest is forgotten.
    fn paid_off(&self, word: u64, now: u64) -> u64 {
        let held = if word & HELD == 0 { 0 } else { nanoseconds(LONGEST_HOLD) };
        let furthest = self.furthest(now).saturating_add(held);
        let paid_off = word & LAST;
        if paid_off > furthest.saturating_add(nanoseconds(APART)) { furthest } else { paid_off }
    }

    /// How far turns alone can put the word.
    fn furthest(&self, now: u64) -> u64 {
        now.saturating_add(self.tolerance).saturating_add(self.interval)
    }

    /// The word after a turn that is taken now.
    fn after_turn(&self, paid_off: u64, now: u64) -> u64 {
        paid_off.max(now).saturating_add(self.interval).min(LAST)
    }

    /// The moment at which a caller has its turn that `ahead` others are before.
    fn turn(&self, paid_off: u64, ahead: u64) -> u64 {
        let theirs = ahead.saturating_mul(self.interval);
        paid_off.saturating_add(theirs).saturating_sub(self.tolerance)
    }

    /// Takes a turn that is free, and that nobody waits for.
    #[inline]
    pub(super) fn try_take(&self, now: Tick) -> bool {
        let now = moment(now);
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let paid_off = self.paid_off(word, now);
            if word & QUEUED != 0 || self.turn(paid_off, 0) > now {
                return false;
            }
            let next = self.after_turn(paid_off, now);
            match self.word.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(other) => word = other,
            }
        }
    }

    /// The number of turns that are free, and that nobody waits for.
    pub(super) fn free(&self, now: Tick) -> u64 {
        let now = moment(now);
        let word = self.word.load(Ordering::Relaxed);
        let ahead = self.paid_off(word, now).saturating_sub(now);
        if word & QUEUED != 0 || ahead > self.tolerance {
            return 0;
        }
        (self.tolerance - ahead) / self.interval.max(1) + 1
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Takes a turn if one is free; else joins the queue, if the turn comes until `latest`.
    pub(super) fn ask(&self, now: Tick, latest: Tick) -> Asked {
        let (now, latest) = (moment(now), moment(latest));
        self.change(now, |queue, paid_off| {
            let turn = self.turn(*paid_off, queue.len());
            if turn <= now {
                self.take(queue, paid_off, now, None);
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
        self.change(now, |queue, paid_off| {
            if queue.due.remove(&ticket).is_some() {
                return Place::Taken;
            }
            let too_late = Place::TooLate(until(self.turn(*paid_off, queue.len()), now));
            let Some((&first, _)) = queue.waiting.first_key_value() else { return too_late };
            let Some(waiting) = queue.waiting.get_mut(&ticket) else { return too_late };
            std::mem::swap(&mut waiting.waker, &mut waker);
            // As if nobody between had left: whoever becomes the first in the queue is woken.
            let turn = self.turn(*paid_off, ticket.saturating_sub(first));
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
        let left = self.change(moment(now), |queue, paid_off| {
            if let Some(due) = queue.due.remove(&ticket) {
                queue.turns.retain(|(taken, _)| *taken != Some(ticket));
                let without = queue
                    .turns
                    .iter()
                    .fold(queue.before, |paid_off, (_, at)| self.after_turn(paid_off, *at));
                *paid_off = without.min(*paid_off);
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
        self.change(moment(now), |queue, paid_off| {
            let mut due = std::mem::take(&mut queue.due);
            queue.waiting.append(&mut due);
            *paid_off = (*paid_off).max(end.saturating_add(self.tolerance)).min(LAST);
            let Queue { waiting, woken, .. } = queue;
            let mut ahead = 0;
            waiting.retain(|_, waiting| {
                let is_of_use = self.turn(*paid_off, ahead) <= waiting.latest;
                ahead += u64::from(is_of_use);
                woken.extend(waiting.waker.take_if(|_| !is_of_use));
                is_of_use
            });
        });
    }

    /// Forgets the turns that were taken, and every pause.
    pub(super) fn reset(&self, now: Tick) {
        self.change(moment(now), |queue, paid_off| {
            queue.turns.clear();
            queue.before = 0;
            *paid_off = 0;
        });
    }

    /// Takes a turn, for the caller with that ticket if it waits.
    fn take(&self, queue: &mut Queue, paid_off: &mut u64, now: u64, ticket: Option<u64>) {
        if queue.due.is_empty() || *paid_off <= now {
            // Whether earlier ones were taken makes no difference any more.
            queue.turns.clear();
            queue.before = *paid_off;
        } else if queue.turns.len() == MOST_TURNS {
            let first = queue.turns.pop_front();
            queue.before = first.map_or(*paid_off, |(_, at)| self.after_turn(queue.before, at));
        }
        queue.turns.push_back((ticket, now));
        *paid_off = self.after_turn(*paid_off, now);
    }

    /// The turns that have come are those of the first in the queue, polled or not.
    fn settle(&self, queue: &mut Queue, paid_off: &mut u64, now: u64) {
        while self.turn(*paid_off, 0) <= now {
            let Some((ticket, mut waiting)) = queue.waiting.pop_first() else { return };
            self.take(queue, paid_off, now, Some(ticket));
            queue.woken.extend(waiting.waker.take());
            queue.due.insert(ticket, waiting);
        }
    }

    /// Changes queue and word, under the lock; then wakes those for whom that changes something.
    fn change<T>(&self, now: u64, change: impl FnOnce(&mut Queue, &mut u64) -> T) -> T {
        let mut queue = self.lock();
        let first = queue.first();
        let seize = |word| Some(word | QUEUED);
        let seized = self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, seize);
        let mut paid_off = self.paid_off(seized.unwrap_or_else(|word| word), now);
        self.settle(&mut queue, &mut paid_off, now);
        let result = change(&mut queue, &mut paid_off);
        self.settle(&mut queue, &mut paid_off, now);
        let held = if paid_off > self.furthest(now) { HELD } else { 0 };
        let queued = if queue.waiting.is_empty() && queue.due.is_empty() { 0 } else { QUEUED };
        self.word.store(paid_off | held | queued, Ordering::Relaxed);
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

impl Queue {
    /// How many callers wait.
    fn len(&self) -> u64 {
        self.waiting.len() as u64
    }

    fn first(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|(ticket, _)| *ticket)
    }
}

const fn nanoseconds(span: Duration) -> u64 {
    Nanoseconds::of(span).count()
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
            .field("interval", &self.interval())
            .field("waiting", &self.waiting())
            .finish()
    }
}
