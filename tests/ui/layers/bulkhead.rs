//! Bulkheads with settings that make no sense: errors at the static.

use persevere::Bulkhead;

static CLOSED: Bulkhead = Bulkhead::new(0);
static SINKS: Bulkhead = Bulkhead::adaptive(0..=64);
static BACKWARDS: Bulkhead = Bulkhead::adaptive(64..=8);
static FIXED: Bulkhead = Bulkhead::new(8).with_gradient();

fn main() {}
