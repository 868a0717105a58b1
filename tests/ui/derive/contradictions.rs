//! Words that contradict each other, or are in the wrong place.

use persevere::Classify;
use std::time::Duration;

#[derive(Debug, Classify)]
enum Twice {
    #[retry(transient, throttled)]
    InOne,
    #[retry(transient)]
    #[retry(permanent)]
    InTwo,
    #[retry(throttled, after = 0, after = 1)]
    After(Duration, Duration),
}

#[derive(Debug, Classify)]
enum Inert {
    #[retry(permanent, after = 0)]
    Permanent(Duration),
    #[retry(forward, after = wait)]
    Forward { source: std::io::Error, wait: Duration },
    #[retry(after = 0)]
    AfterAlone(Duration),
}

#[derive(Debug, Classify)]
#[retry(after = 0)]
struct AfterAlone(Duration);

#[derive(Debug, Classify)]
#[retry(forward)]
enum ForwardByDefault {
    Io(std::io::Error),
}

#[derive(Debug, Classify)]
#[retry(throttled, after = 0)]
enum AfterByDefault {
    Busy(Duration),
}

#[derive(Debug, Classify)]
enum Renamed {
    #[retry(transient, crate = persevere)]
    Busy,
}

#[derive(Debug, Classify)]
enum AtMost {
    #[retry(permanent, at_most = 2)]
    Permanent,
    #[retry(transient, at_most = 0)]
    Never,
    #[retry(at_most = 2)]
    Alone,
    #[retry(transient, at_most)]
    Unsaid,
    #[retry(transient, at_most = 1, at_most = 2)]
    Twice,
}

fn main() {}
