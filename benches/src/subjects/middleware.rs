//! Middlewares around a client of `reqwest-middleware`, which answers without a network.

use async_trait::async_trait;
use http::Extensions;
use persevere::reqwest_middleware::RetryMiddleware;
use reqwest::{Body, Client, Request, Response, header};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;

use crate::harness::RETRIES;
use crate::subjects::persevere::POLICY;

/// Answers each request: 200, with nothing in it.
struct Answer;

#[async_trait]
impl Middleware for Answer {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        Ok(Response::from(http::Response::new(Body::from(""))))
    }
}

fn builder() -> ClientBuilder {
    ClientBuilder::new(Client::new())
}

/// The client that retries nothing.
#[must_use]
pub fn bare() -> ClientWithMiddleware {
    builder().with(Answer).build()
}

#[must_use]
pub fn persevere() -> ClientWithMiddleware {
    builder().with(RetryMiddleware::new(POLICY)).with(Answer).build()
}

#[must_use]
pub fn reqwest_retry() -> ClientWithMiddleware {
    let policy = ExponentialBackoff::builder().build_with_max_retries(RETRIES);
    builder().with(RetryTransientMiddleware::new_with_policy(policy)).with(Answer).build()
}

/// A GET as clients make them.
///
/// # Panics
///
/// Never: what it is made from is valid.
#[must_use]
pub fn get(client: &ClientWithMiddleware) -> Request {
    let request = client
        .get("http://localhost/orders/7")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, "Bearer 0123456789")
        .header(header::USER_AGENT, "benches");
    request.build().expect("the request is valid")
}
