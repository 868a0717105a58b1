//! Some traffic, and its metrics.

use std::fmt::Write as _;

use crate::service::{self, Service};
use crate::upstream::Health;

/// Calls of each function in each state of the upstream.
const CALLS: u64 = 4;

/// Calls `service`, just started, while its upstream is well, flaky and broken, and then with retries
/// off. Returns a report.
///
/// # Panics
///
/// If the metrics do not match the traffic.
pub(crate) async fn of(service: &Service) -> reqwest::Result<String> {
    let mut report = String::new();
    for (health, succeeds) in [(Health::Well, true), (Health::Flaky, true), (Health::Broken, false)]
    {
        service.upstream().set(health);
        for _ in 0..CALLS {
            for function in service::FUNCTIONS {
                let succeeded = service.ask(function).await?;
                assert_eq!(succeeded, succeeds, "retries hide single failures, not an outage");
            }
        }
        let outcome = if succeeds { "succeed" } else { "fail" };
        let _ = writeln!(report, "{health:?}: {} calls {outcome}", 2 * CALLS);
    }
    service.override_policies("*=max_retries:0").await?;
    for function in service::FUNCTIONS {
        assert!(!service.ask(function).await?, "the outage goes on");
    }
    service.override_policies("").await?;
    let _ = writeln!(report, "Retries off: 2 calls fail at once");

    service.upstream().set(Health::Well);
    assert!(service.ask(service::RESERVE).await?, "a hedge overtakes the slow answer");
    let _ = writeln!(report, "Well again: 1 call is hedged");

    let mut throttled = 0;
    while service::total(&service.metrics().await?, "retry_upstream_turn_seconds_count") == 0 {
        service.upstream().set(Health::Broken);
        assert!(!service.ask(service::LOCATE).await?, "its answer asks for a pause of a second");
        throttled += 1;
        service.upstream().set(Health::Well);
        assert!(service.ask(service::LOCATE).await?, "the next call waits until the pause is over");
    }
    let _ = writeln!(report, "Asked to wait: 1 call waits for its turn");

    let metrics = service.metrics().await?;
    let _ = writeln!(report, "\nWhat {} says, buckets left out:\n", service.url("/metrics"));
    let lines =
        metrics.lines().filter(|line| line.contains("retry_") && !line.contains("_bucket{"));
    lines.for_each(|line| report.extend([line, "\n"]));

    let failed_alone = service.upstream().failures_while_flaky();
    let price = CALLS * (1 + 3); // attempts in the outage
    let stock = CALLS * (1 + 2);
    let given_up = 2 * CALLS;
    let failures = failed_alone + price + stock + 2 + throttled; // 2 with retries off
    for (name, expected) in [
        ("retry_attempts_total", failures),
        ("retry_delay_seconds_count", failures - given_up - 2 - throttled),
        ("retry_late_successes_total", failed_alone),
        ("retry_give_ups_total", given_up + 2 + throttled),
        ("retry_upstream_pauses_total", throttled),
        ("retry_upstream_turn_seconds_count", 1),
        ("retry_elapsed_seconds_count", failed_alone + given_up),
    ] {
        assert_eq!(service::total(&metrics, name), expected, "{name}\n{metrics}");
    }
    for (series, expected) in [
        ("retry_hedges_started_total{function=\"reserve\"}", 1),
        ("retry_hedges_won_total{function=\"reserve\"}", 1),
        ("retry_upstream_calls_total{upstream=\"warehouse\"}", 1),
        ("retry_upstream_retries_total{upstream=\"warehouse\"}", 0),
        ("retry_breaker_state{upstream=\"warehouse\",state=\"closed\"}", 1),
        ("retry_bulkhead_limit{upstream=\"warehouse\"}", 16),
        ("retry_bulkhead_in_flight{upstream=\"warehouse\"}", 0),
        ("retry_bulkhead_limit{upstream=\"maps\"}", 8),
        ("retry_rate_waiting{upstream=\"maps\"}", 0),
        ("retry_upstream_pause_seconds{upstream=\"maps\"}", 0),
    ] {
        let line = format!("{series} {expected}");
        assert!(metrics.lines().any(|present| present == line), "{line}\n{metrics}");
    }
    assert!(failed_alone > 0);
    assert_eq!(service.upstream().failures(), failures);
    Ok(report)
}
