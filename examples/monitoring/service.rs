//! The service: four functions that call others, and their metrics over HTTP.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use persevere::http::{HttpError, ResponseExt};
use persevere::overrides::{Overrides, overrides};
use persevere::upstream::Counts;
use persevere::{Budget, Bulkhead, CircuitBreaker, Rate, retry};
use reqwest::Client;
use tokio::net::TcpListener;

use crate::upstream::{Health, Upstream};

/// In seconds, around the waits below. Without buckets, the exporter makes summaries, whose quantiles
/// cannot be combined over several processes.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Functions that [`Service::ask`] can call, as it can [`RESERVE`] and [`LOCATE`].
pub(crate) const FUNCTIONS: [&str; 2] = ["price", "stock"];

/// A short `name`, so that dashboards and alerts survive a move of the function.
#[retry(name = "price", policy = "aggressive", max_retries = 3, base_delay = "20ms")]
async fn price(shop: &Shop) -> Result<String, HttpError> {
    shop.get("/price").await
}

#[retry(name = "stock", max_retries = 2, base_delay = "10ms", jitter = "full")]
async fn stock(shop: &Shop) -> Result<String, HttpError> {
    shop.get("/stock").await
}

/// The function whose upstream has a budget, a circuit breaker, a bulkhead and counts.
pub(crate) const RESERVE: &str = "reserve";

static COUNTS: Counts = Counts::new();
static RETRIES: Budget = Budget::ratio(0.1);
static CIRCUIT: CircuitBreaker = CircuitBreaker::new()
    .with_name("warehouse")
    .with_open_duration(Duration::from_millis(500))
    .with_max_open_duration(Duration::from_secs(2));
static PERMITS: Bulkhead = Bulkhead::new(16).with_max_queue(16);

/// Its name is the label `upstream`.
static WAREHOUSE: persevere::Upstream = persevere::Upstream::new("warehouse", &RETRIES)
    .with_breaker(&CIRCUIT)
    .with_bulkhead(&PERMITS)
    .with_counts(&COUNTS);

#[retry(name = "reserve", upstream = WAREHOUSE, hedge = "50ms", base_delay = "10ms")]
async fn reserve(shop: &Shop) -> Result<String, HttpError> {
    shop.get("/reserve").await
}

/// The function whose upstream has a rate, pushback and an adaptive bulkhead.
pub(crate) const LOCATE: &str = "locate";

static MAPS_COUNTS: Counts = Counts::new();
static RATE: Rate = Rate::per_second(40).with_max_wait(Duration::from_millis(1_500));
static LIMIT: Bulkhead = Bulkhead::adaptive(8..=64).with_name("maps");

static MAPS: persevere::Upstream = persevere::Upstream::new("maps", &Budget::UNLIMITED)
    .with_bulkhead(&LIMIT)
    .with_rate(&RATE)
    .with_pushback()
    .with_counts(&MAPS_COUNTS);

/// A map that comes late is of no use: it waits for its turn, and is not retried.
#[retry(name = "locate", upstream = MAPS, max_retries = 0)]
async fn locate(shop: &Shop) -> Result<String, HttpError> {
    shop.get("/locate").await
}

struct Shop {
    client: Client,
    upstream: Upstream,
    metrics: PrometheusHandle,
}

impl Shop {
    async fn get(&self, path: &str) -> Result<String, HttpError> {
        let response = self.client.get(self.upstream.url(path)).send().await?.error_for_retry()?;
        Ok(response.text().await?)
    }
}

/// The running service; it stops with its runtime. At most one per process, since it installs the
/// metrics recorder.
pub(crate) struct Service {
    address: SocketAddr,
    shop: Arc<Shop>,
}

impl Service {
    pub(crate) async fn start(address: &str) -> Result<Self, Box<dyn Error>> {
        let metrics = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?;
        let client = Client::builder().no_proxy().build()?;
        let shop = Arc::new(Shop { client, upstream: Upstream::start().await?, metrics });
        let router = Router::new()
            .route("/price", get(async |State(shop)| answer(price(shop_of(&shop)).await)))
            .route("/stock", get(async |State(shop)| answer(stock(shop_of(&shop)).await)))
            .route("/reserve", get(async |State(shop)| answer(reserve(shop_of(&shop)).await)))
            .route("/locate", get(async |State(shop)| answer(locate(shop_of(&shop)).await)))
            .route("/metrics", get(metrics_of))
            .route("/upstream/{health}", put(set_health))
            .route("/policies", put(set_policies))
            .with_state(Arc::clone(&shop));
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shop })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.shop.upstream
    }

    /// Calls one of [`FUNCTIONS`], or [`RESERVE`] or [`LOCATE`], over HTTP, as a user does, and returns whether it succeeded.
    pub(crate) async fn ask(&self, function: &str) -> reqwest::Result<bool> {
        let response = self.shop.client.get(self.url(&format!("/{function}"))).send().await?;
        Ok(response.status().is_success())
    }

    /// Puts a table of policies into force over HTTP, as an operator does, and returns the answer.
    pub(crate) async fn override_policies(&self, table: &'static str) -> reqwest::Result<String> {
        self.shop.client.put(self.url("/policies")).body(table).send().await?.text().await
    }

    /// The metrics that Prometheus scrapes.
    pub(crate) async fn metrics(&self) -> reqwest::Result<String> {
        self.shop.client.get(self.url("/metrics")).send().await?.text().await
    }

    /// Calls each function once in every `period`, and [`LOCATE`] twice, for ever.
    pub(crate) async fn drive(&self, period: Duration) {
        let mut ticks = tokio::time::interval(period);
        loop {
            ticks.tick().await;
            for function in FUNCTIONS.into_iter().chain([RESERVE, LOCATE, LOCATE]) {
                let request = self.shop.client.get(self.url(&format!("/{function}"))).send();
                tokio::spawn(request); // its outcome is in the metrics
            }
        }
    }
}

/// The sum over all series of that name in `metrics`, a page in Prometheus' text format.
pub(crate) fn total(metrics: &str, name: &str) -> u64 {
    let values = metrics.lines().filter_map(|line| {
        let labels_and_value = line.strip_prefix(name)?.strip_prefix('{')?;
        labels_and_value.rsplit(' ').next()?.parse::<u64>().ok()
    });
    values.sum()
}

fn shop_of(shop: &Arc<Shop>) -> &Shop {
    shop
}

fn answer(outcome: Result<String, HttpError>) -> (StatusCode, String) {
    match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

async fn metrics_of(State(shop): State<Arc<Shop>>) -> String {
    [&WAREHOUSE, &MAPS].into_iter().for_each(persevere::metrics::sample); // how their layers are now
    shop.metrics.run_upkeep(); // otherwise histograms would keep their samples until the next run
    shop.metrics.render()
}

async fn set_health(
    State(shop): State<Arc<Shop>>,
    Path(name): Path<String>,
) -> (StatusCode, String) {
    match Health::named(&name) {
        Some(health) => {
            shop.upstream.set(health);
            (StatusCode::OK, format!("the upstream is {name} now\n"))
        }
        None => {
            let sentence = format!("there is no health `{name}`: put well, flaky or broken\n");
            (StatusCode::NOT_FOUND, sentence)
        }
    }
}

/// Replaces the code's policies until the next table: `*=max_retries:0` switches retries off, an empty
/// table switches them on again.
async fn set_policies(table: String) -> (StatusCode, String) {
    match table.trim().parse::<Overrides>() {
        Ok(table) => {
            overrides().install(table);
            (StatusCode::OK, "in force\n".to_owned())
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
    }
}
