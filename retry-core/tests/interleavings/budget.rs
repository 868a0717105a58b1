//! The kinds of budget.

#[path = "../../src/layers/budget/adaptive.rs"]
mod adaptive;
#[path = "../../src/layers/budget/ratio.rs"]
mod ratio;
#[path = "../../src/layers/budget/token_bucket.rs"]
mod token_bucket;

pub(crate) use persevere_core::budget::Cause;

use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use self::adaptive::Adaptive;
use self::ratio::Ratio;
use self::token_bucket::TokenBucket;
use crate::{LONG_AGO, NOW, SECOND, two_threads};

/// A full bucket.
fn bucket(capacity: u32) -> TokenBucket {
    let bucket = TokenBucket::new(capacity);
    assert_eq!(bucket.tokens(), capacity);
    bucket
}

#[test]
fn the_last_tokens_are_given_once() {
    two_threads(
        || bucket(9), // enough for one retry
        |bucket, _| bucket.try_withdraw(Cause::Failure),
        |bucket, granted| {
            assert_eq!(granted.iter().filter(|&&granted| granted).count(), 1);
            assert_eq!(bucket.tokens(), 4);
        },
    );
}

#[test]
fn a_bucket_is_never_overfull_nor_overdrawn() {
    two_threads(
        || bucket(10),
        |bucket, thread| {
            assert!(bucket.try_withdraw(Cause::Failure), "there is enough for both");
            assert!(bucket.tokens() <= 5);
            match thread {
                0 => bucket.deposit(), // this one's retry failed, and another call succeeded
                _ => bucket.give(bucket.cost(Cause::Failure)),
            }
            assert!(bucket.tokens() <= 10);
        },
        |bucket, _| assert_eq!(bucket.tokens(), 6),
    );
}

#[test]
fn a_deposit_into_a_full_bucket_is_lost_and_one_beside_a_withdrawal_is_not_counted_twice() {
    two_threads(
        || bucket(5),
        |bucket, thread| match thread {
            0 => bucket.deposit(),
            _ => assert!(bucket.try_withdraw(Cause::Failure)),
        },
        |bucket, _| assert!(bucket.tokens() <= 1),
    );
}

/// One retry for two calls, and no reserve.
fn half() -> Ratio {
    let ratio = Ratio::new(0.5, 0, 10 * SECOND);
    ratio.deposit(LONG_AGO);
    assert_eq!(ratio.retries(NOW), 0);
    ratio
}

#[test]
fn the_last_retry_of_a_ratio_is_given_once() {
    two_threads(
        || {
            let ratio = half();
            ratio.deposit(NOW);
            ratio.deposit(NOW);
            ratio
        },
        |ratio, _| ratio.try_withdraw(NOW),
        |ratio, granted| {
            assert_eq!(granted.iter().flatten().count(), 1);
            assert_eq!(ratio.retries(NOW), 0);
        },
    );
}

#[test]
fn no_deposit_is_lost_when_a_slot_begins() {
    two_threads(
        half,
        |ratio, _| ratio.deposit(NOW.plus(SECOND)),
        |ratio, _| assert_eq!(ratio.retries(NOW.plus(SECOND)), 1),
    );
}

#[test]
fn a_permit_given_back_is_there_again() {
    two_threads(
        || {
            let ratio = Ratio::new(0.0, 1, SECOND);
            assert_eq!(ratio.retries(NOW), 1);
            ratio
        },
        |ratio, _| {
            if let Some(slot) = ratio.try_withdraw(NOW) {
                ratio.give_back(slot);
            }
        },
        |ratio, _| assert_eq!(ratio.retries(NOW), 1),
    );
}

#[test]
fn a_permit_given_back_when_a_slot_begins_is_there_once() {
    two_threads(
        || {
            let ratio = Ratio::new(0.0, 1, 2 * SECOND); // two
            let slot = ratio.try_withdraw(NOW).expect("both are left");
            (ratio, slot)
        },
        |(ratio, slot), thread| {
            let later = NOW.plus(SECOND);
            if thread == 0 {
                ratio.give_back(*slot);
                return true;
            }
            ratio.try_withdraw(later).is_some()
        },
        |(ratio, _), granted| {
            assert_eq!(granted, [true, true]);
            assert_eq!(ratio.retries(NOW.plus(SECOND)), 1);
            assert_eq!(ratio.retries(NOW.plus(4 * SECOND)), 2);
        },
    );
}

fn assert_close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left}, not {right}");
}

/// Refuses in proportion to the attempts that were not accepted.
fn adaptive() -> Adaptive {
    let adaptive = Adaptive::new(1.0, 10 * SECOND);
    adaptive.accept(LONG_AGO);
    adaptive.fail(LONG_AGO);
    assert_close(adaptive.refusal(NOW), 0.0);
    adaptive
}

#[test]
fn no_attempt_is_lost_when_a_slot_begins() {
    two_threads(
        adaptive,
        |adaptive, thread| match thread {
            0 => adaptive.accept(NOW.plus(SECOND)),
            _ => adaptive.fail(NOW.plus(SECOND)),
        },
        |adaptive, _| {
            assert_close(adaptive.refusal(NOW.plus(SECOND)), 1.0 / 3.0);
            assert_close(adaptive.refusal(NOW.plus(10 * SECOND)), 1.0 / 3.0);
            assert_close(adaptive.refusal(NOW.plus(11 * SECOND)), 0.0);
        },
    );
}

#[test]
fn each_refusal_is_counted_once() {
    two_threads(
        || {
            let adaptive = adaptive();
            (0..3).for_each(|_| adaptive.fail(NOW));
            adaptive
        },
        |adaptive, thread| adaptive.admits(NOW, &mut SmallRng::seed_from_u64(thread as u64)),
        |adaptive, admitted| {
            let refused = admitted.iter().filter(|admitted| !**admitted).count();
            let refusals = [3.0 / 4.0, 4.0 / 5.0, 5.0 / 6.0];
            assert_close(adaptive.refusal(NOW), refusals[refused]);
        },
    );
}
