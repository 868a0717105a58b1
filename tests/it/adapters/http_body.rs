//! The parts of a response that an error keeps besides its status: headers and the body's beginning.

use crate::support::loopback;
use crate::support::waited;

use std::sync::LazyLock;
use std::time::Duration;

use persevere::http::{HttpError, ResponseExt as _};
use persevere::{Classify as _, Verdict, retry};
use reqwest::Client;

use self::loopback::{client, closing_server, fetch, silent_server, sound_server};
use self::waited::{note_later, waited};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn the_headers_are_kept_but_not_shown() {
    let answer = b"HTTP/1.1 429 Too Many Requests\r\nx-ratelimit-remaining: 0\r\n\
        x-ratelimit-reset: 9999999999\r\nset-cookie: session=secret\r\n\
        content-length: 0\r\n\r\n";
    let url = format!("http://{}/", closing_server(answer).await);
    let error = fetch(&client(), url).await.unwrap().error_for_retry().unwrap_err();
    assert_eq!(error.headers()["x-ratelimit-reset"], "9999999999");
    assert_eq!(error.headers()["set-cookie"], "session=secret");
    // The year 2286: far off, but it is the time that the header names.
    assert!(error.retry_after() > Some(3_600 * SECOND), "{error}");
    assert_eq!(error.classify().class(), persevere::Class::Throttled);
    for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!text.contains("secret") && !text.contains("cookie"), "{text}");
    }
    assert!(size_of::<HttpError>() <= 32, "it is passed about in every result");

    let none = HttpError::from(persevere::Rejection::TimedOut);
    assert!(none.headers().is_empty());
    assert_eq!(none.body(), None);
}

#[tokio::test]
async fn the_body_is_kept_where_it_is_asked_for() {
    let url = format!("http://{}/status/429/7", sound_server().await);
    let get = || async { fetch(&client(), &url).await.unwrap() };
    let error = get().await.error_for_retry_with_body().await.unwrap_err();
    assert_eq!(error.body(), Some("body of 429"));
    assert_eq!(error.classify(), Verdict::THROTTLED.with_retry_after(7 * SECOND));
    assert!(error.to_string().ends_with("/status/429/7, retry after 7 s: body of 429"), "{error}");
    assert!(format!("{error:?}").contains("body of 429"), "{error:?}");
    assert_eq!(get().await.error_for_retry().unwrap_err().body(), None);

    let url = format!("http://{}/status/200/-", sound_server().await);
    let response = fetch(&client(), url).await.unwrap().error_for_retry_with_body().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "body of 200");
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_read_to_its_end() {
    static ENDLESS: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let head = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 99999999\r\n\r\n";
        [&head[..], &[b'x'; 20_000]].concat()
    });
    let url = format!("http://{}/", silent_server(&ENDLESS).await);
    let error = fetch(&client(), url).await.unwrap().error_for_retry_with_body().await.unwrap_err();
    assert_eq!(error.body(), Some(&*"x".repeat(HttpError::BODY_LIMIT)));
    assert!(error.to_string().ends_with("xxx…"), "{error}");
    assert!(error.to_string().len() < 300, "{error}");
}

#[tokio::test]
async fn of_a_body_that_breaks_off_or_stops_what_came_is_kept() {
    let answer =
        b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 99\r\n\r\n{\"error\":\r\n\x1b[31m";
    let error = |address, client: Client| async move {
        let response = fetch(&client, format!("http://{address}/")).await.unwrap();
        response.error_for_retry_with_body().await.unwrap_err()
    };
    let impatient =
        Client::builder().no_proxy().read_timeout(Duration::from_millis(50)).build().unwrap();
    for error in [
        error(closing_server(answer).await, client()).await,
        error(silent_server(answer).await, impatient).await,
    ] {
        assert_eq!(error.classify(), Verdict::THROTTLED);
        assert_eq!(error.body(), Some("{\"error\":\r\n\x1b[31m"));
        assert!(error.to_string().ends_with(r#": {"error":\r\n\u{1b}[31m"#), "{error}");
        assert!(!format!("{error:?}").contains(['\n', '\x1b']), "{error:?}");
    }
}

/// A 429 for an unpaid account does not go away by waiting.
fn unless_unpaid(error: &HttpError) -> Verdict {
    match error.body() {
        Some(body) if body.contains("insufficient_quota") => Verdict::PERMANENT,
        _ => error.classify(),
    }
}

#[retry(when = unless_unpaid, sleep = note_later)]
async fn complete(url: &str) -> Result<String, HttpError> {
    let response = fetch(&client(), url).await?.error_for_retry_with_body().await?;
    Ok(response.text().await?)
}

#[tokio::test]
async fn a_body_decides_in_when() {
    let unpaid = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 40\r\n\r\n\
        {\"error\": {\"code\": \"insufficient_quota\"}}";
    let busy = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nbusy";
    for (answer, waits) in [(&unpaid[..], 0), (busy, 5)] {
        let url = format!("http://{}/", closing_server(answer).await);
        complete(&url).await.unwrap_err();
        assert_eq!(waited().len(), waits);
    }
}
