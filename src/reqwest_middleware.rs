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
use crate::{Budget, Classify as _, Policy, Shared, Verdict};

/// Retries requests under a [`Policy`]: responses by their status and `Retry-After` ([the
/// rule](crate::http)), errors as they [`Classify`](crate::Classify) themselves.
///
/// After an error, a request is sent again only if it [is idempotent](is_idempotent), since it may have
/// arrived. That holds for a failed connection, too: a server that has carried out a request may
/// redirect to another server (303 See Other), and that connection may be the one that failed. After
/// a response, a request that is not idempotent is sent again only if the response means that
/// [nothing was done](crate::http::was_refused).
/// [`retry_non_idempotent`](Self::retry_non_idempotent) lifts both restrictions.
///
/// A request with a streamed body cannot be copied (`try_clone` returns `None`): it is sent once, and
/// its outcome is returned, whatever it is.
///
/// The caller gets the last attempt's own response or error. Middlewares added after this one run in
/// each attempt, those before it once. Later attempts see the extensions that middlewares added to the
/// request, and how often it was sent before, as [`ResendCount`]. Waits use tokio's timer.
///
/// With the feature `chaos`, a table of overrides breaks attempts by the middleware's name. A fault takes the place
/// of everything after this middleware: nothing is sent, and the error is judged like any other, so that a request
/// that is not idempotent fails at once. A request that cannot be copied is left alone.
#[derive(Clone, Copy, Debug)]
pub struct RetryMiddleware<B = &'static Budget> {
    policy: Policy,
    throttled: Option<Policy>,
    budget: Option<B>,
    name: &'static str,
    retry_non_idempotent: bool,
}

impl RetryMiddleware {
    /// Makes a middleware that retries under `policy`.
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
}

impl<B> RetryMiddleware<B> {
    /// Sets whether every request may be sent again, even a POST without `Idempotency-Key`, after any
    /// error and any response that is retried. The default is `false`.
    #[must_use]
    pub fn retry_non_idempotent(mut self, retry: bool) -> Self {
        self.retry_non_idempotent = retry;
        self
    }

    /// The policy whose schedule is used after a 429.
    #[must_use]
    pub fn throttled(mut self, policy: Policy) -> Self {
        self.throttled = Some(policy);
        self
    }

    /// Makes each retry need a permit of `budget`; a refusal ends the call at once.
    #[must_use]
    pub fn budget<N>(self, budget: N) -> RetryMiddleware<N>
    where
        N: Clone + Into<Shared<'static, Budget>>,
    {
        let Self { policy, throttled, name, retry_non_idempotent, .. } = self;
        RetryMiddleware { policy, throttled, budget: Some(budget), name, retry_non_idempotent }
    }

    /// Sets the name in events; the default is `"reqwest_middleware"`.
    #[must_use]
    pub fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

#[async_trait]
impl<B> Middleware for RetryMiddleware<B>
where
    B: Clone + Into<Shared<'static, Budget>> + Send + Sync + 'static,
{
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if request.body().is_some_and(|body| body.as_bytes().is_none()) {
            return next.run(request, extensions).await; // it cannot be copied
        }
        let repeatable =
            self.retry_non_idempotent || is_idempotent(request.method(), request.headers());
        let sent_before = extensions.get().map_or(0, |ResendCount(count)| *count);
        let lender = Lender { kept: Mutex::new(mem::take(extensions)), lent_by: extensions };
        let (kept, request, next, mut attempts) = (&lender.kept, &request, &next, 0_u32);
        #[cfg_attr(feature = "chaos", allow(unused_mut, reason = "it becomes another one"))]
        let mut retrying = self
            .policy
            .retry(|| {
                let resent = attempts;
                attempts = attempts.saturating_add(1);
                async move {
                    // Copied where it is sent from: it is large, and would have to be moved.
                    let copy = request.try_clone().ok_or_else(|| Error::middleware(NotCloned))?;
                    let mut lent = Lent::by(kept);
                    if resent > 0 {
                        lent.extensions.insert(ResendCount(sent_before.saturating_add(resent)));
                    }
                    next.clone().run(copy, &mut lent.extensions).await
                }
            })
            .on(move |error: &Error| if repeatable { error.classify() } else { Verdict::PERMANENT })
            .on_ok(move |response: &Response| {
                if response.status().is_success() {
                    return Verdict::PERMANENT; // whatever its headers say
                }
                let verdict = response.classify();
                if repeatable || status_refuses(response.status(), || verdict.class()) {
                    verdict
                } else {
                    Verdict::PERMANENT
                }
            })
            .name(self.name)
            .with_beside(|_| ()); // a budget, if there is one
        #[cfg(feature = "chaos")]
        let mut retrying = retrying.faults();
        if let Some(policy) = self.throttled {
            retrying = retrying.throttled(policy);
        }
        if let Some(budget) = self.budget.clone() {
            retrying = retrying.budget(budget);
        }
        retrying.await
    }
}

/// How many times a request was sent before, because of retries: an extension of the request in every attempt
/// after the first. It is OpenTelemetry's attribute `http.request.resend_count`, which a span of the first
/// attempt does not have.
///
/// A middleware that makes the spans, added after [`RetryMiddleware`], reads it; with `reqwest-tracing`, a
/// `ReqwestOtelSpanBackend` of your own does so in `on_request_start`:
///
/// ```
/// use http::Extensions;
/// use persevere::Policy;
/// use persevere::reqwest_middleware::{ResendCount, RetryMiddleware};
/// use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
/// use reqwest::{Request, Response};
/// use tracing::Instrument as _;
///
/// struct Spans;
///
/// #[async_trait::async_trait]
/// impl Middleware for Spans {
///     async fn handle(
///         &self,
///         request: Request,
///         extensions: &mut Extensions,
///         next: Next<'_>,
///     ) -> Result<Response> {
///         let span = tracing::info_span!(
///             "HTTP request",
///             http.request.method = %request.method(),
///             http.request.resend_count = extensions.get().map(ResendCount::get),
///         );
///         next.run(request, extensions).instrument(span).await
///     }
/// }
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(RetryMiddleware::new(Policy::AGGRESSIVE))
///     .with(Spans)
///     .build();
/// # drop(client);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResendCount(u32);

impl ResendCount {
    /// The number: 1 in the second attempt.
    #[must_use]
    pub const fn get(&self) -> u32 {
        self.0
    }
}

/// Holds the caller's extensions during the call, and returns them when it ends or is dropped.
struct Lender<'a> {
    kept: Mutex<Extensions>,
    lent_by: &'a mut Extensions,
}

impl Drop for Lender<'_> {
    fn drop(&mut self) {
        *self.lent_by = mem::take(self.kept.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The extensions during one attempt. Attempts run one after the other, so each finds the extensions
/// of the one before.
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

/// The error when a request whose body can be sent again cannot be copied.
#[derive(Debug)]
struct NotCloned;

impl std::fmt::Display for NotCloned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the request cannot be copied for an attempt, though its body could be sent again",
        )
    }
}

impl std::error::Error for NotCloned {}
