//! Unknown words, and words whose value is missing.

use persevere::Classify;
use std::time::Duration;

#[derive(Debug, Classify)]
enum Unknown {
    #[retry(transent)]
    Misspelt,
    #[retry(retryable)]
    Foreign,
    #[retry("transient")]
    Text,
    #[retry(max_retries = 3)]
    KeyOfTheOtherRetry,
}

#[derive(Debug, Classify)]
enum Incomplete {
    #[retry(when)]
    When(u32),
    #[retry(when = )]
    WhenNothing(u32),
    #[retry(throttled, after)]
    After(Duration),
    #[retry(throttled, after = )]
    AfterNothing(Duration),
    #[retry(forward = )]
    ForwardNothing(std::io::Error),
    #[retry(transient after = 0)]
    NoComma(Duration),
    #[retry(transient = true)]
    Value,
}

#[derive(Debug, Classify)]
#[retry(crate, permanent)]
enum Renamed {
    Busy,
}

fn main() {}
