//! [`sample`]: how an upstream's layers are now.

use metrics::{Unit, counter, describe_gauge, gauge};

use super::{UPSTREAM_CALLS, UPSTREAM_RETRIES};
use crate::layers::breaker::{CircuitBreaker, State};
use crate::layers::budget::{Available, Budget};
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::Rate;
use crate::layers::upstream::{Layers, Upstream, upstreams};

const BREAKER_STATE: &str = "retry_breaker_state";
const BUDGET_TOKENS: &str = "retry_budget_tokens";
const BUDGET_RETRIES: &str = "retry_budget_retries";
const BUDGET_REFUSAL: &str = "retry_budget_refusal_ratio";
const BULKHEAD_LIMIT: &str = "retry_bulkhead_limit";
const BULKHEAD_IN_FLIGHT: &str = "retry_bulkhead_in_flight";
const BULKHEAD_WAITING: &str = "retry_bulkhead_waiting";
const RATE_AVAILABLE: &str = "retry_rate_available";
const PAUSE: &str = "retry_upstream_pause_seconds";
const RATE_WAITING: &str = "retry_rate_waiting";

/// Records how the layers of `upstream` are now: its circuit's state, what its budget has left, how full
/// its bulkhead is, what its rate has left, how long it is still to be left alone, and what its `Counts` have
/// counted. The table of [this module](super) has the metrics.
///
/// Such values change at each call, and a healthy call records nothing. So this is called where they
/// are read: before each scrape, or every few seconds.
///
/// ```
/// use persevere::upstream::Counts;
/// use persevere::{Budget, Bulkhead, Upstream};
///
/// static RETRIES: Budget = Budget::ratio(0.1);
/// static PLACES: Bulkhead = Bulkhead::new(64);
/// static COUNTS: Counts = Counts::new();
/// static PAYMENTS: Upstream =
///     Upstream::new("payments", &RETRIES).with_bulkhead(&PLACES).with_counts(&COUNTS);
///
/// // In the handler of `/metrics`, before it renders them:
/// persevere::metrics::sample(&PAYMENTS);
/// ```
pub fn sample(upstream: &Upstream) {
    super::describe_once();
    sample_layers(upstream.name(), upstream.layers());
}

/// As [`sample`], for all [`upstreams`](crate::upstreams()) that are listed.
///
/// ```
/// use persevere::{Budget, Upstream};
///
/// static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED);
///
/// SEARCH.list(); // in `main`
/// // In the handler of `/metrics`, before it renders them:
/// persevere::metrics::sample_all();
/// ```
pub fn sample_all() {
    super::describe_once();
    for upstream in upstreams() {
        sample_layers(upstream.name(), upstream.layers());
    }
}

fn sample_layers(name: &'static str, layers: Layers<'_>) {
    sample_budget(name, layers.budget);
    if let Some(breaker) = layers.breaker {
        sample_breaker(name, breaker);
    }
    if let Some(bulkhead) = layers.bulkhead {
        sample_bulkhead(name, bulkhead);
    }
    if let Some(rate) = layers.rate {
        sample_rate(name, rate);
    }
    if layers.may_pause() {
        let left = layers.pause_left().unwrap_or_default();
        gauge!(PAUSE, "upstream" => name).set(left);
    }
    if let Some(counts) = layers.counts {
        counter!(UPSTREAM_CALLS, "upstream" => name).absolute(counts.calls());
        counter!(UPSTREAM_RETRIES, "upstream" => name).absolute(counts.retries());
    }
}

#[allow(clippy::cast_precision_loss, reason = "no budget has 2^53 retries")]
fn sample_budget(upstream: &'static str, budget: &Budget) {
    let (metric, value) = match budget.available() {
        Available::Tokens { tokens, .. } => (BUDGET_TOKENS, f64::from(tokens)),
        Available::Retries { retries } => (BUDGET_RETRIES, retries as f64),
        Available::Refusal { probability } => (BUDGET_REFUSAL, probability),
        Available::Unlimited => return,
    };
    gauge!(metric, "upstream" => upstream).set(value);
}

fn sample_breaker(upstream: &'static str, breaker: &CircuitBreaker) {
    let now = breaker.state();
    for state in State::ALL {
        let is_in_it = f64::from(u8::from(state == now));
        gauge!(BREAKER_STATE, "upstream" => upstream, "state" => state.as_str()).set(is_in_it);
    }
}

#[allow(clippy::cast_precision_loss, reason = "no bulkhead has 2^53 permits")]
fn sample_bulkhead(upstream: &'static str, bulkhead: &Bulkhead) {
    for (metric, value) in [
        (BULKHEAD_LIMIT, bulkhead.limit()),
        (BULKHEAD_IN_FLIGHT, bulkhead.in_flight()),
        (BULKHEAD_WAITING, bulkhead.waiting()),
    ] {
        gauge!(metric, "upstream" => upstream).set(value as f64);
    }
}

#[allow(clippy::cast_precision_loss, reason = "no queue has 2^53 places")]
fn sample_rate(upstream: &'static str, rate: &Rate) {
    gauge!(RATE_AVAILABLE, "upstream" => upstream).set(f64::from(rate.available()));
    gauge!(RATE_WAITING, "upstream" => upstream).set(rate.waiting() as f64);
}

pub(super) fn describe() {
    for (metric, text) in [
        (BREAKER_STATE, "1 for the state that the circuit of an upstream is in, else 0."),
        (BUDGET_TOKENS, "The tokens that the budget of an upstream has left."),
        (BUDGET_RETRIES, "The retries that the budget of an upstream would grant now."),
        (BUDGET_REFUSAL, "The share of retries that the budget of an upstream refuses."),
        (BULKHEAD_LIMIT, "How many calls on an upstream may run at a time."),
        (BULKHEAD_IN_FLIGHT, "How many calls on an upstream run."),
        (BULKHEAD_WAITING, "How many calls on an upstream wait for a permit."),
        (RATE_AVAILABLE, "How many turns of the rate of an upstream are free."),
        (RATE_WAITING, "How many attempts on an upstream wait for their turn."),
    ] {
        describe_gauge!(metric, Unit::Count, text);
    }
    let text = "What is left of the pause that an upstream has asked for.";
    describe_gauge!(PAUSE, Unit::Seconds, text);
}
