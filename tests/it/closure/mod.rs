//! Tests of closure.

mod future;
mod hints;
mod keys;
mod options;
mod parity;
mod settings;
