//! [`RetryLayer`] and its service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use persevere_core::closure::parts::WithBeside;
use tower_layer::Layer;
use tower_service::Service;

use crate::tower::resent::{Call, begin};
use crate::tower::{
    AnyRequest, ByClassify, ByClone, ByFunction, ClassifyOutcome, CloneRequest, CloneWith,
    Idempotency, Refusal, WithFaults,
};
#[cfg(feature = "http")]
use crate::tower::{ByMethod, ByStatus};
use crate::{Budget, Policy, Shared, Verdict};

/// Retries a service's requests under a [`Policy`].
///
/// The service must be `Clone`, as clients are: each call takes a clone with it, and so does each
/// retry. Besides that clone and the request's, a call that succeeds at once costs nothing: no clock
/// reading, no random number, no allocation. The caller gets the last attempt's own response or error.
///
/// `C` classifies outcomes, `I` decides which requests may be sent twice, `R` copies requests.
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use persevere::Policy;
/// use persevere::tower::RetryLayer;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let retries = RetryLayer::new(Policy::DEFAULT.with_base_delay(Duration::ZERO)).name("double");
/// let service = ServiceBuilder::new()
///     .layer(retries)
///     .service(service_fn(async |number: u32| Ok::<_, io::Error>(2 * number)));
/// assert_eq!(service.oneshot(21).await.ok(), Some(42));
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RetryLayer<C = ByClassify, I = AnyRequest, R = ByClone, B = &'static Budget> {
    settings: RetrySettings<B>,
    classification: C,
    idempotency: I,
    cloning: R,
}

#[derive(Clone, Copy, Debug)]
struct RetrySettings<B> {
    policy: Policy,
    throttled: Option<Policy>,
    budget: Option<B>,
    name: &'static str,
}

impl RetryLayer {
    /// Retries errors as they [`Classify`](crate::Classify) themselves; every response is a success
    /// and every request may be sent again. For HTTP, begin with `RetryLayer::http`.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self::with(policy, ByClassify, AnyRequest)
    }
}

#[cfg(feature = "http")]
impl RetryLayer<ByStatus, ByMethod> {
    /// Retries HTTP requests: responses by their status and `Retry-After` ([the
    /// rule](crate::http)), and after every error if the request is idempotent. A request that is not
    /// idempotent is sent again only after a response that means that [nothing was
    /// done](crate::http::was_refused).
    ///
    /// ```
    /// use std::time::Duration;
    /// use http::{Request, Response};
    /// use persevere::Policy;
    /// use persevere::tower::RetryLayer;
    /// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let policy = Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::ZERO);
    /// let service = ServiceBuilder::new()
    ///     .layer(RetryLayer::http(policy))
    ///     .service(service_fn(async |_: Request<()>| {
    ///         Response::builder().status(503).body(())
    ///     }));
    /// let response = service.oneshot(Request::new(())).await.unwrap(); // after three attempts
    /// assert_eq!(response.status(), 503);
    /// # });
    /// ```
    #[must_use]
    pub const fn http(policy: Policy) -> Self {
        Self::with(policy, ByStatus, ByMethod { all: false })
    }
}

impl<C, I> RetryLayer<C, I> {
    const fn with(policy: Policy, classification: C, idempotency: I) -> Self {
        let settings = RetrySettings { policy, throttled: None, budget: None, name: "tower" };
        Self { settings, classification, idempotency, cloning: ByClone }
    }
}

#[cfg(feature = "http")]
impl<C, R, B> RetryLayer<C, ByMethod, R, B> {
    /// Sets whether every request may be sent again, even a POST without `Idempotency-Key`, after any
    /// error and any response that is retried. The default is `false`.
    ///
    /// ```
    /// use persevere::Policy;
    /// use persevere::tower::RetryLayer;
    ///
    /// let layer = RetryLayer::http(Policy::DEFAULT).retry_non_idempotent(true);
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn retry_non_idempotent(mut self, retry: bool) -> Self {
        self.idempotency.all = retry;
        self
    }
}

impl<C, I, R, B> RetryLayer<C, I, R, B> {
    /// Lets `classify` decide which outcomes to retry, by a [`Verdict`] or a `bool`. For a response,
    /// `false` means success.
    ///
    /// ```
    /// use std::io;
    /// use persevere::tower::RetryLayer;
    /// use persevere::{Classify as _, Policy, Verdict};
    ///
    /// let layer = RetryLayer::new(Policy::DEFAULT).classify(
    ///     |outcome: Result<&String, &io::Error>| match outcome {
    ///         Ok(state) => Verdict::from(state == "pending"),
    ///         Err(error) => error.classify(),
    ///     },
    /// );
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn classify<Res, Err, V, F>(self, classify: F) -> RetryLayer<ByFunction<F>, I, R, B>
    where
        F: Fn(Result<&Res, &Err>) -> V,
        V: Into<Verdict>,
    {
        let Self { settings, idempotency, cloning, .. } = self;
        RetryLayer { settings, classification: ByFunction(classify), idempotency, cloning }
    }

    /// Copies requests by `clone`, which is called before every attempt. A request for which it returns
    /// `None` is sent once.
    ///
    /// ```
    /// use persevere::Policy;
    /// use persevere::tower::RetryLayer;
    ///
    /// struct Upload { chunk: Option<Vec<u8>> } // `None`: read from a stream
    ///
    /// let layer = RetryLayer::new(Policy::DEFAULT).clone_request(|upload: &Upload| {
    ///     upload.chunk.clone().map(|chunk| Upload { chunk: Some(chunk) })
    /// });
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn clone_request<Req, F>(self, clone: F) -> RetryLayer<C, I, CloneWith<F>, B>
    where
        F: Fn(&Req) -> Option<Req>,
    {
        let Self { settings, classification, idempotency, .. } = self;
        RetryLayer { settings, classification, idempotency, cloning: CloneWith(clone) }
    }

    /// The policy whose schedule is used when an outcome is throttled.
    #[must_use]
    pub fn throttled(mut self, policy: Policy) -> Self {
        self.settings.throttled = Some(policy);
        self
    }

    /// Makes each retry need a permit of `budget`; a refusal ends the call at once.
    #[must_use]
    pub fn budget<N>(self, budget: N) -> RetryLayer<C, I, R, N>
    where
        N: Clone + Into<Shared<'static, Budget>>,
    {
        let Self { settings, classification, idempotency, cloning } = self;
        let RetrySettings { policy, throttled, name, .. } = settings;
        let settings = RetrySettings { policy, throttled, budget: Some(budget), name };
        RetryLayer { settings, classification, idempotency, cloning }
    }

    /// Lets chaos fail attempts, with the feature of that name: the service's error is made of a fault, by
    /// `From<Rejection>`, as tower's own [`BoxError`](crate::tower::BoxError) is. It stays until the next
    /// [`classify`](Self::classify). Without it, chaos can only delay them; without the feature, it does nothing.
    ///
    /// Chaos knows the layer by its [`name`](Self::name). A fault takes the place of the service below, and the error is
    /// judged like any other. A call that began before any table broke attempts is left alone.
    ///
    /// ```
    /// # #[cfg(feature = "chaos")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use persevere::overrides::Overrides;
    /// use persevere::tower::RetryLayer;
    /// use persevere::{Policy, Rejection};
    /// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
    ///
    /// let retries = RetryLayer::new(Policy::DEFAULT.with_base_delay(Duration::ZERO));
    /// let service = ServiceBuilder::new()
    ///     .layer(retries.name("double").faults())
    ///     .service(service_fn(async |number: u32| Ok::<_, Rejection>(2 * number)));
    /// let table: Overrides = "double=chaos:2*return(timeout)".parse().unwrap();
    /// assert_eq!(table.scope(service.oneshot(21)).await, Ok(42)); // in the third attempt
    /// # });
    /// ```
    #[must_use]
    pub fn faults(self) -> RetryLayer<WithFaults<C>, I, R, B> {
        let Self { settings, classification, idempotency, cloning } = self;
        RetryLayer { settings, classification: WithFaults(classification), idempotency, cloning }
    }

    /// Sets the name in events; the default is `"tower"`.
    #[must_use]
    pub fn name(mut self, name: &'static str) -> Self {
        self.settings.name = name;
        self
    }
}

impl<S, C: Clone, I: Clone, R: Clone, B> Layer<S> for RetryLayer<C, I, R, B>
where
    B: Clone + Into<Shared<'static, Budget>>,
{
    type Service = RetryService<S, C, I, R>;

    fn layer(&self, inner: S) -> Self::Service {
        let Self { settings, classification, idempotency, cloning } = self.clone();
        let RetrySettings { policy, throttled, budget, name } = settings;
        let settings = WithBeside::new(policy, name, throttled, budget.map(Into::into));
        let settings = Arc::new(settings);
        RetryService { inner, settings, classification, idempotency, cloning }
    }
}

/// A service whose requests are retried: see [`RetryLayer`].
///
/// It is ready when the inner service is, and sends the request when it is called. A retry waits for
/// readiness again.
#[derive(Clone, Debug)]
pub struct RetryService<S, C = ByClassify, I = AnyRequest, R = ByClone> {
    inner: S,
    /// Shared with the requests, so that a request's future is small.
    settings: Arc<WithBeside>,
    classification: C,
    idempotency: I,
    cloning: R,
}

impl<S, Req, C, I, R> Service<Req> for RetryService<S, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error> + Clone,
    I: Idempotency<Req> + Refusal<S::Response> + Clone,
    R: CloneRequest<Req> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RetryFuture<S, Req, C, I, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let next = self.inner.clone();
        // The clone may not be ready, so the call takes the original, which is.
        let service = std::mem::replace(&mut self.inner, next);
        let Self { settings, classification, idempotency, cloning, .. } = self;
        let rules = (classification.clone(), idempotency.clone(), cloning.clone());
        RetryFuture { call: begin(service, request, settings, rules) }
    }
}

pin_project_lite::pin_project! {
    /// The future of a [`RetryService`]: from the first attempt to the outcome.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<S, Req, C, I, R>
    where
        S: Service<Req>,
        S: Clone,
        I: Idempotency<Req>,
        R: CloneRequest<Req>,
    {
        #[pin]
        call: Call<S, Req, C, I, R>,
    }
}

impl<S, Req, C, I, R> Future for RetryFuture<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    S::Error: fmt::Debug,
    C: ClassifyOutcome<S::Response, S::Error>,
    I: Idempotency<Req> + Refusal<S::Response>,
    R: CloneRequest<Req>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().call.poll(context).map(|outcome| match outcome {
            Ok(answer) => Ok(answer.inner),
            Err(answer) => Err(answer.inner),
        })
    }
}

impl<S, Req, C, I, R> fmt::Debug for RetryFuture<S, Req, C, I, R>
where
    S: Service<Req> + Clone,
    I: Idempotency<Req>,
    R: CloneRequest<Req>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").finish_non_exhaustive()
    }
}
