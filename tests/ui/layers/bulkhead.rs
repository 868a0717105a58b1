//! Bulkheads with settings that make no sense: errors at the static.

use persevere::Bulkhead;

static CLOSED: Bulkhead = Bulkhead::new(0);

fn main() {}
