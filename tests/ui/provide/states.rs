//! States that cannot provide their parts.

use persevere::tasks::Provide;

#[derive(Provide)]
enum Either {
    Client(u32),
    Database(u64),
}

#[derive(Provide)]
struct Twice {
    reads: String,
    writes: String,
}

#[derive(Provide)]
#[provide(skip)]
struct Whole {
    client: u32,
}

#[derive(Provide)]
struct Words {
    #[provide(skipped)]
    client: u32,
    #[provide(crate = persevere)]
    database: u64,
}

fn main() {}
