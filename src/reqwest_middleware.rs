//! Retries for clients of [`reqwest-middleware`](https://docs.rs/reqwest-middleware).
//!
//! ```
//! use persevere::Policy;
//! use persevere::reqwest_middleware::RetryMiddleware;
//! use reqwest_middleware::ClientBuilder;
//!
//! let client = ClientBuilder::new(reqwest::Client::new())
//!     .with(RetryMiddleware::new(Policy::AGGRESSIVE).name("orders"))
//!     .build();
//! # drop(client);
//! ```

use std::mem;
use std::sync::{Mutex, PoisonError};

use ::reqwest_middleware::{Error, Middleware, Next, Result};
use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};

use crate::http::is_idempotent;
use crate::{Budget, Classify as _, Policy, Verdict};

/// Retries requests under a [`Policy`]: responses by their status and `Retry-After` ([the
/// rule](crate::http)), errors as they [`Classify`](crate::Classify) themselves.
///
/// After an error, a request is sent again only if it [is idempotent](is_idempotent), since it may
/// have arrived: lifted by [`retry_non_idempotent`](Self::retry_non_idempotent). A request whose
/// body is a stream cannot be copied (`try_clone` gives `None`): it is sent once, and its outcome
/// returned whatever it is.
///
/// The caller gets the last attempt's own response or error. Middlewares that were added after this
/// one run in each attempt, those before it once. What they leave in the request's extensions is
/// seen by the attempts that follow. Waits are on tokio's timer.
#[derive(Clone, Copy, Debug)]
pub struct RetryMiddleware {
    policy: Policy,
    throttled: Option<Policy>,
    budget: Option<&'static Budget>,
    name: &'static str,
    retry_non_idempotent: bool,
}

impl RetryMiddleware {
    /// Retries under `policy`.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            throttled: None,
            budget: None,
            name: "reqwest_middleware",
            retry_non_idempotent: false,
        }
    }

    /// Whether to send requests again after an error whatever their method, a POST without
    /// `Idempotency-Key` included. By default not.
    #[must_use]
    pub const fn retry_non_idempotent(self, retry: bool) -> Self {
        Self { retry_non_idempotent: retry, ..self }
    }

    /// The policy whose schedule is used after a 429.
    #[must_use]
    pub const fn throttled(self, policy: Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// Asks `budget` for leave before each retry; a refusal ends the call at once.
    #[must_use]
    pub const fn budget(self, budget: &'static Budget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// The name in events; `"reqwest_middleware"` without it.
    #[must_use]
    pub const fn name(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

#[async_trait]
impl Middleware for RetryMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Some(first) = request.try_clone() else {
            return next.run(request, extensions).await;
        };
        let repeatable =
            self.retry_non_idempotent || is_idempotent(request.method(), request.headers());
        // Attempts follow one another, and hand each other the extensions.
        let shared = Mutex::new(mem::take(extensions));
        let handed = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (handed, mut copy) = (&handed, Some(first));
        let mut retrying = self
            .policy
            .retry(|| {
                let (copy, next) = (copy.take().or_else(|| request.try_clone()), next.clone());
                async move {
                    let copy = copy.ok_or_else(|| Error::middleware(NotCloned))?;
                    let mut extensions = mem::take(&mut *handed());
                    let outcome = next.run(copy, &mut extensions).await;
                    *handed() = extensions;
                    outcome
                }
            })
            .on(move |error: &Error| if repeatable { error.classify() } else { Verdict::PERMANENT })
            .on_ok(Response::classify)
            .name(self.name);
        if let Some(policy) = self.throttled {
            retrying = retrying.throttled(policy);
        }
        if let Some(budget) = self.budget {
            retrying = retrying.budget(budget);
        }
        let outcome = retrying.await;
        *extensions = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome
    }
}

/// A request could be copied once, but not again.
#[derive(Debug)]
struct NotCloned;

impl std::fmt::Display for NotCloned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the request could be copied for its first attempt, but not for a retry")
    }
}

impl std::error::Error for NotCloned {}
