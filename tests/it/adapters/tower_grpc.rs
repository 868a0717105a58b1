//! A client of tonic under the layers: a real server on loopback, whose messages are the requests.

use std::time::Duration;

use persevere::Policy;
use persevere::tower::RetryLayer;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::grpc_server::{Server, order_state};

const QUICK: Policy = Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::from_millis(1));

/// The client as a service from a message to a message: what generated code sends is cloned, and
/// not the stream of bytes that it becomes.
fn client(
    channel: Channel,
) -> impl Service<&'static str, Response = String, Error = Status, Future: Send> + Clone {
    ServiceBuilder::new().layer(RetryLayer::new(QUICK).name("orders")).service(service_fn(
        move |name: &'static str| {
            let channel = channel.clone();
            async move { order_state(&channel, name).await }
        },
    ))
}

#[tokio::test]
async fn a_call_is_retried_by_its_status() {
    let server = Server::start(0).await;
    let client = client(server.client());

    server.will_answer([Err(Status::unavailable("starting")), Ok("shipped")]);
    assert_eq!(client.clone().oneshot("order-7").await.ok().as_deref(), Some("shipped"));
    assert_eq!(server.answers_left(), 0);

    server.will_answer([Err(Status::not_found("no such order")), Ok("never asked for")]);
    let refused = client.clone().oneshot("order-8").await.expect_err("it is not there");
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(server.answers_left(), 1);

    server.will_answer(vec![Err(Status::unavailable("down")); 4]);
    let gave_up = client.oneshot("order-9").await.expect_err("it stays down");
    assert_eq!(gave_up.code(), Code::Unavailable);
    assert_eq!(server.answers_left(), 1, "three attempts");
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_call_is_retried() {
    let server = Server::start(1).await;
    server.will_answer([Ok("shipped")]);
    let state = client(server.client()).oneshot("order-7").await;
    assert_eq!(state.ok().as_deref(), Some("shipped"));
}
