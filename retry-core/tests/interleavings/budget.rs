//! The kinds of budget.

#[path = "../../src/budget/ratio.rs"]
mod ratio;
#[path = "../../src/budget/token_bucket.rs"]
mod token_bucket;

pub(crate) use retry_core::budget::Cause;

use self::ratio::Ratio;
use self::token_bucket::TokenBucket;
use crate::{NOW, SECOND, two_threads};

/// A bucket that nobody has drawn from.
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

/// One retry for two calls, and none besides.
fn half() -> Ratio {
    let ratio = Ratio::new(0.5, 0, 10 * SECOND);
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
            assert_eq!(granted.iter().filter(|granted| **granted).count(), 1);
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
fn a_place_given_back_is_there_again() {
    two_threads(
        || {
            let ratio = Ratio::new(0.0, 1, SECOND);
            assert_eq!(ratio.retries(NOW), 1);
            ratio
        },
        |ratio, _| {
            if ratio.try_withdraw(NOW) {
                ratio.give_back();
            }
        },
        |ratio, _| assert_eq!(ratio.retries(NOW), 1),
    );
}
