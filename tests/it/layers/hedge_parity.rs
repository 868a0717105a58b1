//! One attempt of a hedged function is the race that `Hedge::race` would run.
#![deny(warnings, clippy::pedantic)]

use crate::support::paused;
use crate::support::racers;

use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::{Budget, Hedge, retry};
use proptest::prelude::*;
use racers::{Outcome, Racers, judge, racer, run};

const LATE: Duration = Duration::from_millis(10);

#[retry(hedge(after = LATE, max = max), when = |(verdict, _)| *verdict, max_retries = 0)]
async fn hedged(racers: &Racers, max: u32) -> Outcome {
    racers.start().await
}

#[retry(
    hedge(after = LATE, max = max),
    when = |(verdict, _)| *verdict,
    max_retries = 0,
    budget = budget
)]
async fn within_budget(racers: &Racers, max: u32, budget: &'static Budget) -> Outcome {
    racers.start().await
}

proptest! {
    #[test]
    fn a_hedged_function_runs_the_race_of_its_hedge(
        script in prop::collection::vec(racer(), 5),
        max in 1..=4_u32,
        capacity in 1..30_u32,
    ) {
        let runtime = paused::runtime();
        runtime.block_on(async {
            let hedge = Hedge::after(LATE).with_max(max);
            let race = async |racers: &Racers| {
                hedge.race(|| racers.start(), judge, Unlimited).await
            };
            let by_hand = run(Racers::of(&script), race).await;
            let function = async |racers: &Racers| hedged(racers, max).await;
            prop_assert_eq!(run(Racers::of(&script), function).await, by_hand);

            let budgets = [(); 2].map(|()| {
                &*Box::leak(Box::new(Budget::new().with_capacity(capacity)))
            });
            let race = async |racers: &Racers| {
                hedge.race(|| racers.start(), judge, budgets[0]).await
            };
            let by_hand = run(Racers::of(&script), race).await;
            let function = async |racers: &Racers| within_budget(racers, max, budgets[1]).await;
            prop_assert_eq!(run(Racers::of(&script), function).await, by_hand.clone());
            // A call that succeeds at once deposits a token, beside what the race draws.
            let deposit = u32::from(by_hand.0.is_ok());
            let left = budgets.map(|budget| match budget.available() {
                persevere::budget::Available::Tokens { tokens, .. } => tokens,
                other => panic!("not a token bucket: {other:?}"),
            });
            prop_assert_eq!(left[1], (left[0] + deposit).min(capacity));
            Ok(())
        })?;
    }
}
