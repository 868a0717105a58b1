//! A real server fails, throttles, hangs up and stays silent; a real client calls it through functions
//! that retry themselves.
//!
//! `cargo run --example quickstart`
//!
//! The waits are shortened by `base_delay`, so that the whole takes a few seconds. Leave it out
//! and the policies' own waits apply: 2 s, 4 s, 8 s … for "default".

#[path = "../server/mod.rs"]
mod server;
mod story;

use std::time::Duration;

use persevere::http::{HttpError, ResponseExt};
use persevere::{Class, Jitter, Policy, retry};
use reqwest::{Client, StatusCode};

use crate::server::{Answer, Server};
use crate::story::Story;

/// The part that all these functions share: one GET, its body as text, without retries.
async fn get(client: &Client, url: &str) -> Result<String, HttpError> {
    let response = client.get(url).send().await?.error_for_retry()?;
    Ok(response.text().await?)
}

/// `HttpError` knows what 503, 404 or a closed connection mean: nothing else to configure.
#[retry(base_delay = "80ms", on_retry = |event| story.print(event), on_give_up = |event| story.print(event))]
async fn report(story: &Story, client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// When the service throttles, the waits of "aggressive"; otherwise the function's own.
#[retry(
    base_delay = "80ms",
    jitter = "none",
    throttled = "aggressive",
    on_retry = |event| story.print(event),
    on_give_up = |event| story.print(event),
)]
async fn quota(story: &Story, client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// A policy of your own is a constant: a bad one does not compile.
const PATIENT: Policy = Policy::CONSERVATIVE
    .with_max_retries(4)
    .with_base_delay(Duration::from_millis(40))
    .with_max_delay(Duration::from_millis(200))
    .with_jitter(Jitter::Equal);

#[retry(policy = PATIENT, on_retry = |event| story.print(event), on_give_up = |event| story.print(event))]
async fn upload(story: &Story, client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// A pattern overrules the error's own verdict: here a 404 means "not there yet".
#[retry(
    policy = "conservative",
    on = error if error.status() == Some(StatusCode::NOT_FOUND),
    base_delay = "80ms",
    on_retry = |event| story.print(event),
    on_give_up = |event| story.print(event),
)]
async fn fresh_record(story: &Story, client: &Client, url: &str) -> Result<String, HttpError> {
    get(client, url).await
}

/// The body knows which attempt it is, and may end the call whatever the error's verdict.
#[retry(
    context = attempt,
    base_delay = "80ms",
    on_retry = |event| story.print(event),
    on_give_up = |event| story.print(event),
)]
async fn impatient(story: &Story, client: &Client, url: &str) -> Result<String, HttpError> {
    if attempt.number() == 2 {
        attempt.give_up();
    }
    get(client, url).await
}

/// No hooks: with the feature `tracing`, every retry is a log line anyway.
#[retry(base_delay = "80ms", id = order)]
async fn confirm(client: &Client, url: &str, order: u32) -> Result<String, HttpError> {
    get(client, &format!("{url}/{order}")).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest::Error> {
    let server = Server::start().await;
    let client = server::client().build()?;
    println!("A server that misbehaves listens on {}", server.url("/"));

    busy_server(&server, &client).await;
    rate_limit(&server, &client).await;
    closed_connections(&server, &client).await;
    slow_server(&server).await?;
    missing_page(&server, &client).await;
    broken_server(&server, &client).await;
    overruled(&server, &client).await;
    steered(&server, &client).await;
    logged(&server, &client).await;

    println!("\nEvery call ended as it should.");
    Ok(())
}

async fn busy_server(server: &Server, client: &Client) {
    let story = Story::begin(
        "The server is busy, then times out, then answers",
        r#"#[retry(base_delay = "80ms")]   policy "default""#,
    );
    server.will_answer([Answer::Status(503), Answer::Status(408), Answer::Success("report 7")]);

    let outcome = report(&story, client, &server.url("/reports/7")).await;

    let failures = story.end(&outcome);
    assert_eq!(outcome.ok().as_deref(), Some("report 7"));
    assert_eq!(failures.len(), 2);
    assert!(failures.iter().all(|failure| failure.class == Class::Transient));
}

async fn rate_limit(server: &Server, client: &Client) {
    let story = Story::begin(
        "The server limits its callers, and says for how long; jitter comes on top of that",
        r#"#[retry(base_delay = "80ms", jitter = "none", throttled = "aggressive")]"#,
    );
    server.will_answer([
        Answer::RetryAfter(429, 2),
        Answer::Status(503),
        Answer::Success("12 calls left"),
    ]);

    let outcome = quota(&story, client, &server.url("/quota")).await;

    let failures = story.end(&outcome);
    assert_eq!(outcome.ok().as_deref(), Some("12 calls left"));
    let [throttled, busy] = failures[..] else { panic!("two attempts failed") };
    assert_eq!(throttled.class, Class::Throttled);
    assert!(throttled.wait >= Some(Duration::from_secs(2)), "Retry-After is the least to wait");
    assert_eq!(busy.class, Class::Transient);
    assert_eq!(busy.wait, Some(Duration::from_millis(160)), "80 ms, doubled once, no jitter");
}

async fn closed_connections(server: &Server, client: &Client) {
    let story = Story::begin(
        "The connection is closed before the answer, twice",
        "#[retry(policy = PATIENT)]   a constant: 40 ms doubling up to 200 ms, equal jitter",
    );
    server.will_answer([Answer::Close, Answer::Close, Answer::Success("stored")]);

    let outcome = upload(&story, client, &server.url("/upload")).await;

    let failures = story.end(&outcome);
    assert_eq!(outcome.ok().as_deref(), Some("stored"));
    assert_eq!(failures.len(), 2);
    for (retry_index, failure) in (0..).zip(&failures) {
        let wait = failure.wait.expect("the failure was retried");
        assert!(PATIENT.delay_range(retry_index).contains(&wait));
    }
}

async fn slow_server(server: &Server) -> Result<(), reqwest::Error> {
    let story = Story::begin(
        "The server does not answer, and the client loses patience",
        r#"#[retry(base_delay = "80ms")]   a client with a timeout of half a second"#,
    );
    server.will_answer([Answer::Silence, Answer::Success("report 8")]);
    let client = server::client().timeout(Duration::from_millis(500)).build()?;

    let outcome = report(&story, &client, &server.url("/reports/8")).await;

    let failures = story.end(&outcome);
    assert_eq!(outcome.ok().as_deref(), Some("report 8"));
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].class, Class::Transient);
    Ok(())
}

async fn missing_page(server: &Server, client: &Client) {
    let story = Story::begin(
        "There is no such page: trying again would not help",
        r#"#[retry(base_delay = "80ms")]"#,
    );
    server.will_answer([Answer::Status(404), Answer::Success("never asked for")]);

    let outcome = report(&story, client, &server.url("/reports/0")).await;

    let failures = story.end(&outcome);
    assert_eq!(outcome.err().and_then(|error| error.status()), Some(StatusCode::NOT_FOUND));
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].class, Class::Permanent);
    assert_eq!(server.answers_left(), 1, "no second request was sent");
}

async fn broken_server(server: &Server, client: &Client) {
    let story = Story::begin(
        "The server stays broken: the caller gets its own last error",
        "#[retry(policy = PATIENT)]",
    );
    server.will_answer([500, 502, 503, 504, 500].map(Answer::Status));

    let outcome = upload(&story, client, &server.url("/upload")).await;

    let failures = story.end(&outcome);
    let status = outcome.err().and_then(|error| error.status());
    assert_eq!(status, Some(StatusCode::INTERNAL_SERVER_ERROR));
    assert_eq!(failures.len(), 5, "one attempt and four retries");
    assert_eq!(server.answers_left(), 0);
}

async fn overruled(server: &Server, client: &Client) {
    let story = Story::begin(
        "A pattern overrules the error: this 404 will pass, this 503 is fatal",
        r#"#[retry(policy = "conservative", on = error if error.status() == Some(…), base_delay = "80ms")]"#,
    );
    server.will_answer([Answer::Status(404), Answer::Status(503)]);

    let outcome = fresh_record(&story, client, &server.url("/records/1")).await;

    let failures = story.end(&outcome);
    let status = outcome.err().and_then(|error| error.status());
    assert_eq!(status, Some(StatusCode::SERVICE_UNAVAILABLE));
    let classes: Vec<Class> = failures.iter().map(|failure| failure.class).collect();
    assert_eq!(classes, [Class::Transient, Class::Permanent]);
}

async fn steered(server: &Server, client: &Client) {
    let story = Story::begin(
        "The body steers: it gives up at its second attempt",
        r#"#[retry(context = attempt, base_delay = "80ms")]   attempt.give_up()"#,
    );
    server.will_answer([503; 6].map(Answer::Status));

    let outcome = impatient(&story, client, &server.url("/reports/9")).await;

    let failures = story.end(&outcome);
    assert!(outcome.is_err());
    assert_eq!(failures.len(), 2);
    assert!(failures.last().is_some_and(|failure| failure.wait.is_none()));
    assert_eq!(server.answers_left(), 4);
}

async fn logged(server: &Server, client: &Client) {
    let story = Story::begin(
        "The same without hooks, as a log shows it",
        r#"#[retry(base_delay = "80ms", id = order)]   tracing_subscriber::fmt()"#,
    );
    server.will_answer([Answer::Status(502), Answer::Close, Answer::Success("confirmed")]);

    let outcome = {
        let log = tracing_subscriber::fmt().without_time().with_ansi(false).finish();
        let _log = tracing::subscriber::set_default(log);
        confirm(client, &server.url("/orders"), 42).await
    };

    story.end(&outcome);
    assert_eq!(outcome.ok().as_deref(), Some("confirmed"));
    assert_eq!(server.answers_left(), 0);
}
