//! A parameter is asked for `Classify` only where `forward` needs it, and then where it is used.

use persevere::{Classify, retry};

#[derive(Debug, Classify)]
enum Layered<E> {
    #[retry(forward)]
    Inner(E),
    #[retry(permanent)]
    Closed,
}

#[retry]
async fn fetch() -> Result<u8, Layered<String>> {
    Err(Layered::Closed)
}

fn main() {}
