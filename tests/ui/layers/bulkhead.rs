//! Bulkheads that make no sense: errors where the static is written.

use persevere::Bulkhead;

static CLOSED: Bulkhead = Bulkhead::new(0);

fn main() {}
