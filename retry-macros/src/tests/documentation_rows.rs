// What is said in a function's documentation under these keys: the schedule's, then the jitter's.
// `tests/it/attribute/documentation.rs` checks that it is true of the runtime, and a unit test of the macros
// that it is what they say.
rows! {
    () () => "Retried up to 5 times: waits 2 s, 4 s, 8 s … at most 1 min 2 s of waiting in all, to which jitter adds up to 25 %.";
    (policy = "default",) () => "Retried up to 5 times: waits 2 s, 4 s, 8 s … at most 1 min 2 s of waiting in all, to which jitter adds up to 25 %.";
    (policy = "aggressive",) () => "Retried up to 10 times: waits 1 s, 1.5 s, 2.25 s … at most 1 min 53 s of waiting in all, to which jitter adds up to 25 %.";
    (policy = "conservative",) () => "Retried up to 3 times: waits 5 s, 10 s, 20 s, at most 35 s of waiting in all.";
    (max_retries = 1,) () => "Retried once: waits 2 s, at most 2 s of waiting in all, to which jitter adds up to 25 %.";
    (max_retries = 2,) (jitter = "10%",) => "Retried twice: waits 2 s, 4 s, at most 6 s of waiting in all, to which jitter adds up to 10 %.";
    (max_retries = 4,) (jitter = "0%",) => "Retried up to 4 times: waits 2 s, 4 s, 8 s … at most 30 s of waiting in all.";
    (policy = "aggressive", max_retries = 20, max_delay = "20s",) (jitter = "none",) => "Retried up to 20 times: waits 1 s, 1.5 s, 2.25 s … at most 4 min 49 s of waiting in all.";
    (policy = "aggressive",) (jitter = "full",) => "Retried up to 10 times: waits 1 s, 1.5 s, 2.25 s … at most 1 min 53 s of waiting in all, of which full jitter takes any part.";
    (base_delay = "250ms",) (jitter = "equal",) => "Retried up to 5 times: waits 250 ms, 500 ms, 1 s … at most 7.75 s of waiting in all, of which equal jitter takes up to half.";
    (base_delay = "100ms", max_retries = 9, max_delay = "3s",) (jitter = "decorrelated",) => "Retried up to 9 times: waits between 100 ms and 3 s, by decorrelated jitter.";
    (policy = "interactive",) () => "Retried twice: waits 50 ms, 100 ms, at most 150 ms of waiting in all, of which full jitter takes any part.";
    (policy = ["1s", "5s", "30s"],) () => "Retried up to 5 times: waits 1 s, 5 s, 30 s … at most 1 min 36 s of waiting in all.";
    (policy = [1, 0.5],) (jitter = "25%",) => "Retried up to 5 times: waits 1 s, 500 ms, 500 ms … at most 3 s of waiting in all, to which jitter adds up to 25 %.";
    (policy = "conservative", max_retries = 30,) () => "Retried up to 30 times: waits 5 s, 10 s, 20 s … at most 2 h 5 min of waiting in all.";
    (policy = "conservative", base_delay = "1m30s", exponential_base = 1.0,) () => "Retried up to 3 times: waits 1 min 30 s, 1 min 30 s, 1 min 30 s, at most 4 min 30 s of waiting in all.";
    (policy = "conservative", base_delay = 0,) () => "Retried up to 3 times: waits 0 s, 0 s, 0 s, at most 0 s of waiting in all.";
    (policy = "conservative", base_delay = "1ms", exponential_base = 3,) () => "Retried up to 3 times: waits 1 ms, 3 ms, 9 ms, at most 13 ms of waiting in all.";
    (policy = "conservative", base_delay = "3min", max_delay = "4min",) () => "Retried up to 3 times: waits 3 min, 4 min, 4 min, at most 11 min of waiting in all.";
}
