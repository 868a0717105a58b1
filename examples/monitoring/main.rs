//! Retries in Prometheus: a service whose functions retry, its metrics, and alerts and a dashboard for
//! them. This folder's README has the whole tour.
//!
//! ```text
//! cargo run --example monitoring --all-features             # two seconds of traffic, and its metrics
//! cargo run --example monitoring --all-features -- serve    # on 127.0.0.1:9464, until Ctrl-C
//! ```

mod service;
mod tour;
mod upstream;

use std::error::Error;
use std::time::Duration;

use crate::service::Service;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => {
            let service = Service::start("127.0.0.1:0").await?;
            print!("{}", tour::of(&service).await?);
            Ok(())
        }
        Some("serve") => serve().await,
        Some(other) => {
            eprintln!("there is no `{other}`: write `serve`, or nothing for a tour");
            std::process::exit(2);
        }
    }
}

/// Runs the same service, under some load, until it is stopped.
async fn serve() -> Result<(), Box<dyn Error>> {
    let service = Service::start("127.0.0.1:9464").await?;
    println!("Metrics: {}", service.url("/metrics"));
    println!("Start Prometheus by examples/monitoring/prometheus, then make its alerts fire:");
    println!("curl -X PUT {}    # or flaky, or well", service.url("/upstream/broken"));
    println!("Switch retries off: curl -X PUT {} -d '*=max_retries:0'", service.url("/policies"));
    service.drive(Duration::from_millis(100)).await;
    Ok(())
}
