//! Hedges with settings that make no sense: errors at the static.

use std::time::Duration;

use persevere::Hedge;

static PERCENT: Hedge = Hedge::after_quantile(95.0);
static FASTEST: Hedge = Hedge::after_quantile(0.0);
static SLOWEST: Hedge = Hedge::after_quantile(1.0);
static NOT_A_SHARE: Hedge = Hedge::after_quantile(f64::NAN);
static ALONE: Hedge = Hedge::after_quantile(0.95).with_max(0);
static UNMEASURED: Hedge = Hedge::after_quantile(0.95).with_min_samples(0);
static FIXED: Hedge = Hedge::after(Duration::from_millis(200)).with_min_samples(100);

fn main() {}
