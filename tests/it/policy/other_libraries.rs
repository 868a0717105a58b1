//! A policy where other libraries take a strategy of theirs.

use std::time::{Duration, SystemTime};

use backon::BackoffBuilder;
use persevere::{Jitter, Policy, ThreadRandom};
use proptest::prelude::*;
use reqwest_retry::{RetryDecision, RetryPolicy};

use crate::support::arbitrary::{policy as any_policy, retry_index};

proptest! {
    #[test]
    fn delays_and_backon_wait_as_the_policy_says(policy in any_policy()) {
        let policy = policy.with_max_retries(policy.max_retries() % 50);
        for waits in [policy.delays(ThreadRandom), policy.build()] {
            prop_assert_eq!(waits.size_hint().1, usize::try_from(policy.max_retries()).ok());
            let waits: Vec<_> = waits.collect();
            prop_assert_eq!(waits.len(), policy.max_retries() as usize);
            for (retry_index, wait) in (0..).zip(waits) {
                prop_assert!(wait <= policy.max_delay());
                if policy.jitter() != Jitter::Decorrelated {
                    prop_assert!(policy.delay_range(retry_index).contains(&wait), "{wait:?}");
                }
            }
        }
    }

    #[test]
    fn retry_policies_decide_as_the_policy_does(policy in any_policy(), past in retry_index()) {
        let before = SystemTime::now();
        match policy.should_retry(SystemTime::UNIX_EPOCH, past) {
            RetryDecision::DoNotRetry => prop_assert!(past >= policy.max_retries()),
            RetryDecision::Retry { execute_after } => {
                prop_assert!(past < policy.max_retries() || policy.is_unlimited());
                let wait = execute_after.duration_since(before).unwrap_or_default();
                let (shortest, longest) = policy.delay_range(past).into_inner();
                prop_assert!(wait >= shortest || before.checked_add(longest).is_none());
            }
        }
    }
}

#[test]
fn a_wait_beyond_the_clocks_range_is_limited_to_it() {
    let policy = Policy::DEFAULT
        .with_base_delay(Duration::MAX)
        .with_max_delay(Duration::MAX)
        .with_jitter(Jitter::None);
    let now = SystemTime::now();
    let RetryDecision::Retry { execute_after } = policy.should_retry(now, 0) else {
        panic!("five retries are allowed");
    };
    assert!(execute_after > now + Duration::from_hours(24 * 365 * 1_000_000));
}
