//! Policies that begin with nothing, as other libraries' do.

use persevere::Policy;
use std::time::Duration;

const EMPTY: Policy = Policy::new();

fn built() -> Policy {
    Policy::builder()
}

fn shaped() -> [Policy; 3] {
    let wait = Duration::from_secs(1);
    [Policy::exponential(wait), Policy::fixed(wait), Policy::constant(wait)]
}

fn main() {}
