//! Tests of engine.

mod decisions;
