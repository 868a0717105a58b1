//! What `metrics` records on this thread.

use std::collections::BTreeMap;

use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::paused;

/// Series, as `name{label=value,…}`, to a count, or to what was observed.
pub(crate) type Series = BTreeMap<String, Vec<f64>>;

/// Runs `body` and returns what was recorded on this thread, where a paused runtime runs it all.
pub(crate) fn recorded<F: Future<Output = ()>>(body: impl FnOnce() -> F) -> Series {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = paused::runtime();
    with_local_recorder(&recorder, || runtime.block_on(async { body().await }));
    let entries = snapshotter.snapshot().into_vec().into_iter();
    let series = entries.map(|(key, _, _, value)| {
        let labels: Vec<_> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            #[allow(clippy::cast_precision_loss, reason = "counts of tests are small")]
            DebugValue::Counter(count) => vec![count as f64],
            DebugValue::Gauge(value) => vec![value.0],
            DebugValue::Histogram(values) => values.into_iter().map(|value| value.0).collect(),
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    });
    series.collect()
}

pub(crate) fn series<const N: usize>(expected: [(&str, &[f64]); N]) -> Series {
    expected.into_iter().map(|(name, values)| (name.to_owned(), values.to_vec())).collect()
}
