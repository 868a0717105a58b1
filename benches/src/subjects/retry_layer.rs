//! This library's layer around a `tower` service.

use persevere::tower::RetryLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::body;
use crate::harness::{Error, is_busy};
use crate::subjects::persevere::POLICY;

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    let layer = RetryLayer::new(POLICY)
        .classify(|outcome: Result<&u64, &Error>| outcome.is_err_and(is_busy));
    let service = service_fn(|input| async move { body!(N, input) });
    layer.layer(service).oneshot(input).await
}
