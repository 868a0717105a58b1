//! Connections that would fail the same way again: certificates that are not trusted, and proxies
//! that want credentials. Every failure is a real one, of a server on loopback.
//!
//! The clients are built without TLS, so that none needs a C compiler: a connector of ours shakes
//! hands as that of `hyper-rustls` does, and the client wraps what comes of it.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use http::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioExecutor;
use persevere::{Classify as _, Verdict};
use rcgen::{CertificateParams, CertifiedKey, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::transport::Endpoint;
use tower::{Layer, Service, ServiceExt as _, service_fn};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Failing = Pin<Box<dyn Future<Output = BoxError> + Send>>;

/// A certificate for `localhost`, signed by itself.
fn certificate(expired: bool) -> CertifiedKey<KeyPair> {
    let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
    if expired {
        parameters.not_after = rcgen::date_time_ymd(2000, 1, 1);
    }
    let signing_key = KeyPair::generate().unwrap();
    CertifiedKey { cert: parameters.self_signed(&signing_key).unwrap(), signing_key }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn tls_server(key: &CertifiedKey<KeyPair>) -> SocketAddr {
    let (listener, address) = listen().await;
    let private = PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
    let settings = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(settings));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}

/// Answers everything with that, and closes the connection.
async fn plain_server(answer: &'static [u8]) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    address
}

/// Shakes hands, and returns why that failed, as `hyper-rustls` does.
async fn handshake(
    address: SocketAddr,
    host: &'static str,
    trusted: Option<CertificateDer<'static>>,
) -> BoxError {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted);
    let settings = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let host = ServerName::try_from(host).unwrap();
    let connecting = TlsConnector::from(Arc::new(settings)).connect(host, stream);
    io::Error::other(connecting.await.expect_err("a handshake that fails")).into()
}

/// Fails instead of connecting: as a layer over the connector of `reqwest`, and as a connector.
#[derive(Clone)]
struct FailWith<F>(F);

impl<F: Clone, S> Layer<S> for FailWith<F> {
    type Service = Connector<F, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Connector { fail: self.0.clone(), inner }
    }
}

#[derive(Clone)]
struct Connector<F, S> {
    fail: F,
    inner: S,
}

impl<F: Fn() -> Failing, S: Service<R>, R> Service<R> for Connector<F, S>
where
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map(|_| Ok(()))
    }

    fn call(&mut self, _: R) -> Self::Future {
        let failing = (self.fail)();
        Box::pin(async { Err(failing.await) })
    }
}

/// What `reqwest`, `hyper-util` in an `anyhow::Error` of its I/O error, and `tonic` make of a
/// connection that fails like that: the same verdict.
async fn assert_verdict(
    fail: impl Fn() -> Failing + Clone + Send + Sync + 'static,
    verdict: Verdict,
) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .retry(reqwest::retry::never())
        .connector_layer(FailWith(fail.clone()))
        .build()
        .unwrap();
    // Whatever the URL says, it is no witness.
    let error = client.get("http://localhost/certificates?invalid URL, ").send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(error.classify(), verdict, "{error:?}");

    let fail_too = fail.clone();
    let connector = service_fn(move |_: Uri| {
        let failing = fail_too();
        async { Err::<hyper_util::rt::TokioIo<TcpStream>, _>(failing.await) }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    let error = endpoint.connect_with_connector(connector).await.unwrap_err();
    assert_eq!(error.classify(), verdict, "{error:?}");

    let fetching = object_store::client::HttpErrorKind::Connect;
    let error = object_store::client::HttpError::new(fetching, Boxed(fail().await));
    assert_eq!(error.classify(), verdict, "{error:?}");
    let error = aws_smithy_runtime_api::client::result::ConnectorError::io(fail().await);
    assert_eq!(error.classify(), verdict, "{error:?}");
}

#[derive(Debug, thiserror::Error)]
#[error("wrapped")]
struct Boxed(#[source] BoxError);

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_permanent() {
    let key = certificate(false);
    let address = tls_server(&key).await;
    let fail = move || -> Failing { Box::pin(handshake(address, "localhost", None)) };
    let error = fail().await;
    assert!(error.to_string().contains("invalid peer certificate: UnknownIssuer"), "{error}");
    assert_verdict(fail, Verdict::PERMANENT).await;
}

#[tokio::test]
async fn a_certificate_of_another_host_is_permanent() {
    let key = certificate(false);
    let (address, trusted) = (tls_server(&key).await, key.cert.der().clone());
    let fail = move || -> Failing {
        Box::pin(handshake(address, "elsewhere.invalid", Some(trusted.clone())))
    };
    let error = fail().await;
    assert!(error.to_string().contains("not valid for name"), "{error}");
    assert_verdict(fail, Verdict::PERMANENT).await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_permanent() {
    let key = certificate(true);
    let (address, trusted) = (tls_server(&key).await, key.cert.der().clone());
    let fail =
        move || -> Failing { Box::pin(handshake(address, "localhost", Some(trusted.clone()))) };
    let error = fail().await;
    assert!(error.to_string().contains("certificate expired"), "{error}");
    assert_verdict(fail, Verdict::PERMANENT).await;
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_permanent() {
    let address = plain_server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let fail = move || -> Failing { Box::pin(handshake(address, "localhost", None)) };
    assert_verdict(fail, Verdict::PERMANENT).await;
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_transient() {
    const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x50"; // 80, internal_error
    for answer in [&b""[..], ALERT] {
        let address = plain_server(answer).await;
        let fail = move || -> Failing { Box::pin(handshake(address, "localhost", None)) };
        assert_verdict(fail, Verdict::TRANSIENT).await;
    }
}

/// Through a proxy, as every client on `hyper-util` goes.
async fn through_proxy(proxy: SocketAddr) -> BoxError {
    let proxy = format!("http://{proxy}").parse().unwrap();
    let tunnel = Tunnel::new(proxy, HttpConnector::new());
    tunnel.oneshot(Uri::from_static("https://elsewhere.invalid")).await.unwrap_err().into()
}

#[tokio::test]
async fn a_proxy_that_wants_credentials_is_permanent() {
    let proxy = plain_server(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let fail = move || -> Failing { Box::pin(through_proxy(proxy)) };
    assert_verdict(fail, Verdict::PERMANENT).await;
}

#[tokio::test]
async fn a_proxy_that_is_in_trouble_is_transient() {
    for answer in [&b"HTTP/1.1 502 Bad Gateway\r\n\r\n"[..], b""] {
        let proxy = plain_server(answer).await;
        let fail = move || -> Failing { Box::pin(through_proxy(proxy)) };
        assert_verdict(fail, Verdict::TRANSIENT).await;
    }
}

#[tokio::test]
async fn a_scheme_that_the_client_does_not_speak_is_permanent() {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let error = client.get("https://127.0.0.1:1/").send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(error.classify(), Verdict::PERMANENT, "{error:?}");

    // The same connector in its plain form says it in the same words.
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get("https://127.0.0.1:1/").body(Body::empty()).unwrap();
    let error = client.request(request).await.unwrap_err();
    let error = aws_smithy_runtime_api::client::result::ConnectorError::io(error.into());
    assert_eq!(error.classify(), Verdict::PERMANENT, "{error:?}");
    assert!(error.source().is_some());
}
