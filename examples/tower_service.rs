//! Retries and a circuit breaker around a client of `hyper-util`, against a server that misbehaves.
//!
//! `cargo run --all-features --example tower_service`

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use persevere::tower::{CircuitBreakerLayer, RetryLayer};
use persevere::{CircuitBreaker, Policy, Rejection};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt as _};

const QUICK: Policy = Policy::DEFAULT
    .with_max_retries(3)
    .with_base_delay(Duration::from_millis(20))
    .with_max_delay(Duration::from_millis(100));

static SHOP: CircuitBreaker = CircuitBreaker::new().with_name("shop").with_minimum_calls(8);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().with_target(false).without_time().init();
    let requests = Arc::<AtomicUsize>::default();
    let address = serve(Arc::clone(&requests)).await?;

    // Outermost first: each attempt needs a permit of the circuit breaker.
    let shop = ServiceBuilder::new()
        .layer(RetryLayer::http(QUICK).name("shop"))
        .layer(CircuitBreakerLayer::http(&SHOP))
        .service(Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>());

    println!("The stock is counted anew: two answers of 503, then the number.");
    let stock = Request::get(format!("http://{address}/stock")).body(Full::default())?;
    let response = shop.clone().oneshot(stock).await?;
    assert_eq!(response.into_body().collect().await?.to_bytes(), "42");
    assert_eq!(requests.swap(0, Ordering::SeqCst), 3);

    println!("An order that is wrong goes back to its caller at once.");
    let order = Request::post(format!("http://{address}/orders")).body(Full::from("nothing"))?;
    let response = shop.clone().oneshot(order).await?;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(requests.swap(0, Ordering::SeqCst), 1);

    println!("The shop is down: the circuit opens, and refuses without asking.");
    let down = Request::get(format!("http://{address}/down")).body(Full::default())?;
    let response = shop.clone().oneshot(down.clone()).await?;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY); // the last of four
    let refused = shop.oneshot(down).await.err().ok_or("the circuit is closed")?;
    assert!(matches!(refused.downcast_ref(), Some(Rejection::CircuitOpen { .. })), "{refused}");
    println!("{refused}");
    assert_eq!(requests.load(Ordering::SeqCst), 4);
    Ok(())
}

/// A shop on a free port; counts its requests.
async fn serve(requests: Arc<AtomicUsize>) -> Result<SocketAddr, Box<dyn Error + Send + Sync>> {
    let stock = || {
        let requests = Arc::clone(&requests);
        async move || match requests.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => (StatusCode::SERVICE_UNAVAILABLE, ""),
            _ => (StatusCode::OK, "42"),
        }
    };
    let always = |status: StatusCode| {
        let requests = Arc::clone(&requests);
        async move || {
            requests.fetch_add(1, Ordering::SeqCst);
            status
        }
    };
    let router = Router::new()
        .route("/stock", get(stock()))
        .route("/orders", post(always(StatusCode::UNPROCESSABLE_ENTITY)))
        .route("/down", get(always(StatusCode::BAD_GATEWAY)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}
