//! Fields and functions of the wrong type.

use persevere::Classify;

#[derive(Debug)]
struct DbError;

#[derive(Debug, Classify)]
enum Error {
    #[retry(throttled, after = seconds)]
    After { seconds: u64 },
    #[retry(forward)]
    Forward(DbError),
    #[retry(when = is_deadlock)]
    When(DbError),
    #[retry(when = is_deadlock)]
    OtherType(String),
    #[retry(when = |code, text| *code > 500)]
    WhenTwo(u16, String),
    #[retry(when = |error| "deadlock")]
    Answer(DbError),
}

fn is_deadlock(_: &DbError) -> Option<bool> {
    None
}

fn main() {}
