//! `Budget` beside a model of each kind: a list of what has happened and when, from which every
//! answer is counted anew.

use std::time::{Duration, Instant};

use persevere::budget::{Available, Cause, Permit};
use persevere::{Budget, Verdict};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const SECOND: Duration = Duration::from_secs(1);

/// What happens to a budget, and when: steps of the clock are whole slots.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u32),
    Begin,
    Succeed,
    Fail(Verdict),
    Withdraw(Cause),
    /// One of the retries that were granted begins.
    BeginRetry(usize),
    /// One of them ends: succeeds, fails or is dropped, whether it has begun or not.
    End(usize, Option<Result<(), Verdict>>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = || {
        let all = [Verdict::PERMANENT, Verdict::TRANSIENT, Verdict::THROTTLED];
        prop::sample::select(all.to_vec())
    };
    let end = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Ok(()))),
        1 => verdict().prop_map(|verdict| Some(Err(verdict))),
    ];
    let step = prop_oneof![
        2 => prop_oneof![4 => 0..4_u32, 1 => 4..30_u32].prop_map(Step::Wait),
        3 => Just(Step::Begin),
        2 => Just(Step::Succeed),
        2 => verdict().prop_map(Step::Fail),
        4 => prop::sample::select(vec![Cause::Failure, Cause::Timeout]).prop_map(Step::Withdraw),
        2 => any::<usize>().prop_map(Step::BeginRetry),
        4 => (any::<usize>(), end).prop_map(|(which, end)| Step::End(which, end)),
    ];
    prop::collection::vec(step, 1..120)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    CallBegan,
    /// A first attempt, or a retry that was granted after that.
    Succeeded(Option<Cause>),
    Failed(Verdict),
    Granted(Cause),
    Refused,
    /// A retry that was granted, and never ran.
    GivenBack(Cause),
}

/// An entry of the list.
#[derive(Clone, Copy, Debug)]
struct Entry {
    what: What,
    /// The slot in which it happened, counted from the beginning.
    slot: u32,
    /// Whether it has been undone: it was granted, and has been given back.
    undone: bool,
}

#[derive(Default)]
struct History {
    slot: u32,
    entries: Vec<Entry>,
}

impl History {
    fn note(&mut self, what: What) {
        self.entries.push(Entry { what, slot: self.slot, undone: false });
    }

    /// How many of the last ten slots there are like that, less those that were undone.
    fn recent(&self, is: impl Fn(What) -> bool) -> u32 {
        let recent = self.entries.iter().filter(|entry| self.slot - entry.slot < 10);
        let counted = recent.filter(|entry| !entry.undone && is(entry.what));
        u32::try_from(counted.count()).unwrap()
    }
}

/// A plain model of a kind of budget: what is available after a history.
type Left = dyn Fn(&History) -> Available;

/// Lets a budget and its model go the same way. `cost` is what a retry takes from a token bucket.
fn go(budget: &Budget, left: &Left, cost: &dyn Fn(Cause) -> u32, slot: Duration, steps: &[Step]) {
    struct Retry<'b> {
        permit: Permit<'b>,
        cause: Cause,
        entry: usize,
        has_begun: bool,
    }

    let mut now = Instant::now();
    let mut history = History::default();
    let mut under_way: Vec<Retry<'_>> = Vec::new();
    let mut rng = SmallRng::seed_from_u64(7);
    for step in steps {
        match *step {
            Step::Wait(slots) => {
                now += slot * slots;
                history.slot += slots;
            }
            Step::Begin => {
                budget.at(now).begin();
                history.note(What::CallBegan);
            }
            Step::Succeed => {
                budget.at(now).succeeded();
                history.note(What::Succeeded(None));
            }
            Step::Fail(verdict) => {
                budget.at(now).failed(verdict);
                history.note(What::Failed(verdict));
            }
            Step::Withdraw(cause) => {
                let draw: f64 = rng.clone().random(); // what the budget will draw, if it draws
                let expected = match left(&history) {
                    Available::Tokens { tokens, .. } => tokens >= cost(cause),
                    Available::Retries { retries } => retries > 0,
                    Available::Refusal { probability } => probability <= 0.0 || draw >= probability,
                    other => panic!("{other:?}"),
                };
                let granted = budget.at(now).try_acquire(cause, &mut rng);
                assert_eq!(granted.is_some(), expected);
                let entry = history.entries.len();
                history.note(if expected { What::Granted(cause) } else { What::Refused });
                under_way.extend(granted.map(|permit| Retry {
                    permit,
                    cause,
                    entry,
                    has_begun: false,
                }));
            }
            Step::BeginRetry(_) | Step::End(..) if under_way.is_empty() => {}
            Step::BeginRetry(which) => {
                let which = which % under_way.len();
                under_way[which].permit.begin();
                under_way[which].has_begun = true;
            }
            Step::End(which, end) => {
                let retry = under_way.swap_remove(which % under_way.len());
                match end {
                    None => {
                        drop(retry.permit);
                        if !retry.has_begun {
                            history.entries[retry.entry].undone = true;
                            history.note(What::GivenBack(retry.cause));
                        }
                    }
                    Some(Ok(())) => {
                        retry.permit.at(now).succeeded();
                        history.note(What::Succeeded(Some(retry.cause)));
                    }
                    Some(Err(verdict)) => {
                        retry.permit.at(now).failed(verdict);
                        history.note(What::Failed(verdict));
                    }
                }
            }
        }
        assert_eq!(budget.at(now).available(), left(&history), "after {step:?}");
    }
}

proptest! {
    #[test]
    fn a_token_bucket_goes_the_way_of_its_model(
        capacity in 1..60_u32,
        costs in [1..20_u32, 1..20_u32],
        deposit in 1..5_u32,
        steps in steps(),
    ) {
        let budget = Budget::new()
            .with_capacity(capacity)
            .with_retry_cost(costs[0])
            .with_timeout_cost(costs[1])
            .with_success_deposit(deposit);
        let cost = move |cause: Cause| costs[usize::from(cause == Cause::Timeout)].min(capacity);
        let left = move |history: &History| {
            let tokens = history.entries.iter().fold(capacity, |tokens, entry| match entry.what {
                What::Granted(cause) => tokens - cost(cause),
                What::GivenBack(cause) | What::Succeeded(Some(cause)) => {
                    capacity.min(tokens + cost(cause))
                }
                What::Succeeded(None) => capacity.min(tokens + deposit),
                What::CallBegan | What::Failed(_) | What::Refused => tokens,
            });
            Available::Tokens { tokens, capacity }
        };
        go(&budget, &left, &cost, SECOND, &steps);
    }

    #[test]
    fn a_ratio_goes_the_way_of_its_model(
        percent in 0..=100_u32,
        min_per_second in 0..3_u32,
        expiry in 1..4_u32,
        steps in steps(),
    ) {
        let budget = Budget::ratio(f64::from(percent) / 100.0)
            .with_min_per_second(min_per_second)
            .with_expiry(SECOND * expiry);
        let left = move |history: &History| {
            let calls = history.recent(|what| what == What::CallBegan);
            let granted = history.recent(|what| matches!(what, What::Granted(_)));
            let bound = calls * percent / 100 + min_per_second * expiry;
            Available::Retries { retries: bound.saturating_sub(granted).into() }
        };
        go(&budget, &left, &|_| 0, SECOND * expiry / 10, &steps);
    }

    #[test]
    fn adaptive_throttling_goes_the_way_of_its_model(
        multiplier in 1.0..3.0,
        window in 1..200_u32,
        steps in steps(),
    ) {
        let budget = Budget::adaptive(multiplier).with_window(SECOND * window);
        let left = move |history: &History| {
            let is_no = |what| what == What::Failed(Verdict::PERMANENT);
            let accepts = history.recent(|what| matches!(what, What::Succeeded(_)) || is_no(what));
            let others = history.recent(|what| match what {
                What::Failed(_) => !is_no(what),
                _ => what == What::Refused,
            });
            let requests = f64::from(accepts + others);
            let refused = (requests - multiplier * f64::from(accepts)) / (requests + 1.0);
            Available::Refusal { probability: refused.max(0.0) }
        };
        go(&budget, &left, &|_| 0, SECOND * window / 10, &steps);
    }
}
