//! Tests of operation.

mod events;
mod overrides_text;
mod testing;
mod testing_recorder;
mod testing_scopes;
mod tracing_events;
