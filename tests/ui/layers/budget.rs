//! Budgets with settings that make no sense: errors at the static.

use std::time::Duration;

use persevere::Budget;

static RATIO_OF_PERCENT: Budget = Budget::ratio(10.0);
static NEGATIVE_RATIO: Budget = Budget::ratio(-0.1);
static NO_RATIO: Budget = Budget::ratio(f64::NAN);
static SMALL_MULTIPLIER: Budget = Budget::adaptive(0.5);
static ENDLESS_MULTIPLIER: Budget = Budget::adaptive(f64::INFINITY);
static NO_CAPACITY: Budget = Budget::new().with_capacity(0);
static FREE_RETRY: Budget = Budget::new().with_retry_cost(0);
static FREE_TIMEOUT: Budget = Budget::new().with_timeout_cost(0);
static NEVER_REFILLED: Budget = Budget::new().with_success_deposit(0);
static NO_EXPIRY: Budget = Budget::ratio(0.1).with_expiry(Duration::ZERO);
static NO_WINDOW: Budget = Budget::adaptive(2.0).with_window(Duration::ZERO);
static RATIO_WITH_TOKENS: Budget = Budget::ratio(0.1).with_capacity(500);
static ADAPTIVE_WITH_COST: Budget = Budget::adaptive(2.0).with_retry_cost(5);
static ADAPTIVE_WITH_TIMEOUT_COST: Budget = Budget::adaptive(2.0).with_timeout_cost(5);
static RATIO_WITH_DEPOSIT: Budget = Budget::ratio(0.1).with_success_deposit(1);
static TOKENS_A_SECOND: Budget = Budget::new().with_min_per_second(10);
static TOKENS_THAT_EXPIRE: Budget = Budget::new().with_expiry(Duration::from_secs(10));
static RATIO_WITH_WINDOW: Budget = Budget::ratio(0.1).with_window(Duration::from_secs(10));

fn main() {}
