//! Layers for [`tower`](https://docs.rs/tower) services: clients of `hyper-util`, channels of
//! `tonic`, routers of `axum`, services of your own.
//!
//! [`RetryLayer`] retries by the same decision as the attribute, with the same events.
//! [`CircuitBreakerLayer`] refuses requests for a while when the service keeps failing,
//! [`BulkheadLayer`] limits the number of requests in flight, [`HedgeLayer`] sends a second request if
//! the first is slow, `DeadlineLayer` hands down the deadline that a server's caller sent. Stack them in the order of the attribute, outermost first: bulkhead, retries,
//! circuit breaker, hedge. Then the breaker counts each attempt, and a call that waits for its retry
//! keeps its permit of the bulkhead. `tower`'s own `TimeoutLayer` limits an attempt if it is inside of
//! `RetryLayer`, and the whole call, waits included, if it is outside.
//!
//! All waits use tokio's timer.
//!
//! # Requests that may not be sent twice
//!
//! When a request fails with an error instead of a response, the server may or may not have carried
//! it out. A layer does not know what a request does, so [`RetryLayer::http`] sends it again only if
//! that is harmless: if its method is idempotent (RFC 9110 section 9.2.2: GET, HEAD, OPTIONS, TRACE,
//! PUT, DELETE), or if it carries an `Idempotency-Key` header, by which the server recognizes a
//! repetition. It sends any other request again only after a *response* that means that nothing was
//! done: 408, 425, 429, 503, and a 403 or 413 that names a wait. After a 500, 502 or 504, the request
//! may have been carried out. [`retry_non_idempotent`](RetryLayer::retry_non_idempotent) lifts both
//! restrictions.
//!
//! The attribute has no such check: `#[retry]` on a function means that its body may run again.
//!
//! # Readiness
//!
//! Some services reserve something when they are polled ready: `ConcurrencyLimit` a permit, `Buffer`
//! and so every channel of `tonic` a slot. A request that waits here holds no such reservation:
//!
//! - a request takes its bulkhead permit first, and then waits for its service to be ready; so
//!   [`BulkheadService`] is always ready, and a `LoadShed` around it sheds nothing: the bulkhead does;
//! - a request is sent when its service is called, not when its future is first polled;
//! - a request that waits for its retry has returned an unused reservation of its first attempt, and
//!   waits for readiness again after the wait;
//! - a request that an open circuit refuses returns its reservation.
//!
//! A service whose `poll_ready` fails is broken for good, by `tower`'s contract: no retry follows. With
//! a bulkhead inside of a [`RetryLayer`], such a failure looks like any other error of a response,
//! since the bulkhead polls the readiness; put the bulkhead outside.
//!
//! # Requests that cannot be cloned
//!
//! An attempt consumes its request, so the layer keeps a copy: by `Clone`, or by
//! [`clone_request`](RetryLayer::clone_request). If that returns `None`, as for a streamed body, the
//! request is sent once, and its outcome is returned, whatever it is.

#[cfg(feature = "chaos")]
mod breakable;
mod breaker;
mod bulkhead;
mod classify;
#[cfg(feature = "http")]
mod deadline;
mod delivery;
mod hedge;
#[cfg_attr(not(feature = "chaos"), path = "tower/unperturbed.rs")]
mod perturbed;
mod request;
#[cfg_attr(feature = "chaos", path = "tower/maybe_broken.rs")]
mod resent;
mod retry;
mod upstream;

pub use self::breaker::{CircuitBreakerFuture, CircuitBreakerLayer, CircuitBreakerService};
pub use self::bulkhead::{BulkheadFuture, BulkheadLayer, BulkheadService};
#[cfg(feature = "http")]
pub use self::classify::ByStatus;
pub use self::classify::{ByFunction, ClassifyOutcome, WithFaults};
#[cfg(feature = "http")]
pub use self::deadline::{DeadlineLayer, DeadlineService};
pub use self::hedge::{HedgeFuture, HedgeLayer, HedgeService};
#[cfg(feature = "http")]
pub use self::request::ByMethod;
pub use self::request::{AnyRequest, ByClone, CloneRequest, CloneWith, Idempotency, Refusal};
pub use self::retry::{RetryFuture, RetryLayer, RetryService};
pub use self::upstream::{UpstreamExt, UpstreamFuture, UpstreamLayer, UpstreamService};
pub use persevere_core::closure::ByClassify;

/// Any error: `tower`'s common error type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
