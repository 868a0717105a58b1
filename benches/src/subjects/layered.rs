//! Annotated, and under one layer each; twice, so that a thread can have statics of its own.
//!
//! The functions are those of [`persevere`](super::persevere), `one` and `blocking`, named after
//! their layers.

macro_rules! copy {
    ($copy:ident) => {
        pub mod $copy {
            use std::time::Duration;

            use persevere::{Budget, Bulkhead, CircuitBreaker, Rate, Upstream, retry};

            use crate::body;
            use crate::harness::{self, Error};
            use crate::subjects::persevere::POLICY;

            pub static BREAKER: CircuitBreaker = CircuitBreaker::new();
            pub static BREAKER_BY_TIME: CircuitBreaker =
                CircuitBreaker::new().with_time_window(Duration::from_secs(10));
            pub static BUDGET: Budget = Budget::new();
            pub static BUDGET_BY_RATIO: Budget = Budget::ratio(0.1);
            pub static BULKHEAD: Bulkhead = Bulkhead::new(64);
            pub static ADAPTIVE: Bulkhead = Bulkhead::adaptive(64..=64);
            /// It has always a turn that is free.
            pub static RATE: Rate = Rate::per_second(1_000_000_000).with_burst(1_000_000_000);
            pub static PACED: Upstream =
                Upstream::new("paced", &Budget::UNLIMITED).with_rate(&RATE);
            pub static PLAIN: Upstream = Upstream::new("plain", &Budget::UNLIMITED);
            pub static UPSTREAM: Upstream =
                Upstream::new("upstream", &BUDGET).with_breaker(&BREAKER).with_bulkhead(&BULKHEAD);

            layered! {
                breaker, blocking_breaker: breaker = BREAKER;
                breaker_by_time, blocking_breaker_by_time: breaker = BREAKER_BY_TIME;
                budget, blocking_budget: budget = BUDGET;
                budget_by_ratio, blocking_budget_by_ratio: budget = BUDGET_BY_RATIO;
                breaker_and_budget, blocking_breaker_and_budget:
                    breaker = BREAKER, budget = BUDGET;
                bulkhead, blocking_bulkhead: bulkhead = BULKHEAD;
                adaptive, blocking_adaptive: bulkhead = ADAPTIVE;
                plain, blocking_plain: upstream = PLAIN;
                rate, blocking_rate: upstream = PACED;
                all_three, blocking_all_three:
                    bulkhead = BULKHEAD, breaker = BREAKER, budget = BUDGET;
                upstream, blocking_upstream: upstream = UPSTREAM;
            }
        }
    };
}

macro_rules! layered {
    ($($one:ident, $blocking:ident: $($key:ident = $layer:ident),+;)*) => {$(
        #[retry(policy = POLICY, on = Error::Busy, $($key = $layer),+)]
        pub async fn $one(input: u64) -> Result<u64, Error> {
            body!(16, input)
        }

        #[inline(never)]
        #[retry(policy = POLICY, on = Error::Busy, $($key = $layer),+)]
        pub fn $blocking(input: u64) -> Result<u64, Error> {
            let output = harness::work(input)?;
            Ok(output + 1)
        }
    )*};
}

copy!(first);
copy!(second);

/// Calls a macro with the names of all layers: what they are, the async function's, the blocking
/// one's.
#[macro_export]
macro_rules! for_each_layer {
    ($callback:ident) => {
        $callback! {
            "`breaker`", breaker, blocking_breaker;
            "`breaker` by time", breaker_by_time, blocking_breaker_by_time;
            "`budget`", budget, blocking_budget;
            "`budget` by ratio", budget_by_ratio, blocking_budget_by_ratio;
            "`breaker` and `budget`", breaker_and_budget, blocking_breaker_and_budget;
            "`bulkhead`", bulkhead, blocking_bulkhead;
            "`bulkhead`, adaptive", adaptive, blocking_adaptive;
            "an `upstream` without a layer", plain, blocking_plain;
            "an `upstream` with a rate", rate, blocking_rate;
            "all three, named singly", all_three, blocking_all_three;
            "all three, by an `upstream`", upstream, blocking_upstream;
        }
    };
}
