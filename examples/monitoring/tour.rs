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

    let metrics = service.metrics().await?;
    let _ = writeln!(report, "\nWhat {} says, buckets left out:\n", service.url("/metrics"));
    let lines =
        metrics.lines().filter(|line| line.contains("retry_") && !line.contains("_bucket{"));
    lines.for_each(|line| report.extend([line, "\n"]));

    let failed_alone = service.upstream().failures_while_flaky();
    let price = CALLS * (1 + 3); // attempts in the outage
    let stock = CALLS * (1 + 2);
    let given_up = 2 * CALLS;
    let failures = failed_alone + price + stock + 2; // 2 with retries off
    for (name, expected) in [
        ("retry_attempts_total", failures),
        ("retry_delay_seconds_count", failures - given_up - 2),
        ("retry_late_successes_total", failed_alone),
        ("retry_give_ups_total", given_up + 2),
        ("retry_elapsed_seconds_count", failed_alone + given_up),
    ] {
        assert_eq!(service::total(&metrics, name), expected, "{name}\n{metrics}");
    }
    assert!(failed_alone > 0);
    assert_eq!(service.upstream().failures(), failures);
    Ok(report)
}
