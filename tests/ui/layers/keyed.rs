//! Registries by key that cannot be made.

use persevere::{Bulkhead, Keyed};

static EMPTY: Keyed<Bulkhead> = Keyed::new(0, || Bulkhead::new(1));
static OF_TEXTS: Keyed<String> = Keyed::new(8, String::new);

fn main() {}
