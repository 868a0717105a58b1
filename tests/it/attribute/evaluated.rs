//! How often the expressions of the keys that limit a call are evaluated.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, retry};

#[derive(Default)]
struct Settings {
    timeouts: Cell<u32>,
    hedges: Cell<u32>,
    policies: Cell<u32>,
    deadlines: Cell<u32>,
    bulkheads: Cell<u32>,
    budgets: Cell<u32>,
    breakers: Cell<u32>,
    bodies: Cell<u32>,
}

fn count<T>(counter: &Cell<u32>, value: T) -> T {
    counter.set(counter.get() + 1);
    value
}

static BULKHEAD: Bulkhead = Bulkhead::new(8);
static BUDGET: Budget = Budget::UNLIMITED;
static BREAKER: CircuitBreaker = CircuitBreaker::new();

#[retry(
    policy = count(&settings.policies, Policy::DEFAULT.with_max_retries(2)),
    base_delay = 0,
    timeout = count(&settings.timeouts, Duration::from_secs(1)),
    hedge = count(&settings.hedges, Duration::from_millis(500)),
    deadline = count(&settings.deadlines, Duration::from_secs(90)),
    bulkhead = count(&settings.bulkheads, &BULKHEAD),
    budget = count(&settings.budgets, &BUDGET),
    breaker = count(&settings.breakers, &BREAKER),
)]
async fn fails(settings: &Settings) -> io::Result<()> {
    settings.bodies.set(settings.bodies.get() + 1);
    Err(io::ErrorKind::ConnectionReset.into())
}

#[retry(
    policy = count(&settings.policies, Policy::DEFAULT.with_max_retries(2)),
    base_delay = 0,
    context = _attempt,
)]
async fn asks(settings: &Settings) -> io::Result<()> {
    settings.bodies.set(settings.bodies.get() + 1);
    Err(io::ErrorKind::ConnectionReset.into())
}

#[tokio::test(start_paused = true)]
async fn a_hedge_is_read_before_each_attempt_a_timeout_before_each_body_the_others_once() {
    let settings = Settings::default();
    assert!(fails(&settings).await.is_err());
    let Settings { timeouts, hedges, deadlines, bulkheads, budgets, breakers, .. } = &settings;
    let of_calls = [deadlines, bulkheads, budgets, breakers].map(Cell::get);
    assert_eq!((settings.policies.get(), of_calls), (3, [1; 4]), "a policy by failure");
    // A failure that is retried starts the hedged body at once: two bodies in each of three attempts.
    assert_eq!((hedges.get(), timeouts.get(), settings.bodies.get()), (3, 6, 6));
}

#[tokio::test(start_paused = true)]
async fn with_a_context_the_policy_is_read_before_each_attempt_too() {
    let settings = Settings::default();
    assert!(asks(&settings).await.is_err());
    assert_eq!((settings.bodies.get(), settings.policies.get()), (3, 6));
}
