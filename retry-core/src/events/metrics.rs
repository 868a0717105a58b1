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
//! | `retry_upstream_retries_total` | counter | retries of calls on an [`Upstream`](crate::Upstream) | `upstream` alone |
//! | `retry_upstream_calls_total` | counter | calls on an upstream that has `Counts`, set anew whenever one of them fails | `upstream` alone |
//! | `retry_give_ups_total` | counter | calls that ended with a failure, at once or after retries | `class`, `reason` |
//! | `retry_late_successes_total` | counter | calls that succeeded after at least one failure | |
//! | `retry_delay_seconds` | histogram | the wait before each retry, when it is decided on, jitter included | `class` |
//! | `retry_elapsed_seconds` | histogram | how long calls took that failed, at their end | `class` of those that gave up |
//!
//! So a retry is an observation of `retry_delay_seconds`; the calls that failed at least once and
//! have ended are the give-ups and the late successes together. An `Ok` value that `on_ok` retries
//! counts as a failed attempt if it is one by its own `Classify`, as a response 503 is; else it is a poll, and
//! its wait is not measured. What a circuit breaker or a full bulkhead refuses is no attempt: the
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

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};

use crate::events::event::{Event, EventKind, Halt};
use crate::policy::Policy;

const ATTEMPTS: &str = "retry_attempts_total";
const POLLS: &str = "retry_polls_total";
const GIVE_UPS: &str = "retry_give_ups_total";
const LATE_SUCCESSES: &str = "retry_late_successes_total";
const UPSTREAM_CALLS: &str = "retry_upstream_calls_total";
const UPSTREAM_RETRIES: &str = "retry_upstream_retries_total";
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
    describe_histogram!(DELAY, Unit::Seconds, "The wait before each retry.");
    describe_histogram!(
        ELAPSED,
        Unit::Seconds,
        "How long calls with a failed attempt took, from their start if known, else from their \
         first failure."
    );
}

/// Records `event` of a call under `policy`, and the time since the call first failed: `None` at that
/// first failure.
pub(crate) fn record(event: &Event<'_>, policy: &Policy, failing_for: Option<Duration>) {
    static IS_DESCRIBED: AtomicBool = AtomicBool::new(false);
    if !IS_DESCRIBED.load(Ordering::Relaxed) && !IS_DESCRIBED.swap(true, Ordering::Relaxed) {
        describe();
    }
    let labels = labels(event, policy);
    match event.kind() {
        EventKind::Nested { .. } => return,
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

/// Records what happened to a call on an upstream, which has counted `calls` calls, if it counts them.
pub(crate) fn record_upstream(event: &Event<'_>, calls: Option<u64>) {
    let Some(upstream) = event.upstream() else { return };
    if let Some(calls) = calls {
        counter!(UPSTREAM_CALLS, "upstream" => upstream).absolute(calls);
    }
    if let EventKind::Retry = event.kind() {
        counter!(UPSTREAM_RETRIES, "upstream" => upstream).increment(1);
    }
}

fn labels(event: &Event<'_>, policy: &Policy) -> Vec<Label> {
    let policy = event.site().map_or_else(|| policy.preset_name(), |site| site.policy_name());
    let mut labels = Vec::with_capacity(3);
    labels.push(Label::from_static_parts("function", event.function()));
    labels.push(Label::from_static_parts("policy", policy));
    let class = event.class_label();
    labels.extend(class.map(|class| Label::from_static_parts("class", class)));
    labels
}
