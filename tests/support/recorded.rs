//! A `tracing` layer that records events with their spans, and spans.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
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

thread_local! {
    static EVENTS: RefCell<Vec<Recorded>> = const { RefCell::new(Vec::new()) };
    static SPANS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// What has been recorded since it was made, on this thread.
///
/// The subscriber is one for the process, since `tracing` remembers of a place that nobody listens
/// to it; so each test in a file that records begins with this.
pub(crate) struct Recording(());

impl Recording {
    pub(crate) fn start() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let subscriber = tracing_subscriber::registry().with(Recorder);
            tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
        });
        EVENTS.take();
        SPANS.take();
        Self(())
    }

    #[allow(clippy::unused_self, reason = "what is asked must have begun")]
    pub(crate) fn events(&self) -> Vec<Recorded> {
        EVENTS.with_borrow(Clone::clone)
    }

    /// The names of all spans that were opened.
    #[allow(clippy::unused_self, reason = "what is asked must have begun")]
    pub(crate) fn spans(&self) -> Vec<&'static str> {
        SPANS.with_borrow(Clone::clone)
    }
}

struct Recorder;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        SPANS.with_borrow_mut(|spans| spans.push(attributes.metadata().name()));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = FieldRecorder::default();
        event.record(&mut fields);
        let scope = context.event_scope(event).into_iter().flatten();
        let mut spans: Vec<_> = scope.map(|span| span.name()).collect();
        spans.reverse();
        let recorded = Recorded {
            level: *event.metadata().level(),
            target: event.metadata().target(),
            spans,
            fields: fields.0,
        };
        EVENTS.with_borrow_mut(|events| events.push(recorded));
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
