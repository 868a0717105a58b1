//! The words of other retry libraries, and what each is called here.

/// What to write instead of another library's word; `first` has those that mean something else to one
/// attribute.
pub(super) fn translate(
    word: &str,
    first: &[(&'static str, &'static str)],
) -> Option<&'static str> {
    first.iter().chain(WORDS).find(|(foreign, _)| *foreign == word).map(|(_, here)| *here)
}

const ATTEMPTS: &str = "write `max_retries`, which does not count the first attempt: \
                        3 attempts are `max_retries = 2`";
const RETRIES: &str = "write `max_retries`";
const BASE: &str = "write `base_delay`";
const CAP: &str = "write `max_delay`";
const FACTOR: &str = "write `exponential_base`";
const JITTER: &str = "write `jitter = \"25%\"`, `\"full\"`, `\"equal\"`, `\"decorrelated\"` or \
                      `\"none\"`";
const ERRORS: &str = "write `on = PATTERN`, matched against the error, or `on = [Type, …]` for \
                      erased errors";
const EXCLUDED: &str = "write `unless = PATTERN`, or `unless = [Type, …]` for erased errors";
const VALUES: &str = "write `on_ok = PATTERN`, matched against the `Ok` value";
const FALLBACK: &str = "write `fallback = function`, which takes the error and returns a result";
const LIMIT: &str = "write `timeout = \"2s\"`, which limits one attempt; \
                     `deadline = \"30s\"` limits the whole call";
const PREDICATE: &str =
    "write `when = function`, which takes `&E` and returns a `bool` or a `Verdict`";
const HOOK: &str = "write `on_retry = function`, called with an `&Event` before each wait";
const FAILURE: &str = "write `on_give_up = function`, called with an `&Event`";
const SCHEDULE: &str = "write `policy = \"default\"` or another preset, a list of waits such as \
                        `policy = [\"1s\", \"5s\"]`, or a path to a `Policy`; single fields are overridden by `base_delay`, \
                        `max_delay`, `exponential_base` and `jitter`";
const BACKOFF: &str = "backoff is always on; set it with `base_delay` and `exponential_base`";
const CONTEXT: &str = "write `context = attempt`, which binds `attempt: &Attempt` in the body";

const BUDGET: &str = "write `budget = BUDGET`, where `static BUDGET: Budget = Budget::new();`";
const BREAKER: &str = "write `breaker = BREAKER`, where `static BREAKER: CircuitBreaker = \
                       CircuitBreaker::new();`";
const TRIPPED: &str = "set it on the static that `breaker` names: \
                       `CircuitBreaker::new().with_failure_rate(0.5)`";
const REOPENED: &str = "set it on the static that `breaker` names: \
                        `CircuitBreaker::new().with_open_duration(Duration::from_secs(5))`";
const BULKHEAD: &str = "write `bulkhead = BULKHEAD`, where `static BULKHEAD: Bulkhead = \
                      Bulkhead::new(10);`";
const QUEUE: &str = "set it on the static that `bulkhead` names: \
                     `Bulkhead::new(10).with_max_wait(Duration::from_secs(1))`";
const HEDGE: &str = "write `hedge = \"200ms\"`, or `hedge = \"p95\"` for a measured delay";
const HEDGES: &str = "write `hedge(after = \"200ms\", max = 2)`; the first attempt is not counted";

/// Sorted by library: Celery; tenacity and other Python; Spring and resilience4j; Polly; Rust; those
/// of layers.
const WORDS: &[(&str, &str)] = &[
    ("autoretry_for", ERRORS),
    ("retry_backoff", BACKOFF),
    ("retry_backoff_max", CAP),
    ("retry_jitter", JITTER),
    ("retry_kwargs", RETRIES),
    ("default_retry_delay", "write `base_delay`, with `exponential_base = 1.0` for equal waits"),
    ("countdown", "call `retry_in(delay)` on the `Attempt` that `context = attempt` binds"),
    ("bind", CONTEXT),
    ("dont_autoretry_for", EXCLUDED),
    ("throws", EXCLUDED),
    ("soft_time_limit", LIMIT),
    ("time_limit", LIMIT),
    ("stop_after_delay", "write `deadline`, which also cuts the attempt that is running"),
    ("retry_if_result", VALUES),
    ("retry_if_not_exception_type", EXCLUDED),
    ("max_time", "write `deadline`, which also cuts the attempt that is running"),
    ("recover", FALLBACK),
    ("recovery", FALLBACK),
    ("fallbackMethod", FALLBACK),
    ("fallback_method", FALLBACK),
    ("exclude", EXCLUDED),
    ("ignore_exceptions", EXCLUDED),
    ("ignoreExceptions", EXCLUDED),
    ("retryExceptions", ERRORS),
    ("retryOnResultPredicate", VALUES),
    ("max_elapsed_time", "write `deadline`, which also cuts the attempt that is running"),
    ("total_delay", "write `deadline`, which also cuts the attempt that is running"),
    ("stop", ATTEMPTS),
    ("stop_after_attempt", ATTEMPTS),
    ("stop_never", "write `max_retries = \"unlimited\"`"),
    ("wait_chain", "write the waits one by one: `policy = [\"1s\", \"5s\", \"30s\"]`"),
    ("wait", BASE),
    ("wait_fixed", "write `base_delay`, with `exponential_base = 1.0` and `jitter = \"none\"`"),
    ("wait_exponential", "write `base_delay`, `exponential_base` and `max_delay`"),
    ("wait_random", JITTER),
    ("wait_random_exponential", "write `base_delay` and `jitter = \"full\"`"),
    (
        "wait_exponential_jitter",
        "write `base_delay`, `max_delay` and `jitter = \"100%\"`, a share of the wait where it is \
         seconds there",
    ),
    ("retry_if_exception_type", ERRORS),
    ("retry_if_exception", PREDICATE),
    ("retry_error_callback", FALLBACK),
    ("before_sleep", HOOK),
    ("reraise", "the caller always gets the last error itself; remove this"),
    ("tries", ATTEMPTS),
    ("backoff", BACKOFF),
    ("giveup", EXCLUDED),
    ("on_giveup", FAILURE),
    ("on_backoff", HOOK),
    ("max_attempts", ATTEMPTS),
    ("maxAttempts", ATTEMPTS),
    ("attempts", ATTEMPTS),
    ("include", ERRORS),
    ("retryFor", ERRORS),
    ("noRetryFor", EXCLUDED),
    ("retry_exceptions", ERRORS),
    ("wait_duration", BASE),
    ("waitDuration", BASE),
    ("interval_function", SCHEDULE),
    ("multiplier", FACTOR),
    ("exponential_backoff_multiplier", FACTOR),
    ("initial_interval", BASE),
    ("initial_delay", BASE),
    ("retry_on_result_predicate", VALUES),
    ("retry_count", RETRIES),
    ("MaxRetryAttempts", RETRIES),
    ("BackoffType", SCHEDULE),
    ("UseJitter", JITTER),
    ("ShouldHandle", PREDICATE),
    ("OnRetry", HOOK),
    ("retries", RETRIES),
    ("retry", RETRIES),
    ("times", "write `max_retries`"),
    ("max_times", RETRIES),
    ("max_retry", RETRIES),
    ("min_delay", BASE),
    ("delay", BASE),
    ("interval", BASE),
    ("max_interval", CAP),
    ("max_backoff", CAP),
    ("factor", FACTOR),
    ("backoff_factor", FACTOR),
    ("exponent_base", FACTOR),
    ("notify", HOOK),
    ("retry_if", PREDICATE),
    ("condition", PREDICATE),
    ("strategy", SCHEDULE),
    ("builder", SCHEDULE),
    ("error_handler", FAILURE),
    ("ctx", CONTEXT),
    ("retry_budget", BUDGET),
    ("circuit_breaker", BREAKER),
    ("circuitBreaker", BREAKER),
    ("fail_max", TRIPPED),
    ("failure_threshold", TRIPPED),
    ("failure_rate_threshold", TRIPPED),
    ("failureRateThreshold", TRIPPED),
    ("reset_timeout", REOPENED),
    ("recovery_timeout", REOPENED),
    ("max_concurrency", BULKHEAD),
    ("max_concurrent", BULKHEAD),
    ("max_concurrent_calls", BULKHEAD),
    ("maxConcurrentCalls", BULKHEAD),
    ("concurrency_limit", BULKHEAD),
    ("semaphore", BULKHEAD),
    ("MaxParallelization", BULKHEAD),
    ("max_wait_duration", QUEUE),
    ("maxWaitDuration", QUEUE),
    ("hedging", HEDGE),
    ("hedge_after", HEDGE),
    ("hedge_delay", HEDGE),
    ("hedging_delay", HEDGE),
    ("hedgingDelay", HEDGE),
    ("max_hedged_attempts", HEDGES),
    ("MaxHedgedAttempts", HEDGES),
    ("max_hedges", HEDGES),
];

#[cfg(feature = "tasks")]
const ATTEMPT: &str = "take an argument `attempt: &Attempt`";
#[cfg(feature = "tasks")]
const ALWAYS: &str = "it is always so: a task is done when its success is stored";

/// Of task queues: Celery's words, and those that `WORDS` translates into keys that a task has not.
#[cfg(feature = "tasks")]
pub(super) const OF_TASK: &[(&str, &str)] = &[
    ("bind", ATTEMPT),
    ("ctx", ATTEMPT),
    (
        "countdown",
        "call `retry_in(wait)` on the `Attempt`; a first run is put off by `.delay(wait)`",
    ),
    ("eta", "write `queue.enqueue(task).at(time)`"),
    ("expires", "write `queue.enqueue(task).start_within(span)`"),
    ("acks_late", ALWAYS),
    ("reject_on_worker_lost", ALWAYS),
    ("ignore_result", "write `keep = \"0s\"`"),
    ("result_expires", "write `keep = \"7d\"`"),
    ("rate_limit", "write `worker.task_with::<T>(|task| task.concurrency(4))`, or `bulkhead`"),
    ("concurrency", "write `worker.task_with::<T>(|task| task.concurrency(4))`"),
    ("serializer", "arguments are stored as JSON: leave it out"),
    ("unique_for", "write `unique = eval_id`, an expression of the arguments"),
    ("routing_key", "write `queue = \"evaluations\"`"),
];

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::read::RETRY;
    use std::collections::HashSet;
    use std::fmt::Write as _;

    #[test]
    fn each_word_stands_once_and_is_not_ours() {
        let mut seen = HashSet::new();
        for (word, _) in WORDS {
            assert!(seen.insert(word), "{word} stands twice");
            assert!(RETRY.keys().all(|key| key.name != *word), "{word} is a key of our own");
        }
    }

    #[test]
    fn each_word_is_shown_to_the_compiler() {
        let case = include_str!("../../../tests/ui/foreign/words.rs");
        for (word, _) in WORDS {
            assert!(case.contains(&format!("    {word} = 1,\n")), "{word} has no case");
        }
    }

    #[cfg(feature = "tasks")]
    #[test]
    fn each_word_of_task_queues_stands_once_is_not_ours_and_is_shown_to_the_compiler() {
        let case = include_str!("../../../tests/ui/task/words.rs");
        let mut seen = HashSet::new();
        for (word, _) in super::OF_TASK {
            assert!(seen.insert(word), "{word} stands twice");
            assert!(crate::read::TASK.keys().all(|key| key.name != *word), "{word} is a key");
            assert!(case.contains(&format!("    {word} = 1,\n")), "{word} has no case");
        }
    }

    /// The attribute's documentation has the whole table: `UPDATE_EXPECT=1` writes it anew.
    #[test]
    fn the_documentation_lists_every_word() {
        let mut table = String::from("| their word | here |\n|---|---|\n");
        for (word, here) in WORDS {
            let here = here.replace('|', "\\|");
            writeln!(table, "| `{word}` | {here} |").expect("a string takes any text");
        }
        expect_test::expect_file!["../../foreign_words.md"].assert_eq(&table);
    }
}
