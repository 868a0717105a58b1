//! [`attempt`]: an [`Attempt`] for the tests of a body that takes one.

use std::time::Duration;

use crate::call::attempt::Attempt;
use crate::call::so_far::SoFar;
use crate::engine::History;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::policy::Policy;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::time::timeline::Timeline;

/// An attempt of that number, counted from 1, to call a body with that takes one. 0 is 1, too.
///
/// It is one under [`Policy::DEFAULT`], whose waits before it count as made. There is no deadline.
///
/// ```
/// use persevere::{Attempt, testing};
///
/// fn evaluate(attempt: &Attempt, code: &str) -> Result<usize, String> {
///     if attempt.is_last() {
///         return Ok(0);
///     }
///     Err(format!("attempt {} of {code:?} failed", attempt.number()))
/// }
///
/// assert_eq!(evaluate(&testing::attempt(1), "1 +"), Err("attempt 1 of \"1 +\" failed".to_owned()));
/// assert_eq!(evaluate(&testing::attempt(6), "1 +"), Ok(0));
/// ```
#[must_use]
pub fn attempt(number: u32) -> Attempt {
    let retries = number.saturating_sub(1);
    let schedule = || Policy::DEFAULT.schedule().take(retries as usize);
    let waited: Duration = schedule().sum();
    let so_far = SoFar {
        history: History::new(retries, schedule().last()),
        waited: Nanoseconds::of(waited),
        ..SoFar::NOTHING
    };
    let caller = Caller::Closure(Name::given("testing::attempt"));
    Attempt::of(caller, None, Timeline::resumed(None, waited), &Policy::DEFAULT, &so_far)
}

/// As [`attempt`], for a body that `hedge` runs beside others: `hedge` says
/// [which](Attempt::hedge), 0 for the first.
///
/// ```
/// use persevere::{Attempt, testing};
///
/// fn host(attempt: &Attempt) -> &'static str {
///     ["near", "far"][attempt.hedge() as usize]
/// }
///
/// assert_eq!(host(&testing::hedged_attempt(1, 0)), "near");
/// assert_eq!(host(&testing::hedged_attempt(1, 1)), "far");
/// ```
#[must_use]
pub fn hedged_attempt(number: u32, hedge: u32) -> Attempt {
    attempt(number).of_hedge(hedge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_number_is_the_one_asked_for() {
        for number in [1, 2, 6, 7, u32::MAX] {
            assert_eq!(attempt(number).number(), number);
        }
        assert!(attempt(0).is_first());
        let third = attempt(3);
        assert_eq!((third.retries(), third.is_last()), (2, false));
        assert_eq!(third.previous_delay(), Some(Duration::from_secs(4)));
        assert!(third.elapsed() >= Duration::from_secs(6));
        assert_eq!(third.remaining(), None);
    }
}
