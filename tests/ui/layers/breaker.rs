//! Circuit breakers with settings that make no sense: errors at the static.

use std::time::Duration;

use persevere::{CircuitBreaker, Jitter};

static EMPTY_WINDOW: CircuitBreaker = CircuitBreaker::new().with_count_window(0);
static LONG_WINDOW: CircuitBreaker = CircuitBreaker::new().with_count_window(1025);
static NO_TIME: CircuitBreaker = CircuitBreaker::new().with_time_window(Duration::ZERO);
static RATE_OF_PERCENT: CircuitBreaker = CircuitBreaker::new().with_failure_rate(50.0);
static NO_RATE: CircuitBreaker = CircuitBreaker::new().with_failure_rate(0.0);
static NOT_A_RATE: CircuitBreaker = CircuitBreaker::new().with_failure_rate(f64::NAN);
static ALL_SLOW: CircuitBreaker = CircuitBreaker::new().with_slow_calls(Duration::ZERO, 0.5);
static SLOW_PERCENT: CircuitBreaker =
    CircuitBreaker::new().with_slow_calls(Duration::from_secs(1), 80.0);
static NO_MINIMUM: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(0);
static NEVER_OPEN: CircuitBreaker = CircuitBreaker::new().with_open_duration(Duration::ZERO);
static NO_LONGER: CircuitBreaker = CircuitBreaker::new().with_max_open_duration(Duration::ZERO);
static JITTERY: CircuitBreaker =
    CircuitBreaker::new().with_open_jitter(Jitter::Proportional(25.0));
static NO_PROBES: CircuitBreaker = CircuitBreaker::new().with_probes(0);
static HASTY: CircuitBreaker = CircuitBreaker::new().with_probe_timeout(Duration::ZERO);

fn main() {}
