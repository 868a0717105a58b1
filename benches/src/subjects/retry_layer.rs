//! This library's layer around a `tower` service.

use persevere::tower::RetryLayer;
use tower::{Layer, Service, service_fn};

use crate::body;
use crate::harness::{Error, is_busy};
use crate::subjects::persevere::POLICY;

/// A service that makes each request by [`body!`].
#[must_use]
pub fn service() -> impl Service<u64, Response = u64, Error = Error> {
    RetryLayer::new(POLICY)
        .classify(|outcome: Result<&u64, &Error>| outcome.is_err_and(is_busy))
        .layer(service_fn(|input| async move { body!(16, input) }))
}
