//! Tests of policy.

mod jitter;
mod max_delay;
mod other_libraries;
mod partial;
mod schedule;
mod serde;
mod text;
mod unlimited;
mod waits;
