//! Layers for [`tower`](https://docs.rs/tower) services: clients of `hyper-util`, channels of
//! `tonic`, routers of `axum`, services of your own.
//!
//! [`RetryLayer`] retries by the same decision as the attribute, with the same events.
//! [`CircuitBreakerLayer`] refuses requests for a while at what keeps failing, [`BulkheadLayer`] lets
//! only so many run at a time, [`HedgeLayer`] sends a second one if the first is late. In the order
//! of the attribute, outermost first: bulkhead, retries, circuit breaker, hedge; so each attempt is
//! counted, and a call that waits for its retry keeps its place. `tower`'s own `TimeoutLayer`
//! limits an attempt if it stands inside of `RetryLayer`, and the whole call, waits included, if
//! it stands outside.
//!
//! Waits are on tokio's timer.
//!
//! # Requests that may not be sent twice
//!
//! When a request fails in mid-air (an error, not a response), nobody knows whether the other side
//! has acted on it. A layer cannot know what a request does, so [`RetryLayer::http`] sends it again
//! only if that is harmless: if its method is idempotent (RFC 9110 section 9.2.2: GET, HEAD,
//! OPTIONS, TRACE, PUT, DELETE), or it carries an `Idempotency-Key` header, by which the server
//! tells copies apart. Any other request it sends again only after a *response* that says that
//! nothing was done: 408, 425, 429, 503, and a 403 or 413 that names a wait. A 500, 502 or 504 leaves
//! open what was done. [`retry_non_idempotent`](RetryLayer::retry_non_idempotent) lifts both.
//!
//! The attribute asks no such thing: `#[retry]` on a function says that its body may run again.
//!
//! # Readiness
//!
//! Some services reserve something when they are polled ready: `ConcurrencyLimit` a permit, `Buffer`
//! and so every channel of `tonic` a slot. What waits here holds no such reservation:
//!
//! - a request takes its place in a bulkhead first, and gets its service ready after that; so
//!   [`BulkheadService`] is always ready, and a `LoadShed` around it sheds nothing: the bulkhead does;
//! - a request is sent when its service is called, not when its future is first polled;
//! - a request that waits for its retry has given back what its first attempt did not use up, and gets
//!   ready anew when the wait is over;
//! - a request that an open circuit refuses gives its reservation back.
//!
//! A service whose `poll_ready` fails is broken for good, as `tower` has it: no retry follows. Of a
//! bulkhead inside of it, a [`RetryLayer`] hears of that as of any other error of a response, since
//! readiness is asked for there; put the bulkhead outside.
//!
//! # Requests that cannot be cloned
//!
//! An attempt uses its request up, so a copy is kept: by `Clone`, or by
//! [`clone_request`](RetryLayer::clone_request). Where that gives `None`, as for a body that is a
//! stream, the request is sent once, and its outcome returned whatever it is.

mod breaker;
mod bulkhead;
mod classify;
mod delivery;
mod hedge;
mod request;
mod retry;

pub use self::breaker::{CircuitBreakerFuture, CircuitBreakerLayer, CircuitBreakerService};
pub use self::bulkhead::{BulkheadFuture, BulkheadLayer, BulkheadService};
#[cfg(feature = "http")]
pub use self::classify::ByStatus;
pub use self::classify::{ByFunction, ClassifyOutcome};
pub use self::hedge::{HedgeFuture, HedgeLayer, HedgeService};
#[cfg(feature = "http")]
pub use self::request::ByMethod;
pub use self::request::{AnyRequest, ByClone, CloneRequest, CloneWith, Idempotency, Refusal};
pub use self::retry::{RetryFuture, RetryLayer, RetryService};
pub use persevere_core::closure::ByClassify;

/// Any error, as `tower` passes it on.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
