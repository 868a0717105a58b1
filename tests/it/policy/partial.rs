//! `PartialPolicy`: each setting is set by itself, beside the others, and taken from what it is over.

use std::time::Duration;

use persevere::{Jitter, PartialPolicy, Policy};

const SECOND: Duration = Duration::from_secs(1);
const LISTED: Policy = Policy::waits(&[SECOND, Duration::ZERO]);

/// Each setter of a partial policy, and the same one of a policy, with values of no preset.
type Setters = (fn(PartialPolicy) -> PartialPolicy, fn(Policy) -> Policy);
const SETTERS: [Setters; 8] = [
    (|partial| partial.with_max_retries(7), |policy| policy.with_max_retries(7)),
    (|partial| partial.with_base_delay(3 * SECOND), |policy| policy.with_base_delay(3 * SECOND)),
    (|partial| partial.with_max_delay(70 * SECOND), |policy| policy.with_max_delay(70 * SECOND)),
    (|partial| partial.with_exponential_base(1.5), |policy| policy.with_exponential_base(1.5)),
    (|partial| partial.with_jitter(Jitter::Equal), |policy| policy.with_jitter(Jitter::Equal)),
    (PartialPolicy::with_unlimited_retries, Policy::with_unlimited_retries),
    (|partial| partial.with_reset_after(SECOND), |policy| policy.with_reset_after(SECOND)),
    (PartialPolicy::without_reset, Policy::without_reset),
];

/// Of those that set the same, the last one counts; here, one of each pair is chosen.
fn are_apart(chosen: u32) -> bool {
    let both = |a: u32, b: u32| chosen & 1 << a != 0 && chosen & 1 << b != 0;
    !both(0, 5) && !both(6, 7)
}

#[test]
fn any_settings_are_set_in_any_order_and_the_rest_is_that_of_the_policy_below() {
    for chosen in (0..1_u32 << SETTERS.len()).filter(|chosen| are_apart(*chosen)) {
        let is_chosen = |index: &usize| chosen & 1 << index != 0;
        let upwards: Vec<_> = (0..SETTERS.len()).filter(is_chosen).collect();
        let downwards: Vec<_> = upwards.iter().copied().rev().collect();
        for below in [Policy::DEFAULT, Policy::CONSERVATIVE, Policy::RECONNECT, LISTED] {
            let expected = upwards.iter().fold(below, |policy, &index| SETTERS[index].1(policy));
            for order in [&upwards, &downwards] {
                let set = |partial, &index: &usize| SETTERS[index].0(partial);
                let partial = order.iter().fold(PartialPolicy::new(), set);
                assert_eq!(partial.over(below), expected);
                assert_eq!(partial.is_empty(), order.is_empty(), "{partial:?}");
            }
        }
    }
}

#[test]
fn of_a_whole_policy_nothing_below_stays() {
    let whole = SETTERS.iter().fold(Policy::DEFAULT, |policy, (_, set)| set(policy));
    for below in [Policy::CONSERVATIVE, Policy::RECONNECT, LISTED] {
        assert_eq!(PartialPolicy::from(whole).over(below), whole);
        assert_eq!(PartialPolicy::from(LISTED).over(below), LISTED);
    }
}
