//! [`DeadlineLayer`] and its service.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, HeaderName, Request};
use persevere_core::facade::{Within, within};
use tower_layer::Layer;
use tower_service::Service;

use crate::deadline::parse_grpc_timeout;

/// Hands the deadline that a caller has sent down to the calls that its request makes: for servers.
///
/// The calls within the request's future keep it, as in [`deadline::scope`](crate::deadline::scope): they
/// begin no wait that would reach it. It counts from the first poll of the response's future. A request
/// without the header, or with one that cannot be read, is handled without a deadline. The request itself is
/// not cut: `tower`'s `TimeoutLayer` does that.
///
/// ```
/// use std::convert::Infallible;
/// use std::time::Duration;
/// use http::Request;
/// use persevere::deadline;
/// use persevere::tower::DeadlineLayer;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
/// let service = ServiceBuilder::new()
///     .layer(DeadlineLayer::grpc())
///     .service(service_fn(async |_: Request<()>| Ok::<_, Infallible>(deadline::remaining())));
///
/// let request = Request::builder().header("grpc-timeout", "250m").body(()).unwrap();
/// assert_eq!(service.oneshot(request).await.unwrap(), Some(Duration::from_millis(250)));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct DeadlineLayer {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Grpc,
    Milliseconds(HeaderName),
}

impl Source {
    fn read(&self, headers: &HeaderMap) -> Option<Duration> {
        match self {
            Self::Grpc => parse_grpc_timeout(headers.get("grpc-timeout")?.to_str().ok()?),
            Self::Milliseconds(name) => {
                let value = headers.get(name)?.to_str().ok()?;
                value.trim().parse().ok().map(Duration::from_millis)
            }
        }
    }
}

impl DeadlineLayer {
    /// Reads `grpc-timeout`, which every gRPC client with a deadline sends.
    #[must_use]
    pub const fn grpc() -> Self {
        Self { source: Source::Grpc }
    }

    /// Reads a header that holds milliseconds, such as `x-envoy-expected-rq-timeout-ms`.
    ///
    /// ```
    /// use http::HeaderName;
    /// use persevere::tower::DeadlineLayer;
    ///
    /// let layer = DeadlineLayer::milliseconds(HeaderName::from_static("x-envoy-expected-rq-timeout-ms"));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub const fn milliseconds(header: HeaderName) -> Self {
        Self { source: Source::Milliseconds(header) }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService { inner, source: self.source.clone() }
    }
}

/// A service whose requests keep the deadline that their caller sent: see [`DeadlineLayer`].
#[derive(Clone)]
pub struct DeadlineService<S> {
    inner: S,
    source: Source,
}

impl<S: fmt::Debug> fmt::Debug for DeadlineService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadlineService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for DeadlineService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Within<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Within<S::Future> {
        let span = self.source.read(request.headers());
        within(span, self.inner.call(request))
    }
}
