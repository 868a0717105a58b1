//! A real gRPC server is busy, limits its callers, breaks a connection and asks for no more retries; a
//! function that retries itself calls it, and does what each answer asks for.
//!
//! `cargo run --all-features --example grpc`
//!
//! The waits are shortened by `base_delay`, so that the whole takes about a second.

mod server;

use std::time::Duration;

use persevere::{Class, Event, retry};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::server::{Server, order_state};

/// Each failure that was retried, and its wait.
type Retries = Vec<(Class, Duration)>;

/// `Status` knows which codes to retry, and reads `RetryInfo` and `grpc-retry-pushback-ms`.
#[retry(
    base_delay = "40ms",
    jitter = "none",
    id = name,
    on_retry = |event| note(event, retries),
    on_give_up = |event| println!("  {event}"),
)]
async fn state(channel: &Channel, name: &str, retries: &mut Retries) -> Result<String, Status> {
    order_state(channel, name).await
}

/// A deadline may pass after the work was done. Exclude it if doing the work twice does harm.
#[retry(base_delay = "40ms", unless = status if status.code() == Code::DeadlineExceeded)]
async fn ship(channel: &Channel, name: &str) -> Result<String, Status> {
    order_state(channel, name).await
}

fn note(event: &Event<'_>, retries: &mut Retries) {
    println!("  {event}");
    let verdict = event.verdict().expect("a retry has a reason");
    retries.push((verdict.class(), event.delay().expect("a retry has a wait")));
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = Server::start(1).await; // and it breaks its first connection
    let client = server.client();
    broken_and_busy(&server, &client).await;
    rate_limit(&server, &client).await;
    pushback(&server, &client).await;
    refusal(&server, &client).await;
    no_second_shipment(&server, &client).await;
    println!("\nEvery call ended as it should.");
}

async fn broken_and_busy(server: &Server, client: &Channel) {
    println!("The connection breaks in mid-call, then the server is restarting");
    server.will_answer([Err(Status::unavailable("restarting")), Ok("packed")]);
    let mut retries = Retries::new();
    let outcome = state(client, "7", &mut retries).await;
    assert_eq!(outcome.expect("the third attempt"), "packed");
    let expected = [(Class::Transient, milliseconds(40)), (Class::Transient, milliseconds(80))];
    assert_eq!(retries, expected);
}

async fn rate_limit(server: &Server, client: &Channel) {
    println!("\nThe server limits its callers, and says for how long, by google.rpc.RetryInfo");
    let details = ErrorDetails::with_retry_info(Some(milliseconds(300)));
    let quota = Status::with_error_details(Code::ResourceExhausted, "quota", details);
    server.will_answer([Err(quota), Ok("shipped")]);
    let mut retries = Retries::new();
    let outcome = state(client, "7", &mut retries).await;
    assert_eq!(outcome.expect("the second attempt"), "shipped");
    assert_eq!(retries, [(Class::Throttled, milliseconds(300))]);
}

async fn pushback(server: &Server, client: &Channel) {
    println!("\nThe server pushes back, and then wants no more");
    let pushed_back = |milliseconds: &'static str| {
        let mut status = Status::unavailable("overloaded");
        let value = milliseconds.parse().expect("ASCII");
        status.metadata_mut().insert("grpc-retry-pushback-ms", value);
        status
    };
    server.will_answer([Err(pushed_back("200")), Err(pushed_back("-1")), Ok("never asked")]);
    let mut retries = Retries::new();
    let outcome = state(client, "7", &mut retries).await;
    assert_eq!(outcome.expect_err("no retry is wanted").code(), Code::Unavailable);
    assert_eq!(retries, [(Class::Transient, milliseconds(200))]);
    assert_eq!(server.answers_left(), 1);
}

async fn refusal(server: &Server, client: &Channel) {
    println!("\nThere is no such order: nothing to wait for");
    server.will_answer([Err(Status::not_found("no such order")), Ok("never asked")]);
    let mut retries = Retries::new();
    let outcome = state(client, "8", &mut retries).await;
    assert_eq!(outcome.expect_err("a final answer").code(), Code::NotFound);
    assert_eq!(retries, []);
}

async fn no_second_shipment(server: &Server, client: &Channel) {
    println!("\nWhat must not be done twice is not tried again where it may have been done");
    let late = Status::deadline_exceeded("perhaps it was shipped");
    server.will_answer([Err(Status::unavailable("restarting")), Err(late), Ok("shipped twice")]);
    let outcome = ship(client, "7").await;
    assert_eq!(outcome.expect_err("not tried again").code(), Code::DeadlineExceeded);
    assert_eq!(server.answers_left(), 1);
}
