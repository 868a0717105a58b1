//! Tests of closure.

mod future;
mod hedge;
mod hints;
mod keys;
mod options;
mod parity;
mod settings;
