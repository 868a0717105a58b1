//! Requests of `tower` services that are cancelled between their attempts.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use persevere::tower::RetryLayer;
use persevere::{Cancel, Policy};
use tokio::time::{Instant, sleep};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

#[tokio::test(start_paused = true)]
async fn a_wait_ends_at_once_with_the_last_error() {
    let attempts = Cell::new(0);
    let service = ServiceBuilder::new().layer(RetryLayer::new(Policy::CONSERVATIVE)).service(
        service_fn(async |_: u8| {
            attempts.set(attempts.get() + 1);
            Err::<u8, _>(io::Error::from(io::ErrorKind::ConnectionReset))
        }),
    );
    let (cancel, began) = (Cancel::new(), Instant::now());
    let word = async {
        sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    };
    let error = tokio::join!(cancel.scope(service.oneshot(7)), word).0.unwrap_err();
    assert_eq!(error.to_string(), "connection reset");
    assert_eq!((attempts.get(), began.elapsed()), (1, Duration::from_secs(1)));
}
