//! Permits that are dropped at once, and calls that are never made.
#![deny(unused_must_use)]

use persevere::Bulkhead;

static BULKHEAD: Bulkhead = Bulkhead::new(10);

fn main() {
    BULKHEAD.try_acquire().unwrap();
    BULKHEAD.call(async { Ok::<(), persevere::Rejection>(()) });
}
