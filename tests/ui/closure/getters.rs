//! What reads a policy, where what sets it is meant.

use std::time::Duration;

use persevere::{Jitter, Policy};

const RETRIES: Policy = Policy::DEFAULT.max_retries(3);
const WAIT: Policy = Policy::DEFAULT.base_delay(Duration::from_secs(1));
const CAP: Policy = Policy::DEFAULT.max_delay(Duration::from_secs(1));
const FACTOR: Policy = Policy::DEFAULT.exponential_base(2.0);
const SPREAD: Policy = Policy::AGGRESSIVE.with_max_retries(3).jitter(Jitter::Full);
const RESET: Policy = Policy::RECONNECT.reset_after(Duration::from_secs(60));

fn main() {}
