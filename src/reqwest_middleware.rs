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

use crate::http::{is_idempotent, status_refuses};
use crate::{Budget, Classify as _, Policy, Verdict};

/// Retries requests under a [`Policy`]: responses by their status and `Retry-After` ([the
/// rule](crate::http)), errors as they [`Classify`](crate::Classify) themselves.
///
/// After an error, a request is sent again only if it [is idempotent](is_idempotent), since it may
/// have arrived: also where the error says that no connection came about, since that may have been
/// the next one, to which a server that has done what was asked redirects (303 See Other). After a
/// response, one that is not idempotent is sent again only if that says that [nothing was
/// done](crate::http::was_refused). [`retry_non_idempotent`](Self::retry_non_idempotent) lifts both.
///
/// A request whose body is a stream cannot be copied (`try_clone` gives `None`): it is sent once, and
/// its outcome returned whatever it is.
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

    /// Whether to send requests again whatever their method, a POST without `Idempotency-Key`
    /// included, after errors and after responses that leave open what was done. By default not.
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
        let lender = Lender { kept: Mutex::new(mem::take(extensions)), lent_by: extensions };
        let (kept, mut copy) = (&lender.kept, Some(first));
        let mut retrying = self
            .policy
            .retry(|| {
                let (copy, next) = (copy.take().or_else(|| request.try_clone()), next.clone());
                async move {
                    let copy = copy.ok_or_else(|| Error::middleware(NotCloned))?;
                    next.run(copy, &mut Lent::by(kept).extensions).await
                }
            })
            .on(move |error: &Error| if repeatable { error.classify() } else { Verdict::PERMANENT })
            .on_ok(move |response: &Response| {
                let verdict = response.classify();
                if repeatable || status_refuses(response.status(), || verdict.class()) {
                    verdict
                } else {
                    Verdict::PERMANENT
                }
            })
            .name(self.name);
        if let Some(policy) = self.throttled {
            retrying = retrying.throttled(policy);
        }
        if let Some(budget) = self.budget {
            retrying = retrying.budget(budget);
        }
        retrying.await
    }
}

/// Has the caller's extensions for the time of the call, and gives them back when it ends, also when
/// it is dropped.
struct Lender<'a> {
    kept: Mutex<Extensions>,
    lent_by: &'a mut Extensions,
}

impl Drop for Lender<'_> {
    fn drop(&mut self) {
        *self.lent_by = mem::take(self.kept.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The extensions in the hands of one attempt. Attempts follow one another, so each finds there what
/// the one before has left.
struct Lent<'a> {
    kept: &'a Mutex<Extensions>,
    extensions: Extensions,
}

impl<'a> Lent<'a> {
    fn by(kept: &'a Mutex<Extensions>) -> Self {
        let extensions = mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
        Self { kept, extensions }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = mem::take(&mut self.extensions);
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
