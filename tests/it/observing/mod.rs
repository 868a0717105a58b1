//! What others see and change of calls: events, logs, overrides as text, the test kit.

mod events;
mod overrides_scopes;
mod overrides_settings;
mod overrides_text;
mod testing;
mod testing_fresh;
mod testing_recorder;
mod testing_scopes;
mod tracing_events;
mod tracing_layers;
