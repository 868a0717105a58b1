//! A real `reqwest` client against servers on loopback, sound ones and such as misbehave.

use crate::support::loopback;

use std::cell::RefCell;
use std::error::Error as _;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use http::StatusCode;
use persevere::http::{HttpError, ResponseExt as _};
use persevere::{Classify, Verdict, retry};
use reqwest::Client;

use self::loopback::{client, closing_server, fetch, listen, silent_server, sound_server};

const SECOND: Duration = Duration::from_secs(1);

async fn status_error(code: u16, wait: &str) -> HttpError {
    let url = format!(
        "http://user:password@{}/status/{code}/{wait}?token=secret#part",
        sound_server().await
    );
    fetch(&client(), url).await.unwrap().error_for_retry().unwrap_err()
}

/// What must hold of every failed call: `HttpError` judges as the error it came from, names the
/// root cause, keeps the source, and shows no secret.
fn assert_failure(error: reqwest::Error, verdict: Verdict, root_cause: &str) -> HttpError {
    assert_eq!(error.classify(), verdict, "{error:?}");
    let error = HttpError::from(error);
    assert_eq!(error.classify(), verdict, "{error:?}");
    assert_eq!(error.retry_after(), None);
    let message = error.to_string();
    assert!(message.contains(root_cause), "{message:?} does not name {root_cause:?}");
    let source = error.source().expect("the client's own error");
    assert!(source.is::<reqwest::Error>());
    for text in [message, format!("{error:?}")] {
        assert!(!text.contains("secret") && !text.contains("password"), "{text}");
    }
    error
}

#[tokio::test]
async fn error_for_retry_keeps_the_status_and_the_wait() {
    for (code, verdict) in [
        (400, Verdict::PERMANENT),
        (404, Verdict::PERMANENT),
        (408, Verdict::TRANSIENT),
        (425, Verdict::TRANSIENT),
        (429, Verdict::THROTTLED),
        (500, Verdict::TRANSIENT),
        (503, Verdict::TRANSIENT),
        (599, Verdict::TRANSIENT),
    ] {
        let error = status_error(code, "7").await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(code));
        assert_eq!(error.retry_after(), Some(7 * SECOND));
        assert_eq!(error.classify(), verdict.with_retry_after(7 * SECOND));
        assert!(error.source().is_none());

        let error = status_error(code, "-").await;
        assert_eq!(error.retry_after(), None);
        assert_eq!(error.classify(), verdict);
    }
}

/// With this header, the condition is temporary.
#[tokio::test]
async fn a_wait_means_that_a_refusal_is_temporary() {
    for (code, verdict) in [(403, Verdict::THROTTLED), (413, Verdict::TRANSIENT)] {
        let error = status_error(code, "60").await;
        assert_eq!(error.classify(), verdict.with_retry_after(60 * SECOND), "{code}");
        let error = status_error(code, "-").await;
        assert_eq!(error.classify(), Verdict::PERMANENT, "{code}");
        let error = status_error(code, "soon").await;
        assert_eq!(error.classify(), Verdict::PERMANENT, "{code}");
    }
}

#[tokio::test]
async fn a_response_is_judged_as_the_error_made_from_it() {
    let address = sound_server().await;
    for (code, wait) in [(403, "60"), (403, "-"), (413, "60"), (425, "-"), (429, "7"), (503, "7")] {
        let response = fetch(&client(), format!("http://{address}/status/{code}/{wait}")).await;
        let response = response.unwrap();
        let verdict = response.classify();
        assert_eq!(response.error_for_retry().unwrap_err().classify(), verdict, "{code}");
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        if wait != "-" {
            response.headers_mut().insert(RETRY_AFTER, wait.parse().unwrap());
        }
        assert_eq!(response.classify(), verdict, "{code}");
    }
}

#[tokio::test]
async fn a_status_is_shown_with_its_origin_but_no_secrets() {
    let error = status_error(503, "7").await;
    let message = error.to_string();
    assert!(message.starts_with("503 Service Unavailable from http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("/status/503/7, retry after 7 s"), "{message}");
    for text in [message, format!("{error:?}")] {
        for hidden in ["user", "password", "token", "secret", "part"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
    let message = status_error(599, "-").await.to_string();
    assert!(message.starts_with("599 from http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("/status/599/-"), "{message}");
}

#[tokio::test]
async fn what_is_no_failure_passes_through() {
    let address = sound_server().await;
    for code in [200, 201, 204, 299, 300, 304, 399] {
        let url = format!("http://{address}/status/{code}/7");
        let response = fetch(&client(), url).await.unwrap().error_for_retry().unwrap();
        assert_eq!(response.status().as_u16(), code);
        let body = response.text().await.unwrap();
        assert!(body == format!("body of {code}") || matches!(code, 204 | 304), "{body}");
    }
}

#[tokio::test]
async fn error_for_status_goes_by_the_status_too() {
    let address = sound_server().await;
    for (code, verdict, cause) in [
        (404, Verdict::PERMANENT, "404 Not Found"),
        (408, Verdict::TRANSIENT, "408 Request Timeout"),
        (429, Verdict::THROTTLED, "429 Too Many Requests"),
        (503, Verdict::TRANSIENT, "503 Service Unavailable"),
    ] {
        let url = format!("http://user:password@{address}/status/{code}/7?token=secret");
        let error = fetch(&client(), url).await.unwrap().error_for_status().unwrap_err();
        let error = assert_failure(error, verdict, cause);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(code));
    }
}

#[tokio::test]
async fn a_refused_connection_is_transient() {
    let (listener, address) = listen().await;
    drop(listener);
    let url = format!("http://user:password@{address}/?token=secret");
    let error = fetch(&client(), url).await.unwrap_err();
    assert!(error.is_connect());
    let error = assert_failure(error, Verdict::TRANSIENT, "refused");
    assert_eq!(error.status(), None);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_is_transient() {
    let address = closing_server(b"").await;
    let error = fetch(&client(), format!("http://{address}/")).await.unwrap_err();
    assert_failure(error, Verdict::TRANSIENT, "connection closed before message completed");
    let address = closing_server(b"HTTP/1.1 200 OK\r\nContent-Le").await;
    let error = fetch(&client(), format!("http://{address}/")).await.unwrap_err();
    assert_failure(error, Verdict::TRANSIENT, "connection closed before message completed");
}

/// Where a timeout is set, the client wraps the body once more, and so its errors.
#[tokio::test]
async fn a_connection_closed_within_the_body_is_transient() {
    let hour = Client::builder().no_proxy().timeout(3_600 * SECOND).build().unwrap();
    let counted = closing_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2").await;
    let chunked =
        closing_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2").await;
    for (address, cause) in
        [(counted, "end of file before message length reached"), (chunked, "unexpected EOF")]
    {
        for client in [&client(), &hour] {
            let response = || fetch(client, format!("http://{address}/?token=secret"));
            let error = response().await.unwrap().text().await.unwrap_err();
            assert_failure(error, Verdict::TRANSIENT, cause);
            let error = response().await.unwrap().bytes().await.unwrap_err();
            assert_failure(error, Verdict::TRANSIENT, cause);
            let error = response().await.unwrap().json::<Vec<u8>>().await.unwrap_err();
            assert_failure(error, Verdict::TRANSIENT, cause);
            let mut response = response().await.unwrap();
            let error = loop {
                match response.chunk().await {
                    Ok(chunk) => assert!(chunk.is_some(), "the body ended well"),
                    Err(error) => break error,
                }
            };
            assert_failure(error, Verdict::TRANSIENT, cause);
        }
    }
}

/// On a slow machine the timeout strikes while connecting, and is the same there.
#[tokio::test]
async fn a_server_that_keeps_silent_is_transient() {
    let client = Client::builder().no_proxy().timeout(Duration::from_millis(5)).build().unwrap();
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2"] {
        let address = silent_server(answer.as_bytes()).await;
        let text =
            async { fetch(&client, format!("http://{address}/?token=secret")).await?.text().await };
        let error = text.await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_failure(error, Verdict::TRANSIENT, "timed out");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_transient() {
    for garbage in [&b"\x15\x03\x01\x00\x02\x02\x46"[..], b"SSH-2.0-OpenSSH_9.6\r\n", b"\0\0\0\0"] {
        let address = closing_server(garbage).await;
        let error = fetch(&client(), format!("http://{address}/")).await.unwrap_err();
        assert!(error.is_request());
        assert_failure(error, Verdict::TRANSIENT, "invalid HTTP version parsed");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_was_expected_is_permanent() {
    let address = sound_server().await;
    let url = format!("http://{address}/status/200/-?token=secret");
    let error = fetch(&client(), url).await.unwrap().json::<Vec<u8>>().await.unwrap_err();
    assert!(error.is_decode());
    assert_failure(error, Verdict::PERMANENT, "expected value at line 1 column 1");

    // Cut short by the server itself, which says that this was all.
    let address = closing_server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1, 2").await;
    let url = format!("http://{address}/");
    let error = fetch(&client(), url).await.unwrap().json::<Vec<u8>>().await.unwrap_err();
    assert_failure(error, Verdict::PERMANENT, "EOF while parsing a list");
}

#[tokio::test]
async fn a_redirect_loop_is_permanent() {
    let url = format!("http://{}/loop", sound_server().await);
    let error = fetch(&client(), url).await.unwrap_err();
    assert!(error.is_redirect());
    assert_failure(error, Verdict::PERMANENT, "too many redirects");
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_permanent() {
    let error = fetch(&client(), "/relative?token=secret").await.unwrap_err();
    assert!(error.is_builder());
    assert_failure(error, Verdict::PERMANENT, "relative URL without a base");
    let error = fetch(&client(), "ftp://127.0.0.1/").await.unwrap_err();
    assert_failure(error, Verdict::PERMANENT, "URL scheme is not allowed");
    let error = client().get("http://127.0.0.1/").header("a", "\n").send().await.unwrap_err();
    assert_failure(error, Verdict::PERMANENT, "failed to parse header value");
}

#[tokio::test]
async fn a_refused_upgrade_is_permanent() {
    let url = format!("http://{}/status/200/-", sound_server().await);
    let error = fetch(&client(), url).await.unwrap().upgrade().await.unwrap_err();
    assert!(error.is_upgrade());
    assert_failure(error, Verdict::PERMANENT, "upgrade");
}

thread_local! {
    static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn recorder(delay: Duration) -> std::future::Ready<()> {
    WAITS.with_borrow_mut(|waits| waits.push(delay));
    std::future::ready(())
}

#[retry(max_retries = 2, sleep = recorder)]
async fn report(url: &str) -> Result<String, HttpError> {
    let response = fetch(&client(), url).await?.error_for_retry()?;
    Ok(response.text().await?)
}

#[tokio::test]
async fn a_retried_call_waits_as_long_as_the_server_asks() {
    let address = sound_server().await;
    let error = report(&format!("http://{address}/status/503/60")).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    let waits = WAITS.take();
    assert_eq!(waits.len(), 2);
    assert!(waits.iter().all(|wait| (60 * SECOND..=75 * SECOND).contains(wait)), "{waits:?}");

    let error = report(&format!("http://{address}/status/404/60")).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    assert_eq!(report(&format!("http://{address}/status/200/60")).await.unwrap(), "body of 200");
    assert!(WAITS.take().is_empty());
}
