//! A `tracing` layer that records events with their spans, and spans.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Field names to values: strings and displayed values as they are, numbers by `Debug`.
pub(crate) type Fields = BTreeMap<&'static str, String>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) level: Level,
    pub(crate) target: &'static str,
    /// The names of the spans around it, outermost first.
    pub(crate) spans: Vec<&'static str>,
    pub(crate) fields: Fields,
}

/// Two subscribers that live as long as the process and want everything. With fewer than two,
/// `tracing` lets the thread that reaches an event first decide for all threads whether anybody
/// wants it: a test that records nothing would silence one that does.
static INTERESTED: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [Dispatch::new(Registry::default()), Dispatch::new(Registry::default())]);

/// What has been recorded since it was made, on this thread, while it lives.
pub(crate) struct Recording {
    layer: Recorder,
    _default: DefaultGuard,
}

impl Recording {
    pub(crate) fn start() -> Self {
        LazyLock::force(&INTERESTED);
        let layer = Recorder::default();
        let subscriber = tracing_subscriber::registry().with(layer.clone());
        let default = tracing::subscriber::set_default(subscriber);
        Self { layer, _default: default }
    }

    pub(crate) fn events(&self) -> Vec<Recorded> {
        self.layer.events.lock().unwrap().clone()
    }

    /// The names of all spans that were opened.
    pub(crate) fn spans(&self) -> Vec<&'static str> {
        self.layer.spans.lock().unwrap().clone()
    }
}

#[derive(Clone, Default)]
struct Recorder {
    events: Arc<Mutex<Vec<Recorded>>>,
    spans: Arc<Mutex<Vec<&'static str>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.spans.lock().unwrap().push(attributes.metadata().name());
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = FieldRecorder::default();
        event.record(&mut fields);
        let scope = context.event_scope(event).into_iter().flatten();
        let mut spans: Vec<_> = scope.map(|span| span.name()).collect();
        spans.reverse();
        self.events.lock().unwrap().push(Recorded {
            level: *event.metadata().level(),
            target: event.metadata().target(),
            spans,
            fields: fields.0,
        });
    }
}

#[derive(Default)]
struct FieldRecorder(Fields);

impl Visit for FieldRecorder {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
