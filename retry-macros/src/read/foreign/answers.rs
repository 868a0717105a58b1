//! What to write instead of another library's word, where several words have the same answer.

pub(super) const ATTEMPTS: &str = "write `max_retries`, which does not count the first attempt: \
                                   3 attempts are `max_retries = 2`";
pub(super) const RETRIES: &str = "write `max_retries`";
pub(super) const FOR_EVER: &str = "write `max_retries = \"unlimited\"`";
pub(super) const BY_KIND: &str = "`max_retries` counts all kinds of failures together; a limit of one \
                                  kind is `#[retry(transient, at_most = 2)]` under `#[derive(Classify)]`";
pub(super) const BASE: &str = "write `base_delay`";
pub(super) const CAP: &str = "write `max_delay`";
pub(super) const FACTOR: &str = "write `exponential_base`";
pub(super) const EQUAL: &str =
    "write `base_delay`, with `exponential_base = 1.0` and `jitter = \"none\"`";
pub(super) const EXPONENTIAL: &str = "write `base_delay`, `exponential_base` and `max_delay`";
pub(super) const WAITS: &str = "write the waits one by one: `policy = [\"1s\", \"5s\", \"30s\"]`";
pub(super) const UNIT: &str = "write the unit with the number: `base_delay = \"250ms\"`";
pub(super) const JITTER: &str =
    "write `jitter = \"25%\"`, `\"full\"`, `\"equal\"`, `\"decorrelated\"` or `\"none\"`";
pub(super) const SCHEDULE: &str = "write `policy = \"default\"` or another preset, a list of waits such as `policy = [\"1s\", \
     \"5s\"]`, or a path to a `Policy`; single fields are overridden by `base_delay`, `max_delay`, \
     `exponential_base` and `jitter`";
pub(super) const BACKOFF: &str =
    "backoff is always on; set it with `base_delay` and `exponential_base`";
pub(super) const RESET: &str = "write `reset_after = \"1min\"`: after an attempt that ran so long, \
                                the count starts anew";

pub(super) const ERRORS: &str = "write `on = PATTERN`, matched against the error, or `on = [Type, …]` for \
                                 erased errors";
pub(super) const EXCLUDED: &str =
    "write `unless = PATTERN`, or `unless = [Type, …]` for erased errors";
pub(super) const PREDICATE: &str =
    "write `when = function`, which takes `&E` and returns a `bool` or a `Verdict`";
pub(super) const TEXT: &str = "write `on = error if error.to_string().contains(\"…\")`; a variant or \
                               a type outlives a text";
pub(super) const VALUES: &str = "write `on_ok = PATTERN`, matched against the `Ok` value";
pub(super) const STATUSES: &str = "leave it out: `persevere::http::HttpError` retries 408, 425, 429 and every 5xx; for others, \
     write `also = error if error.status() == Some(StatusCode::CONFLICT)`";
pub(super) const RETRY_AFTER: &str =
    "leave it out: a `Retry-After` is the shortest wait, and one beyond `max_delay` ends the call";
pub(super) const METHODS: &str = "leave it out: the attribute is your promise that the function may \
                                  run again";
pub(super) const KNOWN_ERROR: &str =
    "the error's own type decides: derive `Classify` for it, or write `on = PATTERN`";

pub(super) const TIMEOUT: &str = "write `timeout = \"2s\"`, which limits one attempt; \
                                  `deadline = \"30s\"` limits the whole call";
pub(super) const DEADLINE: &str = "write `deadline`, which also cuts the attempt that is running";
pub(super) const CANCEL: &str = "a call is ended from outside: by `cancel.scope(future)`, where `let cancel = Cancel::new();`, or by \
     `persevere::shutdown().begin()` for the process; dropping its future ends it, too";

pub(super) const CONTEXT: &str =
    "write `context = attempt`, which binds `attempt: &Attempt` in the body";
pub(super) const RETRY_IN: &str =
    "call `retry_in(delay)` on the `Attempt` that `context = attempt` binds";
pub(super) const GIVE_UP: &str =
    "call `give_up()` on the `Attempt` that `context = attempt` binds, and return the error";
pub(super) const ARGUMENTS: &str =
    "arguments stay as they are; name those that the body uses up in `clone(…)`";
pub(super) const HOOK: &str =
    "write `on_retry = function`, called with an `&Event` before each wait";
pub(super) const FAILURE: &str = "write `on_give_up = function`, called with an `&Event`";
pub(super) const HOOKS: &str =
    "write `on_retry`, `on_give_up` or `on_success`, a function of `&Event`";
pub(super) const LOG: &str = "leave it out: each retry is a `tracing` event at WARN, and the end of a failed call one at ERROR";
pub(super) const FALLBACK: &str =
    "write `fallback = function`, which takes the error and returns a result";
pub(super) const RERAISED: &str = "the caller always gets the last error itself; remove this";
pub(super) const SLEEP: &str = "write `sleep = function`, which takes a `Duration`";
pub(super) const NAME: &str =
    "write `name = \"billing\"` for the function, or `id = order_id` for the call";

pub(super) const BUDGET: &str =
    "write `budget = BUDGET`, where `static BUDGET: Budget = Budget::new();`";
pub(super) const RATIO: &str =
    "set it on the static that `budget` names: `Budget::ratio(0.1)` is a retry for every ten calls";
pub(super) const BREAKER: &str = "write `breaker = BREAKER`, where `static BREAKER: CircuitBreaker = \
                                  CircuitBreaker::new();`";
pub(super) const TRIPPED: &str = "set it on the static that `breaker` names: \
                                  `CircuitBreaker::new().with_failure_rate(0.5)`";
pub(super) const REOPENED: &str = "set it on the static that `breaker` names: \
                                   `CircuitBreaker::new().with_open_duration(Duration::from_secs(5))`";
pub(super) const BULKHEAD: &str = "write `bulkhead = BULKHEAD`, where `static BULKHEAD: Bulkhead = \
                                   Bulkhead::new(10);`";
pub(super) const ADAPTIVE: &str = "a limit that follows the load is a bulkhead, best in the service's \
                                   upstream: `static BULKHEAD: Bulkhead = \
                                   Bulkhead::adaptive(8..=256);`, and `….with_bulkhead(&BULKHEAD)`";
pub(super) const QUEUE: &str = "set it on the static that `bulkhead` names: \
                                `Bulkhead::new(10).with_max_wait(Duration::from_secs(1))`";
pub(super) const RATE: &str = "a rate belongs to a remote service: `static …: Upstream = \
                               ….with_rate(&RATE)`, where `static RATE: Rate = \
                               Rate::per_second(50);`, and `upstream = …`";
pub(super) const HEDGE: &str =
    "write `hedge = \"200ms\"`, or `hedge = \"p95\"` for a measured delay";
pub(super) const HEDGES: &str =
    "write `hedge(after = \"200ms\", max = 2)`; the first attempt is not counted";
pub(super) const CHAOS: &str = "faults are put in from outside, with the feature `chaos`: by an entry such as \
                                `*::fetch=chaos:20%return(timeout)` in a table of overrides";
pub(super) const UPSTREAM: &str = "write `upstream = PAYMENTS`, where `static PAYMENTS: Upstream = \
                                   Upstream::new(\"payments\", &RETRIES);`";
