//! A real HTTP server on a loopback port that gives the answers of its script, in order.
//!
//! Some failures have no answer: the server closes the connection, or never replies. The first happens
//! below HTTP, in [`Doorman`], before axum sees the connection.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::serve::Listener;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

/// The answer to one request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// 200, with that body.
    Success(&'static str),
    /// That status, with an empty body.
    Status(u16),
    /// That status, with a `Retry-After` in seconds.
    RetryAfter(u16, u32),
    /// The connection is closed once the request is in.
    Close,
    /// No answer, ever: the client has to time out.
    Silence,
}

/// A running server; it stops with its runtime.
pub(crate) struct Server {
    address: SocketAddr,
    script: Arc<Script>,
}

/// The remaining answers.
#[derive(Default)]
struct Script(Mutex<VecDeque<Answer>>);

impl Server {
    /// Starts a server on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let script = Arc::<Script>::default();
        let service = {
            let script = Arc::clone(&script);
            Router::new().fallback(move || answer(Arc::clone(&script)))
        };
        let doorman = Doorman { listener, script: Arc::clone(&script) };
        tokio::spawn(async move { axum::serve(doorman, service).await });
        Self { address, script }
    }

    /// Sets the answers to the next requests; the rest of an earlier script is dropped.
    pub(crate) fn will_answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.replace(answers);
    }

    /// The number of answers that have not been used yet.
    pub(crate) fn answers_left(&self) -> usize {
        self.script.len()
    }

    /// The address of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Answers one request. After the end of the script, every answer is 410 Gone, which is not retried.
async fn answer(script: Arc<Script>) -> (StatusCode, HeaderMap, &'static str) {
    let status = |code| StatusCode::from_u16(code).expect("the script has real status codes");
    match script.next() {
        Some(Answer::Success(body)) => (StatusCode::OK, HeaderMap::new(), body),
        Some(Answer::Status(code)) => (status(code), HeaderMap::new(), ""),
        Some(Answer::RetryAfter(code, seconds)) => {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(seconds))]);
            (status(code), headers, "")
        }
        Some(Answer::Silence | Answer::Close) => std::future::pending().await,
        None => (StatusCode::GONE, HeaderMap::new(), "the script is over"),
    }
}

/// Accepts connections, and closes one where the script says so. The clients of these examples open a
/// connection for each request, so that connections and answers match.
struct Doorman {
    listener: TcpListener,
    script: Arc<Script>,
}

impl Listener for Doorman {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (mut stream, peer) = Listener::accept(&mut self.listener).await;
            if !self.script.closes_next() {
                return (stream, peer);
            }
            // Read first: closing with unread bytes would reset the connection, with another message.
            let _ = stream.read(&mut [0; 4096]).await;
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Script {
    fn with<T>(&self, change: impl FnOnce(&mut VecDeque<Answer>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, answers: impl IntoIterator<Item = Answer>) {
        self.with(|script| *script = answers.into_iter().collect());
    }

    fn len(&self) -> usize {
        self.with(|script| script.len())
    }

    fn next(&self) -> Option<Answer> {
        self.with(VecDeque::pop_front)
    }

    /// Takes the next answer if it is to close the connection, and returns whether it is.
    fn closes_next(&self) -> bool {
        self.with(|script| {
            let closes = matches!(script.front(), Some(Answer::Close));
            if closes {
                script.pop_front();
            }
            closes
        })
    }
}

/// A client that opens a connection for each request.
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy()
}
