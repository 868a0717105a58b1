//! Words of libraries for Java and Kotlin.

use super::Word;
#[allow(clippy::wildcard_imports, reason = "the table uses nearly all")]
use super::answers::*;

pub(super) const SPRING: &[Word] = &[
    ("backoff", BACKOFF),
    ("delay", BASE),
    ("delay_expression", BASE),
    ("multiplier", FACTOR),
    ("multiplier_expression", FACTOR),
    ("random", JITTER),
    ("time_unit", UNIT),
    ("include", ERRORS),
    ("includes", ERRORS),
    ("retry_for", ERRORS),
    ("value", ERRORS),
    ("exclude", EXCLUDED),
    ("excludes", EXCLUDED),
    ("no_retry_for", EXCLUDED),
    ("not_recoverable", EXCLUDED),
    ("exception_expression", PREDICATE),
    ("predicate", PREDICATE),
    ("recover", FALLBACK),
    ("recovery", FALLBACK),
    ("listeners", HOOKS),
    ("label", NAME),
    (
        "stateful",
        "leave it out: each call has its own attempts; `#[task]` keeps them in a database",
    ),
    ("max_attempts", ATTEMPTS),
    ("max_attempts_expression", ATTEMPTS),
];

pub(super) const RESILIENCE4J: &[Word] = &[
    ("wait_duration", BASE),
    ("interval_function", SCHEDULE),
    ("interval_bi_function", SCHEDULE),
    ("of_exponential_backoff", EXPONENTIAL),
    (
        "of_exponential_random_backoff",
        "write `base_delay`, `exponential_base` and `jitter = \"100%\"`",
    ),
    ("of_randomized", "write `base_delay`, `exponential_base = 1.0` and `jitter = \"100%\"`"),
    ("enable_exponential_backoff", BACKOFF),
    ("exponential_backoff_multiplier", FACTOR),
    ("exponential_max_wait_duration", CAP),
    ("enable_randomized_wait", JITTER),
    ("randomized_wait_factor", JITTER),
    ("retry_exceptions", ERRORS),
    ("ignore_exceptions", EXCLUDED),
    ("ignore_exception_predicate", EXCLUDED),
    ("retry_exception_predicate", PREDICATE),
    ("retry_on_result_predicate", VALUES),
    (
        "fail_after_max_attempts",
        "the caller gets the last outcome; for another, write `fallback = function`",
    ),
    ("fallback_method", FALLBACK),
    ("event_publisher", HOOKS),
    ("get_event_publisher", HOOKS),
    ("time_limiter", TIMEOUT),
    ("timeout_duration", TIMEOUT),
    ("cancel_running_future", "leave it out: `timeout` drops the attempt's future"),
    ("circuit_breaker", BREAKER),
    ("failure_rate_threshold", TRIPPED),
    ("slow_call_rate_threshold", SLOW),
    ("slow_call_duration_threshold", SLOW),
    ("minimum_number_of_calls", MINIMUM),
    ("sliding_window_size", WINDOW),
    ("sliding_window_type", WINDOW),
    ("wait_duration_in_open_state", REOPENED),
    ("record_exceptions", HEALTH),
    ("record_failure_predicate", HEALTH),
    ("max_concurrent_calls", BULKHEAD),
    ("max_wait_duration", QUEUE),
    ("limit_for_period", RATE),
    ("limit_refresh_period", RATE),
];

/// Failsafe, `MicroProfile` Fault Tolerance, Guava Retrying.
pub(super) const OTHERS: &[Word] = &[
    ("min_limit", ADAPTIVE),
    ("max_limit", ADAPTIVE),
    ("initial_limit", ADAPTIVE),
    ("handle", ERRORS),
    ("handle_if", PREDICATE),
    ("handle_result", VALUES),
    ("handle_result_if", VALUES),
    ("abort_on", EXCLUDED),
    ("abort_if", EXCLUDED),
    ("delay_fn", SCHEDULE),
    ("max_duration", DEADLINE),
    ("on_failed_attempt", HOOK),
    ("on_retry_scheduled", HOOK),
    ("on_retries_exceeded", FAILURE),
    ("on_abort", FAILURE),
    ("retry_on", ERRORS),
    ("fail_on", ERRORS),
    ("skip_on", EXCLUDED),
    ("delay_unit", UNIT),
    ("duration_unit", UNIT),
    ("jitter_delay_unit", UNIT),
    ("failure_ratio", TRIPPED),
    ("request_volume_threshold", MINIMUM),
    ("waiting_task_queue", QUEUE),
    ("retry_if_exception_of_type", ERRORS),
    ("retry_if_runtime_exception", ERRORS),
    ("stop_strategy", ATTEMPTS),
    ("wait_strategy", SCHEDULE),
    ("attempt_time_limiter", TIMEOUT),
];

const SLOW: &str = "set it on the static that `breaker` names: \
                    `CircuitBreaker::new().with_slow_calls(Duration::from_secs(2), 0.5)`";
pub(super) const MINIMUM: &str = "set it on the static that `breaker` names: \
                       `CircuitBreaker::new().with_minimum_calls(20)`";
pub(super) const WINDOW: &str = "set it on the static that `breaker` names: \
                      `CircuitBreaker::new().with_count_window(100)`, or `.with_time_window(…)`";
const HEALTH: &str = "the circuit breaker counts what `Classify`, `on` and `when` call a failure: set \
                      these";
