//! What `examples/monitoring` hands to people on call is true: `promtool` accepts the rules and runs
//! their tests, and a real Prometheus sees the alerts fire in an outage and clear after it.
//!
//! Prometheus runs in real time. The copy of its files that is used here is sixty times as fast as
//! the originals: every duration in them is divided by 60.

#[path = "../../examples/monitoring/service.rs"]
mod service;
#[path = "../../examples/monitoring/tour.rs"]
mod tour;
#[path = "../../examples/monitoring/upstream.rs"]
mod upstream;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use self::service::Service;
use self::upstream::Health;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/monitoring");

/// What the dashboard shows. The last two are there once a circuit has opened, the one before once a turn was
/// refused; the others, after the tour.
const METRICS: [&str; 22] = [
    "retry_attempts_total",
    "retry_give_ups_total",
    "retry_late_successes_total",
    "retry_delay_seconds",
    "retry_elapsed_seconds",
    "retry_hedges_started_total",
    "retry_hedges_won_total",
    "retry_upstream_calls_total",
    "retry_upstream_retries_total",
    "retry_breaker_state",
    "retry_budget_retries",
    "retry_bulkhead_limit",
    "retry_bulkhead_in_flight",
    "retry_bulkhead_waiting",
    "retry_rate_available",
    "retry_rate_waiting",
    "retry_upstream_pause_seconds",
    "retry_upstream_pauses_total",
    "retry_upstream_turn_seconds",
    "retry_upstream_turns_refused_total",
    "retry_upstream_give_ups_total",
    "retry_breaker_transitions_total",
];

/// `promtool` or `prometheus`.
fn installed(program: &str) -> Command {
    let found = Command::new(program).arg("--version").output();
    assert!(found.is_ok(), "there is no `{program}` here: tests/services/install installs it");
    Command::new(program)
}

fn promtool(arguments: &[&str]) {
    let run = installed("promtool").args(arguments).current_dir(FOLDER).output();
    let run = run.expect("promtool runs");
    let [out, err] =
        [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(run.status.success(), "promtool {arguments:?}\n{out}{err}");
}

#[test]
fn promtool_accepts_the_configuration_and_its_rules() {
    promtool(&["check", "config", "prometheus.yml"]);
    promtool(&["check", "rules", "alerts.yml"]);
}

#[test]
fn the_rules_pass_their_tests() {
    promtool(&["test", "rules", "alerts_test.yml"]);
}

#[test]
fn every_alert_has_a_test_that_sees_it_fire() {
    let tests = fs::read_to_string(format!("{FOLDER}/alerts_test.yml")).expect("readable");
    for alert in alerts() {
        let fires = format!("alertname: {alert}\n        exp_alerts:\n          - exp_labels:");
        assert!(tests.contains(&fires), "{alert}");
    }
}

fn alerts() -> Vec<String> {
    let rules = fs::read_to_string(format!("{FOLDER}/alerts.yml")).expect("readable");
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert_eq!(names.len(), 7);
    names
}

/// The functions that retries save: those without an upstream always do.
const SAVED: &str = "rate(retry_late_successes_total{function=~\"price|stock\"}[5s]) > 0";

/// The queries of the dashboard's panels, for all functions.
fn panels() -> Vec<String> {
    let text = fs::read_to_string(format!("{FOLDER}/dashboard.json")).expect("readable");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut queries = Vec::new();
    for panel in panels {
        assert!(panel["title"].is_string() && panel["gridPos"].is_object(), "{panel}");
        for target in panel["targets"].as_array().expect("a panel has targets") {
            let query = target["expr"].as_str().expect("a query");
            queries.push(
                query
                    .replace("$__rate_interval", "5s")
                    .replace("$job", ".*")
                    .replace("$function", ".*")
                    .replace("$upstream", ".*"),
            );
        }
    }
    queries
}

#[test]
fn the_dashboard_shows_every_metric() {
    let panels = panels();
    for metric in METRICS {
        let of_a_kind = metric.starts_with("retry_budget_"); // by a pattern
        assert!(of_a_kind || panels.iter().any(|query| query.contains(metric)), "{metric}");
    }
    for query in panels {
        assert!(!query.contains("[$") && !query.contains("$job"), "{query}");
    }
}

/// Each duration in `text`, such as `5m`, divided by 60.
fn sixty_times_faster(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut faster = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let (word, after) =
            from.split_at(from.find(|letter| !is_part(letter)).unwrap_or(from.len()));
        faster.push_str(before);
        match milliseconds(word) {
            Some(milliseconds) => faster.extend([&*(milliseconds / 60).to_string(), "ms"]),
            None => faster.push_str(word),
        }
        rest = after;
    }
    faster + rest
}

fn milliseconds(word: &str) -> Option<u64> {
    let unit = word.chars().last()?;
    let number: u64 = word.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    Some(1_000 * number * seconds)
}

#[test]
fn durations_and_nothing_else_are_made_shorter() {
    let rule = "expr: rate(retry_x_total{job=\"a5m\"}[5m]) > 0.1 and 4 * b[1d] offset 90s\nfor: 2m";
    let faster = "expr: rate(retry_x_total{job=\"a5m\"}[5000ms]) > 0.1 and 4 * b[1440000ms] \
                  offset 1500ms\nfor: 2000ms";
    assert_eq!(sixty_times_faster(rule), faster);
}

/// A running Prometheus, started by the folder's script; it ends with this value.
struct Prometheus {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prometheus {
    /// That scrapes the service at `target`, sixty times as often as usual.
    fn start(target: &str) -> Self {
        let _ = (installed("prometheus"), installed("promtool"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("monitoring");
        let _ = fs::remove_dir_all(&folder); // of an earlier run
        fs::create_dir_all(&folder).expect("a folder for the copy");
        for file in ["prometheus.yml", "alerts.yml"] {
            let text = fs::read_to_string(format!("{FOLDER}/{file}")).expect("readable");
            let text = sixty_times_faster(&text).replace("127.0.0.1:9464", target);
            fs::write(folder.join(file), text).expect("writable");
        }
        // Prometheus does not report the port that it chose, so it is given a free one.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port").to_string();
        let log = fs::File::create(folder.join("log")).expect("writable");
        let process = Command::new(PathBuf::from(FOLDER).join("prometheus"))
            .arg(folder.join("prometheus.yml"))
            .arg(&address)
            .arg(folder.join("data"))
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the script runs");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { process, url: format!("http://{address}/api/v1"), client }
    }

    /// What the API answers, once there is one.
    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Option<Value> {
        let url = reqwest::Url::parse_with_params(&format!("{}/{path}", self.url), parameters);
        let response = self.client.get(url.expect("a URL")).send().await.ok()?;
        response.json().await.ok()
    }

    /// How many series the answer to `query` has; it must be a valid one.
    async fn query(&self, query: &str) -> Option<usize> {
        let answer = self.get("query", &[("query", query)]).await?;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        answer["data"]["result"].as_array().map(Vec::len)
    }

    /// The alerts that fire, each with its function or upstream: `RetryRateHigh price`.
    async fn firing(&self) -> Option<BTreeSet<String>> {
        let answer = self.get("alerts", &[]).await?;
        let alerts = answer["data"]["alerts"].as_array()?.iter();
        let firing = alerts.filter(|alert| alert["state"] == "firing").map(|alert| {
            let label = |name: &str| alert["labels"][name].as_str();
            let of = label("function").or_else(|| label("upstream"));
            format!("{} {}", label("alertname").unwrap_or("?"), of.unwrap_or("?"))
        });
        Some(firing.collect())
    }

    /// Polls until `is_reached` returns true, for two minutes at most.
    async fn until(&self, state: &str, is_reached: impl AsyncFn() -> bool) {
        let begin = Instant::now();
        while !is_reached().await {
            let firing = self.firing().await;
            assert!(begin.elapsed() < Duration::from_mins(2), "{state}: not yet; {firing:?} fire");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn alerts_fire_in_an_outage_and_clear_after_it() {
    let service = Service::start("127.0.0.1:0").await.expect("the service starts");
    let report = tour::of(&service).await.expect("the service answers");
    for metric in &METRICS[..METRICS.len() - 3] {
        assert!(report.contains(&format!("\n{metric}")), "{metric}\n{report}");
    }
    service.upstream().set(Health::Well);
    let target = service.url("");
    let prometheus = Prometheus::start(target.trim_start_matches("http://"));
    let outage = async {
        let is_up = async || prometheus.query("up == 1").await == Some(1);
        prometheus.until("the service is scraped", is_up).await;
        assert_eq!(prometheus.firing().await, Some(BTreeSet::new()), "all is well");

        service.upstream().set(Health::Broken);
        let expected = ["RetriesGivenUp", "RetriesInVain", "RetryRateHigh"]
            .map(|alert| service::FUNCTIONS.map(|function| format!("{alert} {function}")));
        let upstreams = ["CircuitOpen warehouse", "TurnsRefused maps"].map(str::to_owned);
        let expected: BTreeSet<String> = expected.into_iter().flatten().chain(upstreams).collect();
        let fire = async || prometheus.firing().await.is_some_and(|it| it.is_superset(&expected));
        prometheus.until("the alerts of both functions and of the upstreams fire", fire).await;

        let answer = service.override_policies("*=max_retries:0").await;
        assert_eq!(answer.ok().as_deref(), Some("in force\n"));
        let none = "sum(rate(retry_delay_seconds_count[1s])) == 0";
        let are_off = async || prometheus.query(none).await == Some(1);
        prometheus.until("retries are switched off", are_off).await;
        let firing = prometheus.firing().await.unwrap_or_default();
        assert!(firing.contains("RetriesGivenUp price"), "the outage goes on: {firing:?}");
        let answer = service.override_policies("*=max_retrys:0").await.unwrap_or_default();
        assert!(answer.contains("did you mean `max_retries`?"), "{answer}");
        let answer = service.override_policies("").await;
        assert_eq!(answer.ok().as_deref(), Some("in force\n"));

        service.upstream().set(Health::Flaky);
        let saved = async || prometheus.query(SAVED).await;
        let both = async || saved().await == Some(service::FUNCTIONS.len());
        prometheus.until("retries save calls", both).await;
        for query in panels() {
            let series = prometheus.query(&query).await;
            assert!(series.is_some_and(|series| series > 0), "nothing to show for {query}");
        }

        service.upstream().set(Health::Well);
        let clear = async || prometheus.firing().await == Some(BTreeSet::new());
        prometheus.until("no alert is left", clear).await;
    };
    tokio::select! {
        () = outage => {}
        () = service.drive(Duration::from_millis(100)) => unreachable!("traffic never ends"),
    }
}
