//! `Budget` beside a model of each kind that remembers everything and shares nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use persevere::budget::{Available, Cause, Withdrawal};
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
    /// One of the retries under way ends: succeeds, fails or is dropped.
    End(usize, Option<Result<(), Verdict>>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = || {
        let all = [Verdict::PERMANENT, Verdict::TRANSIENT, Verdict::THROTTLED];
        prop::sample::select(all.to_vec())
    };
    let end = prop_oneof![
        Just(None),
        Just(Some(Ok(()))),
        verdict().prop_map(|verdict| Some(Err(verdict))),
    ];
    let step = prop_oneof![
        2 => prop_oneof![4 => 0..4_u32, 1 => 4..30_u32].prop_map(Step::Wait),
        3 => Just(Step::Begin),
        2 => Just(Step::Succeed),
        2 => verdict().prop_map(Step::Fail),
        4 => prop::sample::select(vec![Cause::Failure, Cause::Timeout]).prop_map(Step::Withdraw),
        4 => (any::<usize>(), end).prop_map(|(which, end)| Step::End(which, end)),
    ];
    prop::collection::vec(step, 1..120)
}

/// A kind of budget, told plainly. `taken` is what a withdrawal took.
trait Model {
    fn wait(&mut self, slots: u32);
    fn begin(&mut self) {}
    fn succeed(&mut self, taken: Option<u32>);
    fn fail(&mut self, verdict: Verdict, taken: Option<u32>);
    fn dropped(&mut self, taken: u32);
    fn withdraw(&mut self, cause: Cause, draw: f64) -> Option<u32>;
    fn available(&self) -> Available;
}

/// Lets a budget and its model go the same way.
fn go(budget: &Budget, model: &mut impl Model, slot: Duration, steps: &[Step]) {
    let mut now = Instant::now();
    let mut under_way: Vec<(Withdrawal<'_>, u32)> = Vec::new();
    let mut rng = SmallRng::seed_from_u64(7);
    for step in steps {
        match *step {
            Step::Wait(slots) => {
                now += slot * slots;
                model.wait(slots);
            }
            Step::Begin => {
                budget.begin_at(now);
                model.begin();
            }
            Step::Succeed => {
                budget.succeeded_at(now);
                model.succeed(None);
            }
            Step::Fail(verdict) => {
                budget.failed_at(verdict, now);
                model.fail(verdict, None);
            }
            Step::Withdraw(cause) => {
                let draw = rng.clone().random(); // what the budget will draw, if it draws
                let granted = budget.try_withdraw_at(cause, now, &mut rng);
                let expected = model.withdraw(cause, draw);
                assert_eq!(granted.is_some(), expected.is_some());
                under_way.extend(granted.zip(expected));
            }
            Step::End(..) if under_way.is_empty() => {}
            Step::End(which, end) => {
                let (withdrawal, taken) = under_way.swap_remove(which % under_way.len());
                match end {
                    None => {
                        drop(withdrawal);
                        model.dropped(taken);
                    }
                    Some(Ok(())) => {
                        withdrawal.succeeded_at(now);
                        model.succeed(Some(taken));
                    }
                    Some(Err(verdict)) => {
                        withdrawal.failed_at(verdict, now);
                        model.fail(verdict, Some(taken));
                    }
                }
            }
        }
        assert_eq!(budget.available_at(now), model.available(), "after {step:?}");
    }
}

struct Tokens {
    left: u32,
    capacity: u32,
    costs: [u32; 2],
    deposit: u32,
}

impl Model for Tokens {
    fn wait(&mut self, _: u32) {}

    fn succeed(&mut self, taken: Option<u32>) {
        self.left = self.capacity.min(self.left + taken.unwrap_or(self.deposit));
    }

    fn fail(&mut self, _: Verdict, _: Option<u32>) {}

    fn dropped(&mut self, taken: u32) {
        self.succeed(Some(taken));
    }

    fn withdraw(&mut self, cause: Cause, _: f64) -> Option<u32> {
        let cost = self.costs[usize::from(cause == Cause::Timeout)].min(self.capacity);
        self.left = self.left.checked_sub(cost)?;
        Some(cost)
    }

    fn available(&self) -> Available {
        Available::Tokens { tokens: self.left, capacity: self.capacity }
    }
}

/// The last ten slots of something, the present one in front.
struct Slots<T>(VecDeque<T>);

impl<T: Copy + Default> Slots<T> {
    fn new() -> Self {
        Self((0..10).map(|_| T::default()).collect())
    }

    fn wait(&mut self, slots: u32) {
        for _ in 0..slots.min(10) {
            self.0.pop_back();
            self.0.push_front(T::default());
        }
    }
}

/// Calls, withdrawals and returns.
struct Shares {
    percent: u64,
    reserve: u64,
    slots: Slots<[u64; 3]>,
}

impl Shares {
    fn retries(&self) -> u64 {
        let sum = |of: usize| self.slots.0.iter().map(|slot| slot[of]).sum::<u64>();
        (sum(0) * self.percent / 100 + self.reserve).saturating_sub(sum(1).saturating_sub(sum(2)))
    }
}

impl Model for Shares {
    fn wait(&mut self, slots: u32) {
        self.slots.wait(slots);
    }

    fn begin(&mut self) {
        self.slots.0[0][0] += 1;
    }

    fn succeed(&mut self, _: Option<u32>) {}

    fn fail(&mut self, _: Verdict, _: Option<u32>) {}

    fn dropped(&mut self, _: u32) {
        self.slots.0[0][2] += 1;
    }

    fn withdraw(&mut self, _: Cause, _: f64) -> Option<u32> {
        let granted = self.retries() > 0;
        self.slots.0[0][1] += u64::from(granted);
        granted.then_some(0)
    }

    fn available(&self) -> Available {
        Available::Retries { retries: self.retries() }
    }
}

/// Accepted attempts, and all others.
struct Accepts {
    multiplier: f64,
    slots: Slots<[u32; 2]>,
}

impl Accepts {
    fn refusal(&self) -> f64 {
        let sum = |of: usize| f64::from(self.slots.0.iter().map(|slot| slot[of]).sum::<u32>());
        let requests = sum(0) + sum(1);
        ((requests - self.multiplier * sum(0)) / (requests + 1.0)).max(0.0)
    }
}

impl Model for Accepts {
    fn wait(&mut self, slots: u32) {
        self.slots.wait(slots);
    }

    fn succeed(&mut self, _: Option<u32>) {
        self.slots.0[0][0] += 1;
    }

    fn fail(&mut self, verdict: Verdict, _: Option<u32>) {
        self.slots.0[0][usize::from(verdict != Verdict::PERMANENT)] += 1;
    }

    fn dropped(&mut self, _: u32) {}

    fn withdraw(&mut self, _: Cause, draw: f64) -> Option<u32> {
        let granted = self.refusal() <= 0.0 || draw >= self.refusal();
        self.slots.0[0][1] += u32::from(!granted);
        granted.then_some(0)
    }

    fn available(&self) -> Available {
        Available::Refusal { probability: self.refusal() }
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
        go(&budget, &mut Tokens { left: capacity, capacity, costs, deposit }, SECOND, &steps);
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
        let reserve = u64::from(min_per_second * expiry);
        let mut model = Shares { percent: percent.into(), reserve, slots: Slots::new() };
        go(&budget, &mut model, SECOND * expiry / 10, &steps);
    }

    #[test]
    fn adaptive_throttling_goes_the_way_of_its_model(
        multiplier in 1.0..3.0,
        window in 1..200_u32,
        steps in steps(),
    ) {
        let budget = Budget::adaptive(multiplier).with_window(SECOND * window);
        let mut model = Accepts { multiplier, slots: Slots::new() };
        go(&budget, &mut model, SECOND * window / 10, &steps);
    }
}
