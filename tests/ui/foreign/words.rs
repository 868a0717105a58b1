//! The words of other libraries: what each is called here.

use persevere::retry;

#[retry(
    on = _,
    autoretry_for = 1,
    retry_backoff = 1,
    retry_backoff_max = 1,
    retry_jitter = 1,
    retry_kwargs = 1,
    default_retry_delay = 1,
    countdown = 1,
    bind = 1,
    dont_autoretry_for = 1,
    throws = 1,
    soft_time_limit = 1,
    time_limit = 1,
    stop_after_delay = 1,
    retry_if_result = 1,
    retry_if_not_exception_type = 1,
    max_time = 1,
    recover = 1,
    recovery = 1,
    fallbackMethod = 1,
    fallback_method = 1,
    exclude = 1,
    ignore_exceptions = 1,
    ignoreExceptions = 1,
    retryExceptions = 1,
    retryOnResultPredicate = 1,
    max_elapsed_time = 1,
    total_delay = 1,
    stop = 1,
    stop_after_attempt = 1,
    wait = 1,
    wait_fixed = 1,
    wait_exponential = 1,
    wait_random = 1,
    wait_random_exponential = 1,
    wait_exponential_jitter = 1,
    retry_if_exception_type = 1,
    retry_if_exception = 1,
    retry_error_callback = 1,
    before_sleep = 1,
    reraise = 1,
    tries = 1,
    backoff = 1,
    giveup = 1,
    on_giveup = 1,
    on_backoff = 1,
    max_attempts = 1,
    maxAttempts = 1,
    attempts = 1,
    include = 1,
    retryFor = 1,
    noRetryFor = 1,
    retry_exceptions = 1,
    wait_duration = 1,
    waitDuration = 1,
    interval_function = 1,
    multiplier = 1,
    exponential_backoff_multiplier = 1,
    initial_interval = 1,
    initial_delay = 1,
    retry_on_result_predicate = 1,
    retry_count = 1,
    MaxRetryAttempts = 1,
    BackoffType = 1,
    UseJitter = 1,
    ShouldHandle = 1,
    OnRetry = 1,
    retries = 1,
    retry = 1,
    times = 1,
    max_times = 1,
    max_retry = 1,
    min_delay = 1,
    delay = 1,
    interval = 1,
    max_interval = 1,
    max_backoff = 1,
    factor = 1,
    backoff_factor = 1,
    exponent_base = 1,
    notify = 1,
    retry_if = 1,
    condition = 1,
    strategy = 1,
    builder = 1,
    error_handler = 1,
    ctx = 1,
)]
fn every_word() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, stop = stop_after_attempt(3), wait = wait_fixed(2))]
fn as_in_tenacity() -> Result<(), ()> {
    Ok(())
}

#[retry(autoretry_for = (TimeoutError,), retry_backoff = true, retry_kwargs = {max_retries: 5})]
fn as_in_celery() -> Result<(), ()> {
    Ok(())
}

fn main() {}
