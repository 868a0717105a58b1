//! Words of workflow engines, proxies, and libraries for C#, Go, JavaScript, Ruby and PHP.

use super::Word;
#[allow(clippy::wildcard_imports, reason = "the table uses nearly all")]
use super::answers::*;
use super::jvm::{MINIMUM, WINDOW};

/// Temporal, Restate, Step Functions, Kubernetes.
pub(super) const WORKFLOWS: &[Word] = &[
    ("initial_interval", BASE),
    ("backoff_coefficient", FACTOR),
    ("exponentiation_factor", FACTOR),
    ("maximum_interval", CAP),
    ("maximum_attempts", ATTEMPTS),
    ("non_retryable_error_types", EXCLUDED),
    ("start_to_close_timeout", TIMEOUT),
    ("schedule_to_close_timeout", DEADLINE),
    ("schedule_to_start_timeout", QUEUE),
    ("next_retry_delay", RETRY_IN),
    ("error_equals", ERRORS),
    ("interval_seconds", BASE),
    ("backoff_rate", FACTOR),
    ("max_delay_seconds", CAP),
    ("jitter_strategy", JITTER),
    ("active_deadline_seconds", DEADLINE),
];

/// gRPC's service configuration, Envoy, Istio.
pub(super) const PROXIES: &[Word] = &[
    ("adaptive_concurrency", ADAPTIVE),
    ("initial_backoff", BASE),
    ("backoff_multiplier", FACTOR),
    ("retryable_status_codes", ERRORS),
    ("retriable_status_codes", STATUSES),
    ("per_attempt_recv_timeout", TIMEOUT),
    ("per_try_timeout", TIMEOUT),
    ("per_try_idle_timeout", TIMEOUT),
    ("num_retries", RETRIES),
    ("base_interval", BASE),
    ("retry_back_off", BACKOFF),
    ("retry_throttling", BUDGET),
    ("retry_budget", BUDGET),
    ("budget_percent", RATIO),
    ("token_ratio", RATIO),
    ("min_retry_concurrency", RATIO),
    ("hedging_policy", HEDGE),
    ("hedging_delay", HEDGE),
];

pub(super) const POLLY: &[Word] = &[
    ("max_retry_attempts", RETRIES),
    ("retry_count", RETRIES),
    ("backoff_type", SCHEDULE),
    ("use_jitter", JITTER),
    ("delay_generator", SCHEDULE),
    ("sleep_duration_provider", SCHEDULE),
    ("sleep_durations", WAITS),
    ("wait_and_retry", SCHEDULE),
    ("should_handle", PREDICATE),
    ("attempt_timeout", TIMEOUT),
    ("total_timeout", DEADLINE),
    ("total_request_timeout", DEADLINE),
    ("timeout_strategy", TIMEOUT),
    ("fallback_action", FALLBACK),
    ("minimum_throughput", MINIMUM),
    ("sampling_duration", WINDOW),
    ("break_duration", REOPENED),
    ("max_parallelization", BULKHEAD),
    ("permit_limit", BULKHEAD),
    ("concurrency_limiter", BULKHEAD),
    ("queue_limit", QUEUE),
    ("max_queuing_actions", QUEUE),
    ("max_hedged_attempts", HEDGES),
];

/// cenkalti/backoff, retry-go, go-retryablehttp, gobreaker.
pub(super) const GO: &[Word] = &[
    ("adaptive_limiter", ADAPTIVE),
    ("randomization_factor", JITTER),
    ("max_elapsed_time", DEADLINE),
    ("notify", HOOK),
    ("max_jitter", JITTER),
    ("delay_type", SCHEDULE),
    ("last_error_only", RERAISED),
    ("until_succeeded", FOR_EVER),
    ("attempts_for_error", BY_KIND),
    ("retry_max", RETRIES),
    ("retry_wait_min", BASE),
    ("retry_wait_max", CAP),
    ("check_retry", PREDICATE),
    ("error_handler", FAILURE),
    ("request_log_hook", LOG),
    ("response_log_hook", LOG),
    ("ready_to_trip", TRIPPED),
    (
        "on_state_change",
        "set it on the static that `breaker` names: `CircuitBreaker::new().with_listener(function)`",
    ),
];

/// p-retry, node-retry, async-retry, axios-retry, got, ky, cockatiel, opossum.
pub(super) const JAVASCRIPT: &[Word] = &[
    ("retries", RETRIES),
    ("min_timeout", BASE),
    ("max_timeout", CAP),
    ("randomize", JITTER),
    ("forever", FOR_EVER),
    ("max_retry_time", DEADLINE),
    ("should_retry", PREDICATE),
    ("should_consume_retry", BY_KIND),
    ("signal", CANCEL),
    ("bail", GIVE_UP),
    ("retry_condition", PREDICATE),
    (
        "should_reset_timeout",
        "leave it out: `timeout` limits each attempt anew, `deadline` the call",
    ),
    ("on_max_retry_times_exceeded", FAILURE),
    ("validate_response", VALUES),
    ("exponential_delay", EXPONENTIAL),
    ("methods", METHODS),
    ("status_codes", STATUSES),
    ("error_codes", ERRORS),
    ("max_retry_after", CAP),
    ("calculate_delay", SCHEDULE),
    ("backoff_limit", CAP),
    ("noise", JITTER),
    ("after_status_codes", RETRY_AFTER),
    ("num_of_attempts", ATTEMPTS),
    ("starting_delay", BASE),
    ("time_multiple", FACTOR),
    ("exponent", FACTOR),
    ("half_open_after", REOPENED),
    ("error_threshold_percentage", TRIPPED),
    ("volume_threshold", MINIMUM),
];

/// Sidekiq, `ActiveJob`, Retriable, Faraday; Laravel; Oban.
pub(super) const RUBY: &[Word] = &[
    ("sidekiq_retry_in", RETRY_IN),
    ("sidekiq_retries_exhausted", FAILURE),
    ("retries_exhausted", FAILURE),
    ("retry_in", RETRY_IN),
    ("discard_on", EXCLUDED),
    ("polynomially_longer", EXPONENTIAL),
    ("exponentially_longer", EXPONENTIAL),
    ("rand_factor", JITTER),
    ("intervals", WAITS),
    ("interval_randomness", JITTER),
    ("retry_statuses", STATUSES),
    ("retry_block", HOOK),
    ("exhausted_retries_block", FAILURE),
    ("max_exceptions", BY_KIND),
    ("retry_until", DEADLINE),
    ("snooze", RETRY_IN),
];
