//! Closures that return neither `Result` nor `Option`.

use persevere::Policy;

async fn later() {
    Policy::DEFAULT.retry(async || 1).await;
}

fn now() {
    Policy::DEFAULT.retry_blocking(|| 1).call();
}

fn main() {}
