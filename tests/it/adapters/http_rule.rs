//! One rule decides everywhere: for errors, for the responses of `http` and `reqwest`, in the layer
//! and in the middleware.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Extensions, HeaderMap, HeaderValue, Request, Response, StatusCode};
use persevere::http::{HttpError, ResponseExt as _};
use persevere::reqwest_middleware::RetryMiddleware;
use persevere::tower::RetryLayer;
use persevere::{Classify as _, Policy, Verdict};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

/// Retries once, at once.
const ONCE: Policy = Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO);

/// Status, header (each of them names no wait at all, or one of zero), verdict.
const RULE: [(u16, Header, Verdict); 22] = [
    (200, None, Verdict::PERMANENT),
    (401, AT_ONCE, NOT_EVEN_SO),
    (403, None, Verdict::PERMANENT),
    (403, AT_ONCE, zero(Verdict::THROTTLED)),
    (403, Some(("retry-after-ms", "0")), zero(Verdict::THROTTLED)),
    (403, Some(("ratelimit", r#""default";r=0;t=0"#)), zero(Verdict::THROTTLED)),
    (403, Some(("retry-after", "soon")), Verdict::PERMANENT),
    (404, AT_ONCE, NOT_EVEN_SO),
    (408, None, Verdict::TRANSIENT),
    (409, None, Verdict::PERMANENT),
    (413, None, Verdict::PERMANENT),
    (413, AT_ONCE, zero(Verdict::TRANSIENT)),
    (421, None, Verdict::PERMANENT),
    (425, None, Verdict::TRANSIENT),
    (425, AT_ONCE, zero(Verdict::TRANSIENT)),
    (429, None, Verdict::THROTTLED),
    (429, Some(("ratelimit-reset", "0")), zero(Verdict::THROTTLED)),
    (429, Some(("x-ms-retry-after-ms", "0")), zero(Verdict::THROTTLED)),
    (500, None, Verdict::TRANSIENT),
    (501, None, Verdict::TRANSIENT),
    (503, AT_ONCE, zero(Verdict::TRANSIENT)),
    (529, None, Verdict::TRANSIENT),
];

type Header = Option<(&'static str, &'static str)>;

const AT_ONCE: Header = Some(("retry-after", "0"));
const NOT_EVEN_SO: Verdict = zero(Verdict::PERMANENT);

const fn zero(verdict: Verdict) -> Verdict {
    verdict.with_retry_after(Duration::ZERO)
}

fn response(status: u16, header: Header) -> Response<&'static str> {
    let mut response = Response::new("");
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let header =
        header.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
    *response.headers_mut() = HeaderMap::from_iter(header);
    response
}

#[test]
fn responses_and_the_errors_made_from_them_agree() {
    for (status, header, verdict) in RULE {
        let theirs = response(status, header);
        assert_eq!(theirs.classify(), verdict, "{status} {header:?}");
        let error = HttpError::new(theirs.status(), theirs.headers());
        assert_eq!(error.classify(), verdict, "{status} {header:?}");
        let theirs = reqwest::Response::from(theirs);
        assert_eq!(theirs.classify(), verdict, "{status} {header:?}");
        if let Err(error) = theirs.error_for_retry() {
            assert_eq!(error.classify(), verdict, "{status} {header:?}");
        }
    }
}

#[tokio::test]
async fn the_layer_agrees() {
    for (status, header, verdict) in RULE {
        let attempts = AtomicUsize::new(0);
        let service = ServiceBuilder::new().layer(RetryLayer::http(ONCE)).service(service_fn(
            async |_: Request<()>| {
                attempts.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(response(status, header))
            },
        ));
        let last = service.oneshot(Request::new(())).await.unwrap();
        assert_eq!(last.status(), status);
        let expected = 1 + usize::from(verdict.is_retryable());
        assert_eq!(attempts.into_inner(), expected, "{status} {header:?}");
    }
}

/// Answers instead of the network, and counts.
struct Server(Arc<AtomicUsize>, u16, Header);

#[async_trait::async_trait]
impl Middleware for Server {
    async fn handle(
        &self,
        _: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(response(self.1, self.2).into())
    }
}

#[tokio::test]
async fn the_middleware_agrees() {
    for (status, header, verdict) in RULE {
        let attempts = Arc::new(AtomicUsize::new(0));
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(RetryMiddleware::new(ONCE))
            .with(Server(Arc::clone(&attempts), status, header))
            .build();
        let last = client.get("http://localhost/").send().await.unwrap();
        assert_eq!(last.status(), status);
        let expected = 1 + usize::from(verdict.is_retryable());
        assert_eq!(attempts.load(Ordering::Relaxed), expected, "{status} {header:?}");
    }
}
