//! [`HedgeBudget`]: what is asked before each extra attempt.

use crate::classify::Verdict;
use crate::layers::budget::{Budget, Cause, Permit};

/// Allows extra attempts, or refuses them.
///
/// It is asked before each attempt after the first. A refusal does not affect the attempts in flight;
/// the race only starts no more. A closure that returns an `Option` is a budget: the race keeps what it
/// returned while the attempt is in flight, so it may be a permit of any kind.
///
/// ```
/// use persevere::Bulkhead;
/// use persevere::hedge::HedgeBudget;
///
/// static HEDGES: Bulkhead = Bulkhead::new(5); // at most 5 extra attempts at a time
///
/// let mut budget = || HEDGES.try_acquire().ok();
/// let permit = budget.try_acquire();
/// assert!(permit.is_some());
/// assert_eq!(HEDGES.available(), 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot grant permits to hedge",
    label = "neither a budget nor a function that returns an `Option`",
    note = "write `|| …` with `Some(…)` to allow an extra attempt, and `None` to refuse it; or `Unlimited`"
)]
pub trait HedgeBudget {
    /// A permit for one extra attempt. If it is dropped, the attempt has run but neither succeeded nor
    /// failed: it was not needed any more, or the race was dropped.
    type Permit;

    /// Asks for a permit for one extra attempt; `None` is a refusal.
    fn try_acquire(&mut self) -> Option<Self::Permit>;

    /// The attempt has won.
    fn succeeded(&mut self, permit: Self::Permit) {
        drop(permit);
    }

    /// The attempt has failed.
    fn failed(&mut self, permit: Self::Permit, verdict: Verdict) {
        let _ = verdict;
        drop(permit);
    }
}

impl<F, W> HedgeBudget for F
where
    F: FnMut() -> Option<W>,
{
    type Permit = W;

    fn try_acquire(&mut self) -> Option<W> {
        self()
    }
}

/// A budget of retries pays for extra attempts, too, each at the price of a retry after a failure.
/// An extra attempt begins as soon as it is paid for, so what it cost is spent, also if another one
/// beats it.
///
/// ```
/// use std::future::pending;
/// use std::time::Duration;
/// use persevere::{Budget, Hedge};
///
/// static HEDGE: Hedge = Hedge::after(Duration::ZERO).with_max(9);
/// static RETRIES: Budget = Budget::new().with_capacity(15); // three
///
/// # #[cfg(feature = "tokio")]
/// # {
/// let race = HEDGE.race(pending::<Option<u8>>, |_| None, &RETRIES);
/// # let waker = std::task::Waker::noop();
/// # let polled = std::pin::pin!(race).poll(&mut std::task::Context::from_waker(waker));
/// # assert!(polled.is_pending());
/// assert_eq!(HEDGE.started(), 3);
/// # }
/// ```
impl<'b> HedgeBudget for &'b Budget {
    type Permit = Permit<'b>;

    fn try_acquire(&mut self) -> Option<Permit<'b>> {
        let mut permit = Budget::try_acquire(self, Cause::Failure)?;
        permit.begin();
        Some(permit)
    }

    fn succeeded(&mut self, permit: Permit<'b>) {
        permit.succeeded();
    }

    fn failed(&mut self, permit: Permit<'b>, verdict: Verdict) {
        permit.failed(verdict);
    }
}

/// Refuses nothing: only `max` limits the extra attempts.
///
/// ```
/// use persevere::hedge::{HedgeBudget, Unlimited};
/// assert_eq!(Unlimited.try_acquire(), Some(()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl HedgeBudget for Unlimited {
    type Permit = ();

    fn try_acquire(&mut self) -> Option<()> {
        Some(())
    }
}
