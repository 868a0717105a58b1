//! Server-sent events from a server whose connections break: `cargo run --all-features
//! --example events`.
//!
//! The server closes each connection after two events. The client waits as long as the server's `retry:` says,
//! connects anew, and says by `Last-Event-ID` where it stopped: nothing is missed, nothing comes twice. Once all
//! has been sent, the server answers 204, which ends the stream for good.

use std::convert::Infallible;
use std::error::Error;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures::stream::{self, Stream, StreamExt as _};
use persevere::http::{HttpError, ResponseExt as _};
use persevere::stream::reconnect;
use persevere::{Classify, Policy, Verdict};
use sse_stream::SseByteStream;
use tokio::net::TcpListener;

/// What has been received, and all that the next connection needs of those before it.
#[derive(Clone, Debug)]
struct Received {
    data: String,
    /// The last `id:`, of this event or of an earlier one.
    id: Option<String>,
    /// The last `retry:`. `sse-stream` takes it for one only if it is digits alone, as the standard says.
    retry: Option<Duration>,
}

#[derive(Debug)]
enum Failed {
    /// There is no connection.
    Request(HttpError),
    /// It was closed, or it broke.
    Lost { retry: Option<Duration> },
    /// 204: there is nothing to connect to any more.
    Over,
}

impl Classify for Failed {
    fn classify(&self) -> Verdict {
        match self {
            Self::Request(error) => error.classify(),
            Self::Lost { retry: None } => Verdict::TRANSIENT,
            Self::Lost { retry: Some(wait) } => Verdict::TRANSIENT.with_retry_after(*wait),
            Self::Over => Verdict::PERMANENT,
        }
    }
}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        Self::Request(error.into())
    }
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        Self::Request(error)
    }
}

/// One connection, which goes on after `last`.
async fn connect(
    client: &reqwest::Client,
    url: &str,
    last: Option<&Received>,
) -> Result<impl Stream<Item = Result<Received, Failed>> + use<>, Failed> {
    let (id, retry) = last.map_or((None, None), |last| (last.id.clone(), last.retry));
    let mut request = client.get(url).header(header::ACCEPT, "text/event-stream");
    if let Some(id) = &id {
        request = request.header("last-event-id", id);
    }
    let response = request.send().await?.error_for_retry()?;
    if response.status() == StatusCode::NO_CONTENT {
        return Err(Failed::Over);
    }
    let events = Box::pin(SseByteStream::new(response.bytes_stream()));
    Ok(stream::unfold(Some((events, id, retry)), async |connection| {
        let (mut events, mut id, mut retry) = connection?;
        loop {
            let Some(Ok(event)) = events.next().await else {
                return Some((Err(Failed::Lost { retry }), None));
            };
            id = event.id.or(id);
            retry = event.retry.map(Duration::from_millis).or(retry);
            // A block without data is no event.
            if let Some(data) = event.data {
                let received = Received { data, id: id.clone(), retry };
                return Some((Ok(received), Some((events, id, retry))));
            }
        }
    }))
}

const EVENTS: u64 = 6;

/// Sends two events, and hangs up.
fn flapping(headers: &HeaderMap, connections: &AtomicU64) -> Response {
    connections.fetch_add(1, Ordering::SeqCst);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let next = last.map_or(1, |last: u64| last + 1);
    if next > EVENTS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let sent = (next..next + 2).map(|id| format!("id: {id}\ndata: number {id}\n\n"));
    // Not digits alone: no word of the server's.
    let blocks =
        ["retry: 20\n\n".to_owned(), "retry: 1 hour\n\n".to_owned()].into_iter().chain(sent);
    let body = Body::from_stream(stream::iter(blocks.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let connections = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&connections);
    let events = get(move |headers: HeaderMap| ready(flapping(&headers, &counted)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/events", listener.local_addr()?);
    let server =
        tokio::spawn(
            async move { axum::serve(listener, Router::new().route("/events", events)).await },
        );

    let client = reqwest::Client::new();
    let received = reconnect(Policy::RECONNECT, async |last: Option<&Received>| {
        connect(&client, &url, last).await
    });
    let items: Vec<_> = received.inspect(|item| println!("{item:?}")).collect().await;

    let (last, numbers) = items.split_last().ok_or("there are items")?;
    let numbers: Vec<_> = numbers.iter().flatten().map(|event| event.data.as_str()).collect();
    let all: Vec<_> = (1..=EVENTS).map(|id| format!("number {id}")).collect();
    assert_eq!(numbers, all, "each once, in order");
    assert!(matches!(last, Err(Failed::Over)), "{last:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 4);
    server.abort();
    Ok(())
}
