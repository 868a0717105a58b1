//! A type parameter needs `Classify` only where `forward` uses it.

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
