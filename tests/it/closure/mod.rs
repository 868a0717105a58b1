//! Tests of closure.

mod future;
mod hints;
mod options;
mod parity;
