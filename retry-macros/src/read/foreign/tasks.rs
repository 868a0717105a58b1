//! Words of task queues: Celery's, and those that other words translate into keys that a task has not.

use super::Word;

const ATTEMPT: &str = "take an argument `attempt: &Attempt`";
const ALWAYS: &str = "it is always so: a task is done when its success is stored";

pub(in crate::read) const OF_TASK: &[Word] = &[
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
