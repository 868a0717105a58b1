//! Counters and histograms of retries, through the facade `metrics`.
//!
//! With the feature `metrics`, they are recorded wherever a recorder is installed, such as that of
//! `metrics-exporter-prometheus`; nothing else has to be set up. A call that succeeds at once
//! records nothing: only failures and their results are counted.
//!
//! | metric | kind | what it counts or measures | labels beside `function` and `policy` |
//! |---|---|---|---|
//! | `retry_attempts_total` | counter | attempts that failed, whether a retry followed or not | `class` |
//! | `retry_polls_total` | counter | attempts that returned a value which is waited for | `class`, which is `waiting` |
//! | `retry_give_ups_total` | counter | calls that ended with a failure, at once or after retries | `class`, `reason` |
//! | `retry_late_successes_total` | counter | calls that succeeded after at least one failure | |
//! | `retry_delay_seconds` | histogram | the wait before each retry, when it is decided on, jitter included | `class` |
//! | `retry_elapsed_seconds` | histogram | how long calls took that failed, at their end | `class` of those that gave up |
//!
//! Of an [`Upstream`](crate::Upstream), with the label `upstream`, its name, and none of the above:
//!
//! | metric | kind | what it counts or measures | other labels |
//! |---|---|---|---|
//! | `retry_upstream_retries_total` | counter | retries of its calls | |
//! | `retry_upstream_give_ups_total` | counter | its calls that ended with a failure: those that its budget, circuit, bulkhead or rate refused, by the reason | `reason` |
//! | `retry_upstream_turns_refused_total` | counter | its attempts that its rate, or a pause that it has asked for, refused | |
//! | `retry_upstream_turn_seconds` | histogram | how long its attempts waited for their turn; those that did not wait are not measured | |
//! | `retry_upstream_pauses_total` | counter | pauses that it has asked for; one that makes another hardly longer is not counted | |
//! | `retry_upstream_pause_seconds` | gauge | what is left of the pause that it has asked for, 0 if there is none; by [`sample`] | |
//! | `retry_upstream_calls_total` | counter | its calls, if it has `Counts`; set whenever one of them fails, and by [`sample`] | |
//! | `retry_breaker_state` | gauge | 1 for the state that its circuit is in, 0 for the others; by [`sample`] | `state`: [`State::as_str`](crate::breaker::State::as_str) |
//! | `retry_budget_tokens`, `retry_budget_retries`, `retry_budget_refusal_ratio` | gauge | what its budget has left, by its kind: of a token bucket, its tokens; of a ratio, the retries; of an adaptive one, the share that it refuses, from 0 to 1; by [`sample`] | |
//! | `retry_bulkhead_limit`, `retry_bulkhead_in_flight`, `retry_bulkhead_waiting` | gauge | how many of its calls may run, run and wait; by [`sample`] | |
//! | `retry_rate_available`, `retry_rate_waiting` | gauge | how many turns of its rate are free, and how many attempts wait for one; by [`sample`] | |
//!
//! And what is neither a function's failure nor an upstream's:
//!
//! | metric | kind | what it counts | labels |
//! |---|---|---|---|
//! | `retry_breaker_transitions_total` | counter | changes of a circuit's state | `circuit`: its [name](crate::CircuitBreaker::with_name), `to`: the state |
//! | `retry_hedges_started_total` | counter | extra attempts that a function's `hedge` started | `function` alone |
//! | `retry_hedges_won_total` | counter | those of them that won their race | `function` alone |
//! | `retry_chaos_total` | counter | attempts on which chaos has acted, with the feature of that name | `function`, `action`: `return` or `sleep` |
//!
//! So a retry is an observation of `retry_delay_seconds`; the calls that failed at least once and
//! have ended are the give-ups and the late successes together. An `Ok` value that `on_ok` retries
//! counts as a failed attempt if it is one by its own `Classify`, as a response 503 is; else it is a poll, and
//! its wait is not measured, nor is a success that follows polls alone a late one. What a circuit breaker or a full bulkhead refuses is no attempt: the
//! give-up that it leads to is counted, with its `reason`. So is one by a permanent failure at the
//! first attempt, with `reason="permanent"`: filter those out if an answer such as "not found" is not
//! worth an alarm. A retry that was cancelled because a slow hook used up the time until the deadline
//! counts as a retry and as a give-up.
//!
//! That retries stay below a tenth of calls, for each upstream, is
//!
//! ```text
//! sum by (upstream) (rate(retry_upstream_retries_total[5m]))
//!   / sum by (upstream) (rate(retry_upstream_calls_total[5m])) < 0.1
//! ```
//!
//! An upstream without `Counts` has no number of calls, and so no such share: a healthy call is not counted
//! unless that is asked for.
//!
//! `retry_elapsed_seconds` begins at the call's start in functions with a `context` or a `deadline`, and
//! elsewhere at its first failure, since a call that succeeds at once reads no clock. A call that gives up
//! at its first attempt is not measured if its start is not known.
//!
//! | label | value |
//! |---|---|
//! | `function` | [`Event::function`] |
//! | `policy` | [`Site::policy_name`](crate::Site::policy_name): `default`, `PAYMENTS`, or `custom` where other keys change that; of a closure, the preset that its policy equals, else `custom` |
//! | `class` | what the failure was: `permanent`, `transient` or `throttled`; `waiting` for a poll |
//! | `reason` | [`GiveUp::as_str`](crate::engine::GiveUp::as_str): why no retry followed |
//! | `chaos` | `true` of calls in which chaos has acted; others do not have it: `retry_give_ups_total{chaos=""}` counts what happened by itself |
//!
//! All labels are texts of the program, so the number of series is bounded; `id`s and errors are not
//! labels. A failure costs the recorder's look-up of two or three series, and an
//! allocation for the labels of each, with a recorder or without.
//!
//! A rising share of retries is the first sign of an overload (Google's SRE book, chapter
//! "Handling Overload", suggests to keep them under a tenth of all requests). In `PromQL`, the
//! retries a second and the share of failing calls that retries have saved:
//!
//! ```text
//! sum by (function) (rate(retry_delay_seconds_count[5m]))
//!
//! sum by (function) (rate(retry_late_successes_total[5m]))
//!   / (sum by (function) (rate(retry_late_successes_total[5m]))
//!      + sum by (function) (rate(retry_give_ups_total[5m])))
//! ```

mod sample;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use self::sample::{sample, sample_all};
use metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};

use crate::events::event::{Event, EventKind, Halt};
use crate::layers::breaker::describe_transitions;
use crate::layers::upstream::Counts;
use crate::policy::Policy;

const ATTEMPTS: &str = "retry_attempts_total";
const POLLS: &str = "retry_polls_total";
const GIVE_UPS: &str = "retry_give_ups_total";
const LATE_SUCCESSES: &str = "retry_late_successes_total";
const UPSTREAM_GIVE_UPS: &str = "retry_upstream_give_ups_total";
const HEDGES_STARTED: &str = "retry_hedges_started_total";
#[cfg(feature = "chaos")]
const CHAOS: &str = "retry_chaos_total";
const HEDGES_WON: &str = "retry_hedges_won_total";
const UPSTREAM_CALLS: &str = "retry_upstream_calls_total";
const UPSTREAM_RETRIES: &str = "retry_upstream_retries_total";
const TURNS_REFUSED: &str = "retry_upstream_turns_refused_total";
const PAUSES: &str = "retry_upstream_pauses_total";
const TURN: &str = "retry_upstream_turn_seconds";
const DELAY: &str = "retry_delay_seconds";
const ELAPSED: &str = "retry_elapsed_seconds";

/// Describes the metrics, with their units, to the recorder installed now.
///
/// This happens by itself at the first failure of the process. If a recorder may be installed after
/// that, call this once it is installed; calling it twice does no harm.
///
/// ```
/// // After `PrometheusBuilder::new().install()`, or another recorder's own way:
/// persevere::metrics::describe();
/// ```
pub fn describe() {
    describe_counter!(ATTEMPTS, Unit::Count, "Attempts that failed.");
    describe_counter!(POLLS, Unit::Count, "Attempts that returned a value which is waited for.");
    describe_counter!(GIVE_UPS, Unit::Count, "Calls that ended with a failure.");
    describe_counter!(
        LATE_SUCCESSES,
        Unit::Count,
        "Calls that succeeded after at least one failed attempt."
    );
    describe_counter!(UPSTREAM_CALLS, Unit::Count, "Calls on an upstream that counts them.");
    describe_counter!(UPSTREAM_RETRIES, Unit::Count, "Retries of calls on an upstream.");
    describe_counter!(
        UPSTREAM_GIVE_UPS,
        Unit::Count,
        "Calls on an upstream that ended with a failure."
    );
    #[cfg(feature = "chaos")]
    describe_counter!(CHAOS, Unit::Count, "Attempts on which chaos has acted.");
    describe_counter!(HEDGES_STARTED, Unit::Count, "Extra attempts that a hedge started.");
    describe_counter!(HEDGES_WON, Unit::Count, "Extra attempts that won their race.");
    describe_transitions();
    sample::describe();
    describe_counter!(
        TURNS_REFUSED,
        Unit::Count,
        "Attempts that the rate of an upstream, or a pause that it has asked for, refused."
    );
    describe_counter!(PAUSES, Unit::Count, "Pauses that an upstream has asked for.");
    describe_histogram!(
        TURN,
        Unit::Seconds,
        "How long attempts on an upstream waited for their turn."
    );
    describe_histogram!(DELAY, Unit::Seconds, "The wait before each retry.");
    describe_histogram!(
        ELAPSED,
        Unit::Seconds,
        "How long calls with a failed attempt took, from their start if known, else from their \
         first failure."
    );
}

fn describe_once() {
    static IS_DESCRIBED: AtomicBool = AtomicBool::new(false);
    if !IS_DESCRIBED.load(Ordering::Relaxed) && !IS_DESCRIBED.swap(true, Ordering::Relaxed) {
        describe();
    }
}

/// Records `event` of a call under `policy`, and the time since the call first failed: `None` at that
/// first failure.
pub(crate) fn record(event: &Event<'_>, policy: &Policy, failing_for: Option<Duration>) {
    describe_once();
    let labels = labels(event, policy);
    match event.kind() {
        EventKind::Nested { .. } => return,
        EventKind::LateSuccess if event.has_only_waited() => return, // nothing has failed
        EventKind::LateSuccess => counter!(LATE_SUCCESSES, labels.iter()).increment(1),
        // Refused, so not made; or reported before.
        _ if event.is_waiting() => counter!(POLLS, labels.iter()).increment(1),
        _ if event.is_called_off || event.halt.is_some_and(Halt::is_refusal) => {}
        EventKind::Retry | EventKind::GiveUp(_) => counter!(ATTEMPTS, labels.iter()).increment(1),
    }
    if let EventKind::GiveUp(reason) = event.kind() {
        let reason = Label::from_static_parts("reason", reason.as_str());
        let labels: Vec<_> = labels.iter().cloned().chain([reason]).collect();
        counter!(GIVE_UPS, labels).increment(1);
    }
    if event.is_waiting() && event.delay().is_some() {
        return; // nothing has failed
    }
    if let Some(delay) = event.delay() {
        histogram!(DELAY, labels).record(delay);
    } else if let Some(elapsed) = event.elapsed().or(failing_for) {
        histogram!(ELAPSED, labels).record(elapsed);
    }
}

/// Records what happened to a call on an upstream, which has the `counts`, if it counts.
pub(crate) fn record_upstream(event: &Event<'_>, counts: Option<&Counts>) {
    let Some(upstream) = event.upstream() else { return };
    if let EventKind::GiveUp(reason) = event.kind() {
        let reason = reason.as_str();
        if event.has_chaos() {
            counter!(
                UPSTREAM_GIVE_UPS,
                "upstream" => upstream, "reason" => reason, "chaos" => "true"
            )
            .increment(1);
        } else {
            counter!(UPSTREAM_GIVE_UPS, "upstream" => upstream, "reason" => reason).increment(1);
        }
    }
    if let Some(counts) = counts {
        counter!(UPSTREAM_CALLS, "upstream" => upstream).absolute(counts.calls());
        counter!(UPSTREAM_RETRIES, "upstream" => upstream).absolute(counts.retries());
    } else if matches!(event.kind(), EventKind::Retry) && !event.is_waiting() {
        counter!(UPSTREAM_RETRIES, "upstream" => upstream).increment(1);
    }
}

/// Records that a hedge of `function` started an extra attempt.
pub(crate) fn record_hedge_started(function: &'static str) {
    describe_once();
    counter!(HEDGES_STARTED, "function" => function).increment(1);
}

/// Chaos has acted on an attempt of a function.
#[cfg(feature = "chaos")]
pub(crate) fn record_chaos(function: &'static str, action: &'static str) {
    describe_once();
    counter!(CHAOS, "function" => function, "action" => action).increment(1);
}

/// Records that an extra attempt of `function` won its race.
pub(crate) fn record_hedge_won(function: &'static str) {
    counter!(HEDGES_WON, "function" => function).increment(1);
}

/// Records that an attempt on `upstream` has waited for its turn.
pub(crate) fn record_turn(upstream: &'static str, waited: Duration) {
    describe_once();
    histogram!(TURN, "upstream" => upstream).record(waited);
}

/// Records that an attempt on `upstream` was refused a turn.
pub(crate) fn record_refused_turn(upstream: &'static str) {
    describe_once();
    counter!(TURNS_REFUSED, "upstream" => upstream).increment(1);
}

/// Records that `upstream` has asked for a pause.
pub(crate) fn record_pause(upstream: &'static str) {
    describe_once();
    counter!(PAUSES, "upstream" => upstream).increment(1);
}

fn labels(event: &Event<'_>, policy: &Policy) -> Vec<Label> {
    let policy = event.site().map_or_else(|| policy.preset_name(), |site| site.policy_name());
    let mut labels = Vec::with_capacity(3);
    labels.push(Label::from_static_parts("function", event.function()));
    labels.push(Label::from_static_parts("policy", policy));
    let class = event.class_label();
    labels.extend(class.map(|class| Label::from_static_parts("class", class)));
    labels.extend(chaos(event));
    labels
}

/// The label of calls in which chaos has acted.
fn chaos(event: &Event<'_>) -> Option<Label> {
    event.has_chaos().then(|| Label::from_static_parts("chaos", "true"))
}
