//! The metrics as Prometheus reads them. Alone in its file: descriptions go out once a process.

use metrics_exporter_prometheus::PrometheusBuilder;
use persevere::retry;

#[retry(on = &503, base_delay = 0, max_retries = 2)]
fn fetch(answers: &mut Vec<u16>) -> Result<(), u16> {
    answers.pop().map_or(Ok(()), Err)
}

#[test]
fn every_metric_is_described_and_rendered() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let prometheus = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        assert_eq!(fetch(&mut vec![]), Ok(()));
        assert_eq!(prometheus.render(), "");
        assert_eq!(fetch(&mut vec![503]), Ok(()));
        assert_eq!(fetch(&mut vec![404]), Err(404));
        assert_eq!(fetch(&mut vec![503; 3]), Err(503));
    });
    let text = prometheus.render();
    let function = "function=\"metrics_prometheus::fetch\",policy=\"custom\"";
    let lines = [
        "# HELP retry_attempts_total Attempts that failed.".to_owned(),
        "# TYPE retry_attempts_total counter".to_owned(),
        format!("retry_attempts_total{{{function},class=\"transient\"}} 4"),
        format!("retry_attempts_total{{{function},class=\"permanent\"}} 1"),
        "# TYPE retry_give_ups_total counter".to_owned(),
        format!("retry_give_ups_total{{{function},class=\"transient\",reason=\"exhausted\"}} 1"),
        format!("retry_give_ups_total{{{function},class=\"permanent\",reason=\"permanent\"}} 1"),
        "# TYPE retry_late_successes_total counter".to_owned(),
        format!("retry_late_successes_total{{{function}}} 1"),
        "# HELP retry_delay_seconds The wait before each retry.".to_owned(),
        format!("retry_delay_seconds_count{{{function},class=\"transient\"}} 3"),
        format!("retry_elapsed_seconds_count{{{function}}} 1"),
        format!("retry_elapsed_seconds_count{{{function},class=\"transient\"}} 1"),
    ];
    for line in lines {
        assert!(text.lines().any(|present| present == line), "{line}\n\nis not in\n\n{text}");
    }
}
