//! Servers that misbehave below HTTP and then answer well: a retried call gets the answer. And every
//! status, line by line.

use std::time::Duration;

use http::StatusCode;
use persevere::http::{HttpError, ResponseExt as _};
use persevere::{Class, Classify as _, retry};
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to a connection.
#[derive(Clone, Copy)]
enum Trouble {
    /// Closed while the request is unread: the client gets a reset.
    Reset,
    /// The request is read, this is answered, and the connection closed.
    Closed(&'static str),
    /// The request is read, this is answered, and nothing follows, ever.
    Silent(&'static str),
}

const SOUND: Trouble =
    Trouble::Closed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nsound");

/// Serves one connection after the other, each with its trouble; returns the number served once the
/// last is over.
async fn server(troubles: Vec<Trouble>) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let mut open = Vec::new();
        for trouble in &troubles {
            let (mut stream, _) = listener.accept().await.unwrap();
            match trouble {
                Trouble::Reset => stream.readable().await.unwrap(),
                Trouble::Closed(answer) => answer_with(&mut stream, answer).await,
                Trouble::Silent(answer) => {
                    answer_with(&mut stream, answer).await;
                    open.push(stream);
                }
            }
        }
        troubles.len()
    });
    (format!("http://{address}/"), served)
}

async fn answer_with(stream: &mut TcpStream, answer: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut head).await.unwrap() > 0, "a whole request");
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// Has all the time it takes for the last attempt, which is answered.
#[retry(max_retries = 2, base_delay = 0, context = attempt)]
async fn fetch(client: &Client, url: &str, patience: Duration) -> Result<String, HttpError> {
    let patience = if attempt.is_last() { ENOUGH } else { patience };
    let response = client.get(url).timeout(patience).send().await?.error_for_retry()?;
    Ok(response.text().await?)
}

const ENOUGH: Duration = Duration::from_secs(20);

async fn assert_overcome(trouble: Trouble) {
    let patience = match trouble {
        Trouble::Silent(_) => Duration::from_millis(50),
        _ => ENOUGH,
    };
    let client = Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
    let (url, served) = server(vec![trouble, trouble, SOUND]).await;
    let body = fetch(&client, &url, patience).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(body, "sound");
    assert_eq!(served.await.unwrap(), 3);
}

#[tokio::test]
async fn a_connection_that_is_reset() {
    assert_overcome(Trouble::Reset).await;
}

#[tokio::test]
async fn a_connection_that_is_closed_before_the_headers() {
    assert_overcome(Trouble::Closed("")).await;
}

#[tokio::test]
async fn a_connection_that_is_closed_within_the_headers() {
    assert_overcome(Trouble::Closed("HTTP/1.1 200 OK\r\ncontent-le")).await;
}

#[tokio::test]
async fn a_connection_that_is_closed_within_the_body() {
    assert_overcome(Trouble::Closed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nso")).await;
}

#[tokio::test]
async fn a_chunked_body_that_breaks_off() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nso";
    assert_overcome(Trouble::Closed(answer)).await;
}

#[tokio::test]
async fn an_answer_that_is_garbage() {
    assert_overcome(Trouble::Closed("lorem ipsum\r\n\r\n")).await;
}

#[tokio::test]
async fn an_answer_that_never_comes() {
    assert_overcome(Trouble::Silent("")).await;
}

#[tokio::test]
async fn a_body_that_never_ends() {
    assert_overcome(Trouble::Silent("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nso")).await;
}

#[test]
fn every_status_is_classified_by_the_rule() {
    for code in 100..=999 {
        let expected = match code {
            429 => Class::Throttled,
            408 | 425 | 500..=599 => Class::Transient,
            _ => Class::Permanent,
        };
        let status = StatusCode::from_u16(code).unwrap();
        assert_eq!(status.classify().class(), expected, "{status}");
    }
}
