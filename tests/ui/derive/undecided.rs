//! Variants and structs without a word.

use persevere::Classify;

#[derive(Debug, Classify)]
enum Several {
    #[retry(transient)]
    Busy,
    BadInput(String),
    NotFound { id: u32 },
}

#[derive(Debug, Classify)]
struct Alone(String);

#[derive(Debug, Classify)]
enum Empty {
    #[retry()]
    Parentheses,
    #[retry]
    Bare,
    #[retry = "transient"]
    Value,
}

#[derive(Classify)]
union Either {
    number: u32,
    real: f32,
}

fn main() {}
