//! All mistakes in one attribute are reported at once, and callers still find the function.

use persevere::retry;

#[retry(
    policy = "brave",
    max_retires = 3,
    base_delay = "soon",
    jitter = "150%",
    retry_backoff_max = 600,
    context = 7,
    clone(bdy),
    on = _,
    on = _,
)]
const fn everything(body: String) {}

#[retry(max_attempts = 3)]
struct Wrong;

fn main() {
    everything(String::new());
    let _ = Wrong;
}
